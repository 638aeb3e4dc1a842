#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/jobs/kind.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "ops/backup/files.hpp"
#include "security/secrets.hpp"
#include "security/worker_pool.hpp"
#include "server/backup_look.hpp"
#include "server/health.hpp"
#include "server/job_kinds.hpp"
#include "sql/database.hpp"

namespace segurifai::server {

/// How long backups have to be late, failed or in order again before it is told: what is asked
/// while a server starts, or between a commit and its shipping, alarms nobody. For as long after
/// its start a server that writes the backups itself does not call them late: it makes at once what
/// is missing, the first full one of a new installation before all.
inline constexpr std::chrono::minutes kBackupsBelievedAfter{5};

/// What a Watch looks at; all of it outlives it.
struct Watched {
    sql::Database& database;
    Clock& clock;
    const jobs::Kinds& kinds;
    const security::Secrets& secrets;
    const Installation& installation;
    backup::Files& files;
};

/// Looks every ten seconds at how the installation stands, so that health, metrics and the
/// operations that show it answer from memory; at the backups once a minute, oftener while they are
/// not in order. Tells OPERATIONS once when backups become late or failed, by an event
/// `alert.raised` of platform/backup, and once when they are in order again, by
/// `alert.acknowledged`; what was told last is in the outbox, so that neither a second server nor a
/// restart tells it again.
///
/// Runs on one io_context; observed(), backups() and archive_failed() from any thread.
class Watch {
public:
    /// `report` gets every look that failed, and `note` each complaint of the backups that is new,
    /// and once that there is none any more: both for the log, on the io thread.
    Watch(Watched watched, std::function<void(const Error&)> report,
          std::function<void(bool is_well, std::string_view sentence)> note);

    /// Looks until stop().
    [[nodiscard]] Task<void> run(boost::asio::io_context& io);
    /// One look at everything, for tests and for run().
    [[nodiscard]] Task<void> look(bool backups_too = true);
    /// Ends run() within a second. From any thread.
    void stop() noexcept { stopping_ = true; }

    /// Somebody could not read an archive: kept when it is damaged. From any thread.
    void archive_failed(const Error& error);

    [[nodiscard]] Observed observed() const;
    /// Nothing before the first look.
    [[nodiscard]] std::optional<BackupsSeen> backups() const;

private:
    [[nodiscard]] DiskCheck look_at_disk() const;
    [[nodiscard]] Task<Result<OutboxCheck>> look_at_outbox();
    [[nodiscard]] Task<Result<JobsCheck>> look_at_jobs();
    [[nodiscard]] Task<Result<RetentionCheck>> look_at_retention();
    [[nodiscard]] Task<Result<ClockCheck>> look_at_clock();
    [[nodiscard]] Task<Result<BackupsSeen>> look_at_backups();
    [[nodiscard]] bool are_backups_settled() const;
    [[nodiscard]] bool is_starting() const;
    void note_complaints(const BackupCheck& check);
    [[nodiscard]] Task<Result<void>> tell(BackupCheck check);

    Watched watched_;
    std::function<void(const Error&)> report_;
    std::function<void(bool, std::string_view)> note_;
    const Instant started_;
    std::atomic<bool> stopping_ = false;
    security::WorkerPool workers_{1, 4, "watch"};  ///< folders may hang; nothing waits

    // Of the io thread.
    Instant newest_seen_;                  ///< by the clock or in the audit log
    std::vector<std::string> complaints_;  ///< of the backups, as noted last
    std::uint64_t backup_failures_ = 0;    ///< looks at them that came to nothing
    std::optional<Standing> standing_;
    Instant standing_since_;
    bool is_told_ = false;  ///< the outbox has what standing_ is

    mutable std::mutex mutex_;  ///< of what others read
    Observed observed_;
    ArchiveCheck archive_;
    std::optional<BackupsSeen> backups_;
};

}  // namespace segurifai::server
