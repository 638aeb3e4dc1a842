#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "http/shape.hpp"

/// How the installation stands, as figures and as judgements of them: what API §2.1 shows in
/// platform.health, /metrics gives as gauges, and an alert is raised about.
namespace segurifai::server {

// From where on a figure makes the server "degraded". All of them are here.
inline constexpr std::int64_t kFreeBytesMin = 1'000'000'000;  ///< of each volume
inline constexpr std::int64_t kOverdueSecondsMax = 300;       ///< of the longest due job
inline constexpr std::int64_t kDeadLetterSeconds =
    std::int64_t{24} * 3'600;  ///< it is news for a day
inline constexpr std::int64_t kDamageSeconds =
    std::int64_t{24} * 3'600;  ///< since damage in an archive was met last
inline constexpr std::int64_t kRetentionGraceSeconds =
    std::int64_t{2} * 3'600;  ///< past the time it was due
inline constexpr std::int64_t kClockBehindSecondsMax = 5;
inline constexpr std::int64_t kClockSkewSecondsMax = 5;   ///< either way
inline constexpr std::int64_t kLookedAtSecondsMax = 120;  ///< then looking itself hangs

/// A judgement.
enum class Standing : std::uint8_t {
    kOk,
    kLate,    ///< what is due was not done in time
    kFailed,  ///< it was tried, and went wrong
    kOff,     ///< switched off by whoever runs the installation, or looked after elsewhere
};

}  // namespace segurifai::server

namespace segurifai::model {

template <>
inline constexpr std::array kWords<server::Standing>{
    std::string_view("OK"), std::string_view("LATE"), std::string_view("FAILED"),
    std::string_view("OFF")};

}  // namespace segurifai::model

namespace segurifai::server {

/// A place on a disk: "data" or "backups".
struct Volume {
    static constexpr std::string_view kShape = "HealthVolume";
    std::string name;
    std::int64_t free_bytes = 0;
    std::int64_t total_bytes = 0;
    static consteval auto fields() {
        return std::array{http::field<&Volume::name>("name"),
                          http::field<&Volume::free_bytes>("free_bytes"),
                          http::field<&Volume::total_bytes>("total_bytes")};
    }
};

struct DiskCheck {
    static constexpr std::string_view kShape = "DiskCheck";
    bool ok = false;
    std::vector<Volume> volumes;
    static consteval auto fields() {
        return std::array{http::field<&DiskCheck::ok>("ok"),
                          http::field<&DiskCheck::volumes>("volumes")};
    }
};

/// Told and not judged: nothing in this program takes events out of the outbox yet.
struct OutboxCheck {
    static constexpr std::string_view kShape = "OutboxCheck";
    std::int64_t oldest_seconds = 0;  ///< 0 = nothing waits
    static consteval auto fields() {
        return std::array{http::field<&OutboxCheck::oldest_seconds>(
            "oldest_seconds", {.help = "how long the oldest event waits; 0 = none does"})};
    }
};

struct JobsCheck {
    static constexpr std::string_view kShape = "JobsCheck";
    bool ok = false;
    std::int64_t queued = 0;
    std::int64_t running = 0;
    std::int64_t dead_letters = 0;
    std::optional<Instant> last_dead_letter;
    std::int64_t oldest_overdue_seconds = 0;
    static consteval auto fields() {
        return std::array{
            http::field<&JobsCheck::ok>("ok"),
            http::field<&JobsCheck::queued>("queued"),
            http::field<&JobsCheck::running>("running"),
            http::field<&JobsCheck::dead_letters>("dead_letters"),
            http::field<&JobsCheck::last_dead_letter>("last_dead_letter"),
            http::field<&JobsCheck::oldest_overdue_seconds>("oldest_overdue_seconds")};
    }
};

/// The last restore that was tried, to see whether backups can be used.
struct VerifiedRestore {
    static constexpr std::string_view kShape = "VerifiedRestore";
    Instant at;
    bool ok = false;
    double seconds = 0;
    static consteval auto fields() {
        return std::array{http::field<&VerifiedRestore::at>("at"),
                          http::field<&VerifiedRestore::ok>("ok"),
                          http::field<&VerifiedRestore::seconds>("seconds")};
    }
};

struct BackupCheck {
    static constexpr std::string_view kShape = "BackupCheck";
    Standing standing = Standing::kOff;
    std::optional<Instant> last_full;
    std::optional<Instant> last_incremental;
    std::optional<Instant> log_at;
    std::int64_t log_waiting = 0;
    std::optional<VerifiedRestore> verified_restore;
    std::vector<std::string> complaints;
    static consteval auto fields() {
        return std::array{
            http::field<&BackupCheck::standing>("standing"),
            http::field<&BackupCheck::last_full>("last_full"),
            http::field<&BackupCheck::last_incremental>("last_incremental"),
            http::field<&BackupCheck::log_at>("log_at", {.help = "how far the log is backed up"}),
            http::field<&BackupCheck::log_waiting>(
                "log_waiting", {.help = "what of the log is not yet: commits of SQLite, bytes of "
                                        "PostgreSQL"}),
            http::field<&BackupCheck::verified_restore>("verified_restore"),
            http::field<&BackupCheck::complaints>(
                "complaints", {.help = "what is late or broken, as 'segurifai backup status' "
                                       "says it"})};
    }
};

/// A policy of RULES §11.
struct PolicyCheck {
    static constexpr std::string_view kShape = "PolicyCheck";
    std::string policy;
    Standing standing = Standing::kOk;
    std::optional<Instant> last_run;
    static consteval auto fields() {
        return std::array{http::field<&PolicyCheck::policy>("policy"),
                          http::field<&PolicyCheck::standing>("standing"),
                          http::field<&PolicyCheck::last_run>("last_run")};
    }
};

struct RetentionCheck {
    static constexpr std::string_view kShape = "RetentionCheck";
    bool ok = false;
    std::vector<PolicyCheck> policies;
    static consteval auto fields() {
        return std::array{http::field<&RetentionCheck::ok>("ok"),
                          http::field<&RetentionCheck::policies>("policies")};
    }
};

struct ClockCheck {
    static constexpr std::string_view kShape = "ClockCheck";
    bool ok = false;
    double behind_seconds = 0;           ///< behind what this installation has seen already
    std::optional<double> skew_seconds;  ///< ahead of PostgreSQL's clock; below 0 = behind it
    static consteval auto fields() {
        return std::array{
            http::field<&ClockCheck::ok>("ok"),
            http::field<&ClockCheck::behind_seconds>(
                "behind_seconds", {.help = "behind the time that was seen here before"}),
            http::field<&ClockCheck::skew_seconds>(
                "skew_seconds", {.help = "ahead of the database's clock; PostgreSQL only"})};
    }
};

/// The archives of requests and of the audit log, as far as somebody read in them.
struct ArchiveCheck {
    static constexpr std::string_view kShape = "ArchiveCheck";
    bool ok = true;
    std::int64_t damages = 0;            ///< reads that met damage, since the server started
    std::optional<Instant> last_damage;  ///< when the last of them was
    std::optional<std::string> what;     ///< the last one, in a sentence
    static consteval auto fields() {
        return std::array{
            http::field<&ArchiveCheck::ok>("ok"),
            http::field<&ArchiveCheck::damages>(
                "damages", {.help = "reads that met damage since the server started"}),
            http::field<&ArchiveCheck::last_damage>("last_damage"),
            http::field<&ArchiveCheck::what>("what", {.help = "the last damage"})};
    }
};

/// What was seen at one look. What could not be looked at is not there.
struct Observed {
    std::optional<Instant> looked_at;
    std::optional<DiskCheck> disk;
    std::optional<OutboxCheck> outbox;
    std::optional<JobsCheck> jobs;
    std::optional<BackupCheck> backup;
    std::optional<RetentionCheck> retention;
    std::optional<ClockCheck> clock;
    std::optional<ArchiveCheck> archive;
};

// The judgements.
[[nodiscard]] bool is_ok(const std::vector<Volume>& volumes) noexcept;
[[nodiscard]] bool is_ok(const JobsCheck& jobs, Instant now) noexcept;
[[nodiscard]] bool is_ok(const RetentionCheck& retention) noexcept;
[[nodiscard]] bool is_ok(const ClockCheck& clock) noexcept;
[[nodiscard]] bool is_ok(const ArchiveCheck& archive, Instant now) noexcept;
[[nodiscard]] constexpr bool is_ok(Standing standing) noexcept {
    return standing == Standing::kOk || standing == Standing::kOff;
}

/// When a policy ran and is to run.
struct PolicyTimes {
    std::optional<Instant> last_done;    ///< the last run that did it to its end
    std::optional<Instant> last_queued;  ///< by the schedule
    std::optional<Instant> next;         ///< by the schedule; nothing = no server has run yet
    bool has_failed = false;             ///< its last run is a dead letter
};
/// `every_seconds`: the time from one scheduled run to the next.
[[nodiscard]] Standing judge(const PolicyTimes& times, std::int64_t every_seconds,
                             Instant now) noexcept;

/// Whether nothing that was seen makes the server degraded at `now`. Before the first look nothing
/// is held against it; a look that is too old is.
[[nodiscard]] bool is_ok(const Observed& observed, Instant now) noexcept;

}  // namespace segurifai::server
