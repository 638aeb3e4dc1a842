#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "apps/jobs/kind.hpp"
#include "apps/jobs/queue.hpp"
#include "apps/jobs/tables.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "base/time.hpp"

namespace segurifai::jobs {

/// How long to wait after attempt number `attempt` (1 and up) has failed: 10 s, doubling to an
/// hour, less up to a half by chance, so that what failed together does not come back together.
[[nodiscard]] std::chrono::microseconds back_off(std::int32_t attempt, Random& random);

struct AttemptEnd {
    enum class How : std::uint8_t {
        kDone,
        kPostponed,  ///< failed, and is tried again at `due`
        kFailed,     ///< failed for the last time
        kGivenBack,  ///< the process ends: queued again, and counts as no attempt
        kLost,       ///< another runner has it
    };
    How how = How::kLost;
    Finished finished{};  ///< kDone
    Error error{};        ///< why the handler failed
    Instant due{};        ///< kPostponed
};

/// How an attempt is carried out.
struct AttemptOptions {
    /// True when the process is to end; read on any thread, outlives the attempt.
    const std::atomic<bool>& stopping;
    /// Told of leases that could not be renewed, and of how much is done, on the io thread.
    std::function<void(const Error&)> report = [](const Error&) {};
    std::function<void(double)> on_progress = [](double) {};
    /// How often progress and the age of the lease are looked at; tests do not wait as long.
    std::chrono::milliseconds look_every{1'000};
};

/// Runs the handler of a job that was taken, keeps its lease while it runs, and writes down how it
/// ended. A handler that its limit does not end is left behind, with what it uses, and its job is
/// FAILED. The error of this is that of the last step alone: then the lease ends by itself, and the
/// job is run again. Runs on `io`, which one thread serves; `kind`, `options` and what `resources`
/// point at outlive it, and the handler that was left behind.
[[nodiscard]] Task<Result<AttemptEnd>> run_attempt(Resources resources, boost::asio::io_context& io,
                                                   const JobKind& kind, Job taken,
                                                   const AttemptOptions& options);

}  // namespace segurifai::jobs
