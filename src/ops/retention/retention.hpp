#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/registry.hpp"
#include "sql/session.hpp"

/// The retention policies of RULES §11 but those of the audit log and of accounts. Blocking: never
/// on an io thread. All of them may run while the platform serves: no transaction holds more than
/// a batch, and what another one has locked waits for the next run.
namespace segurifai::retention {

enum class Policy : std::uint8_t {
    kPositions,  ///< location history: deleted after 90 days
    kSessions,   ///< sessions, codes, idempotency keys: deleted 24 hours after they expire
    kRequests,   ///< ended requests: to the archive after 2 years
    kArchive,    ///< archived requests: gone 7 years after they ended, with their files
};

/// All of them, in the order in which they are best run.
inline constexpr std::array kPolicies{Policy::kPositions, Policy::kSessions, Policy::kRequests,
                                      Policy::kArchive};

/// "positions", "sessions", "requests", "archive"; and back, nothing for another word.
[[nodiscard]] std::string_view name_of(Policy policy) noexcept;
[[nodiscard]] std::optional<Policy> policy_named(std::string_view name) noexcept;

/// What somebody has to look at, in a sentence each: how many there are, and the first of them.
struct Findings {
    static constexpr std::size_t kFirstMax = 100;
    std::int64_t count = 0;
    std::vector<std::string> first;

    void add(std::string sentence);
    void add(const Findings& others);
};

/// What a policy found and did in one table.
struct Line {
    std::string table;
    std::int64_t due = 0;    ///< rows whose time is over and that nothing holds
    std::int64_t done = 0;   ///< of those, moved or deleted; 0 in a dry run
    std::int64_t bytes = 0;  ///< what the due rows hold; what the archive takes for moved requests
    std::int64_t held = 0;   ///< rows whose time is over that a legal hold keeps
    std::int64_t left = 0;   ///< rows of the table that stay
    /// Of a dry run of kRequests: the due ones whose seven years are over as well, and what they
    /// would take in the archive.
    std::int64_t purged_next = 0;
    std::int64_t bytes_purged_next = 0;
    /// Requests that stay where they are because something of them is damaged, and documents whose
    /// file nobody looks for because its path leads nowhere or out of the folder.
    Findings findings;
};

struct Report {
    Policy policy = Policy::kPositions;
    std::vector<Line> lines;
};

/// How much of the time a run takes on SQLite, where one writes at a time. PostgreSQL knows no such
/// difference: there a day of positions goes at once, and rows are locked one by one.
enum class Pace : std::uint8_t {
    kFast,    ///< all of it, while nobody else writes
    kGentle,  ///< a hundredth of a processor, so that nobody notices
};

struct Options {
    const model::Registry& registry;
    Clock& clock;                  ///< the present, for what is stamped
    std::optional<Instant> as_of;  ///< judge as if it were then; the present when left out
    bool dry_run = false;          ///< change nothing
    std::string documents_dir;     ///< where the files of documents are
    /// Opens another session on the same database, for work that PostgreSQL does on two at once;
    /// without it, one after the other.
    std::function<Result<std::unique_ptr<sql::Session>>()> open_session = {};
    Pace pace = Pace::kFast;
    /// How batches leave the time between them to others.
    std::function<void(std::chrono::microseconds)> pause = [](std::chrono::microseconds time) {
        std::this_thread::sleep_for(time);
    };
    /// Called after each batch, by one thread at a time; false ends the run there, in good order.
    std::function<bool(const Line&)> on_batch = [](const Line&) { return true; };
};

/// Runs one policy to its end. kInvalid when `as_of` is in the future and it is no dry run: what
/// is not due yet is not deleted. A request that is damaged, or whose archive does not read back as
/// it was written, stays where it is and is a finding; the others are not kept by it.
[[nodiscard]] Result<Report> run(sql::Session& session, Policy policy, const Options& options);

/// A dry run of kArchive finds nothing of what the one of kRequests before it did not move. Adds
/// it, so that both say what the two do.
void follow(Report& archive, const Report& requests);

}  // namespace segurifai::retention
