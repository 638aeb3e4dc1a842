#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "apps/jobs/schedule.hpp"
#include "apps/jobs/tables.hpp"
#include "apps/keys.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "security/worker_pool.hpp"
#include "sql/database.hpp"

namespace segurifai::jobs {

/// What jobs work with. All of it outlives them.
struct Resources {
    sql::Database& database;
    Clock& clock;
    Random& random;
    security::WorkerPool& workers;  ///< of the jobs alone: theirs may take minutes
    std::filesystem::path files;    ///< the folder of the files that jobs make
};

/// What a handler is given. Its members are used on the thread that runs the handler; progress()
/// and cancelled() on any thread.
class JobContext {
public:
    /// `stopping` becomes true when the process is to end.
    JobContext(Resources resources, const Job& taken, const std::atomic<bool>& stopping);

    const JobId id;
    const Json args;    ///< a canonical JSON object that the kind's check_args has let through
    const Instant due;  ///< of a scheduled job: the time it is for

    [[nodiscard]] sql::Database& database() const noexcept { return resources_.database; }
    [[nodiscard]] Clock& clock() const noexcept { return resources_.clock; }
    [[nodiscard]] Random& random() const noexcept { return resources_.random; }

    /// Does `work()`, which returns a Result and may block, on a thread for jobs. `work` owns what
    /// it uses, or the handler keeps it alive.
    template <class F>
    [[nodiscard]] Task<std::invoke_result_t<F>> blocking(F work) {
        auto done = co_await resources_.workers.run(std::move(work));
        if (!done) co_return std::unexpected(std::move(done).error());
        co_return *std::move(done);
    }

    /// Where to write the file that this job makes, of at most kFileBytesMax bytes; whoever may
    /// see the job gets it as `name` for a day after it is done. `name`: 1 to 120 letters, digits,
    /// '.', '-' and '_'; its ending says what it is. kInvalid for another name, kPermission and the
    /// like when there can be no such folder. Blocks for a moment. One file a job.
    [[nodiscard]] Result<std::filesystem::path> make_file_blocking(std::string name);
    /// The name of that file; nothing when none was asked for.
    [[nodiscard]] std::optional<std::string> file_name() const { return file_name_; }

    /// How much is done, 0 to 1; written down within a few seconds.
    void progress(double part) noexcept { progress_ = part; }
    [[nodiscard]] double progress() const noexcept { return progress_; }

    /// Whether the handler is to return soon, with any error: the process ends, the lease was lost
    /// and another runner does the work, or its kind's limit is over. Asked once a second at least,
    /// between two batches. What is given up because the process ends is queued again and counts
    /// as no attempt.
    [[nodiscard]] bool cancelled() const noexcept { return lost_ || overdue_ || stopping_; }
    [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }
    [[nodiscard]] bool is_overdue() const noexcept { return overdue_; }
    void lose() noexcept { lost_ = true; }
    void end_time() noexcept { overdue_ = true; }

private:
    const Resources resources_;
    const std::atomic<bool>& stopping_;
    const std::int32_t attempt_;
    std::optional<std::string> file_name_;
    std::atomic<double> progress_ = 0;
    std::atomic<bool> lost_ = false;
    std::atomic<bool> overdue_ = false;
};

/// What a handler returns when it found itself cancelled.
[[nodiscard]] std::unexpected<Error> given_up();

/// Refuses arguments: of a job that takes none.
[[nodiscard]] Result<void> no_args(const Json& args);

/// A kind of job, registered by whoever knows the work.
///
///     JobKind{.name = "platform.keys",
///             .summary = "Forgets Idempotency-Keys older than a day",
///             .handler = [](JobContext& job) { return forget_keys(job); },
///             .schedule = Schedule{.every = std::chrono::hours(1)}}
///
/// The handler may be run again after any of its statements: it is idempotent. What it returns, a
/// JSON object of a few figures, is kept with the job. It must not block; see blocking().
struct JobKind {
    std::string name;     ///< a-z, 0-9, '_' and '.', at most 80 characters
    std::string summary;  ///< one line, for people
    std::function<Task<Result<Json>>(JobContext&)> handler;
    std::int32_t attempts_max = 5;
    /// How long a runner that says nothing is waited for; it speaks three times as often.
    std::chrono::seconds lease{60};
    /// How long one attempt may take. Then cancelled() is true and what the handler waits for is
    /// cancelled; the job is FAILED, whether it returns or hangs.
    std::chrono::seconds limit{3'600};
    std::optional<Schedule> schedule = {};
    /// Says what is wrong with arguments, by the field "args" or below.
    Result<void> (*check_args)(const Json& args) = &no_args;
};

/// Every kind of job of a process, by name. Never changes.
class Kinds {
public:
    Kinds() = default;
    /// kInternal names a kind that is there twice, has no name or handler, or an impossible number.
    [[nodiscard]] static Result<Kinds> make(std::vector<JobKind> kinds);

    [[nodiscard]] const JobKind* find(std::string_view name) const noexcept;
    [[nodiscard]] std::span<const JobKind> all() const noexcept { return kinds_; }
    /// The names as a JSON array.
    [[nodiscard]] const std::string& names() const noexcept { return names_; }

private:
    std::vector<JobKind> kinds_;  ///< by name
    std::string names_ = "[]";
};

}  // namespace segurifai::jobs
