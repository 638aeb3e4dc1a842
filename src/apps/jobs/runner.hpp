#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/jobs/kind.hpp"
#include "apps/jobs/queue.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"

namespace segurifai::jobs {

/// "host/4711": this process, for people.
[[nodiscard]] std::string name_of_process();

struct RunnerOptions {
    std::chrono::milliseconds tick{1'000};  ///< the longest sleep between two looks
    std::size_t places = 3;                 ///< jobs at once
    std::string name = name_of_process();
    /// Told of each failure, on the runner's io thread: for the log.
    std::function<void(const Error&)> report = [](const Error&) {};
};

/// What became of the jobs of one kind in this process, since start.
struct KindStats {
    std::string_view kind;
    std::uint64_t runs = 0;
    std::uint64_t failures = 0;
    double seconds = 0;
};

struct RunnerStats {
    QueueCounts queue;                ///< of the whole installation, as last looked at
    double oldest_due_seconds = 0;    ///< how long the longest due job waits
    std::uint64_t look_failures = 0;  ///< looks that the database did not answer
    std::vector<KindStats> kinds;
};

/// The loop that works jobs off. It keeps nothing: several processes may run one at once, and what
/// one leaves another takes over.
///
/// Runs on one io_context, whose thread also destroys it, after run() has returned.
class Runner {
public:
    /// `resources`, `io` and `kinds` outlive it.
    Runner(Resources resources, boost::asio::io_context& io, const Kinds& kinds,
           RunnerOptions options = {});
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /// Queues what the schedule has due, runs what is due, sleeps, and looks again, until stop().
    /// Returns when the handlers that run have returned, which learn of it by cancelled(). A
    /// failing look is reported, counted and tried again after a pause that grows to 30 s.
    [[nodiscard]] Task<void> run();

    /// One look, for tests: queues what is scheduled, runs what is due now, one job after the
    /// other, until nothing is; returns how many attempts there were.
    [[nodiscard]] Task<Result<std::size_t>> run_due();

    /// Makes run() look now. From any thread.
    void wake() const;
    /// Ends run(). From any thread.
    void stop() const;

    [[nodiscard]] RunnerStats stats() const;

private:
    struct State;

    [[nodiscard]] Task<Result<std::optional<Job>>> take_next();
    [[nodiscard]] Task<Result<void>> bury(DueJob due, Instant now);
    [[nodiscard]] Task<Result<void>> look();
    /// Brings back what a clock that was wrong put too far away, and counts what waits.
    [[nodiscard]] Task<Result<void>> tend_queue();
    [[nodiscard]] Task<void> run_one(Job taken);
    [[nodiscard]] Task<void> sleep(std::chrono::milliseconds pause);

    Resources resources_;
    boost::asio::io_context& io_;
    const Kinds& kinds_;
    RunnerOptions options_;
    std::shared_ptr<State> state_;  ///< shared with what wake() posts, which may run after us
};

}  // namespace segurifai::jobs
