#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/jobs/kind.hpp"
#include "apps/jobs/tables.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

/// The rows of the queue. Whatever a runner writes about a job names the attempt it has taken, so
/// that a runner whose lease has gone to another writes nothing.
namespace segurifai::jobs {

/// What is to be done.
struct NewJob {
    Json args{"{}"};
    Instant due{};
    std::optional<users::UserId> starter = {};
    std::string unique_key = {};  ///< empty = the kind's name
};

/// Queues a job. Nothing when one of its unique key is under way.
[[nodiscard]] Task<Result<std::optional<Job>>> enqueue(sql::Transaction& transaction, Clock& clock,
                                                       const JobKind& kind, NewJob asked);

/// The job of that unique key that is queued or running, if there is one.
[[nodiscard]] Task<Result<std::optional<Job>>> find_under_way(sql::Executor& executor,
                                                              std::string unique_key);

/// Queues a job and takes it before anybody sees it queued. kConflict names the job of its unique
/// key that is under way.
[[nodiscard]] Task<Result<Job>> begin(sql::Database& database, Clock& clock, const JobKind& kind,
                                      NewJob asked, std::string runner);

/// A job at one of its attempts.
struct AtAttempt {
    JobId id;
    std::int32_t attempt = 0;
};
[[nodiscard]] AtAttempt attempt_of(const Job& job) noexcept;

/// When a lease ends that begins, or is renewed, at `now`.
[[nodiscard]] Instant lease_end(const JobKind& kind, Instant now) noexcept;

/// A job that may be taken: it is due, or its runner has gone.
struct DueJob {
    AtAttempt at;
    const JobKind* kind = nullptr;
    bool is_exhausted = false;  ///< its runner has gone, and it was the last attempt
};

/// Up to `limit` jobs of these kinds that may be taken at `now`, the longest due first.
[[nodiscard]] Task<Result<std::vector<DueJob>>> due_jobs(sql::Executor& executor,
                                                         const Kinds& kinds, Instant now,
                                                         std::int64_t limit);

/// Takes a job that is due at `now`, for its next attempt and as long as a lease of its kind is;
/// the row as it then is. Nothing when somebody else was first. `runner`: for people, who has it.
[[nodiscard]] Task<Result<std::optional<Job>>> take(sql::Transaction& transaction, DueJob due,
                                                    std::string_view runner, Instant now);

// What the holder of an attempt writes. False when it holds it no longer.
[[nodiscard]] Task<Result<bool>> renew(sql::Database& database, AtAttempt at, Instant lease_until,
                                       double progress);
/// What came of a job that was done.
struct Finished {
    Json result{"{}"};
    std::optional<std::string> file_name = {};  ///< of the file it made
};
[[nodiscard]] Task<Result<bool>> finish(sql::Database& database, AtAttempt at, Finished finished,
                                        Instant now);
/// It becomes a dead letter.
[[nodiscard]] Task<Result<bool>> give_up(sql::Database& database, AtAttempt at,
                                         std::string_view error, Instant now);
/// It is queued again.
struct Postponed {
    Instant due{};
    std::string error;              ///< why; empty leaves what is there
    bool counts_as_attempt = true;  ///< false: one more attempt is allowed
};
[[nodiscard]] Task<Result<bool>> postpone(sql::Database& database, AtAttempt at,
                                          Postponed postponed);

/// A dead letter goes back to the queue, due at `now`, with as many attempts as its kind has; the
/// row as it then is. kNotFound without such a job; kConflict when it is no dead letter, its kind
/// is not known here, or another job of its unique key is under way.
[[nodiscard]] Task<Result<Job>> retry(sql::Transaction& transaction, const Kinds& kinds, JobId id,
                                      Instant now);

/// How long DONE and FAILED jobs are kept.
inline constexpr std::int64_t kJobKeptDays = 30;

/// Removes up to `limit` jobs that ended longer ago than that; returns how many.
[[nodiscard]] Task<Result<std::int64_t>> forget_old_jobs(sql::Database& database, Instant now,
                                                         std::int64_t limit);

/// How the queue stands.
struct QueueCounts {
    std::int64_t queued = 0;
    std::int64_t running = 0;
    std::int64_t failed = 0;
    std::optional<Instant> oldest_queued;  ///< when the first of the queued ones is or was due
    std::optional<Instant> last_failed;    ///< when the newest dead letter became one
};
[[nodiscard]] Task<Result<QueueCounts>> count_jobs(sql::Executor& executor);

/// The longest that a job which failed waits for its next attempt.
inline constexpr std::chrono::seconds kRetryPauseMax{3'600};

/// A clock that is ahead queues and leases for a time that is yet to come, and is put right. What
/// is further away than a right clock has it is due now, and its runner is waited for no longer
/// than any. Returns how many.
[[nodiscard]] Task<Result<std::int64_t>> pull_back(sql::Database& database, const Kinds& kinds,
                                                   Instant now);

/// Sees to it that every scheduled kind has its row, with the first time after `now`. A time that
/// is there stays unless the kind now runs earlier.
[[nodiscard]] Task<Result<void>> prepare_schedule(sql::Database& database, const Kinds& kinds,
                                                  Instant now);

/// Queues what the schedule has due at `now`, each kind once; returns how many. A kind that is
/// still under way is not queued beside itself. A time that is too far away is made right.
[[nodiscard]] Task<Result<std::int64_t>> queue_scheduled(sql::Database& database, Clock& clock,
                                                         const Kinds& kinds, Instant now);

}  // namespace segurifai::jobs
