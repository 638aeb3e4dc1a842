#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "apps/dispatch/choices.hpp"
#include "apps/keys.hpp"
#include "apps/platform.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"

namespace segurifai::dispatch {

struct EngineOptions {
    Policy policy = Policy::kNearest;
    std::chrono::milliseconds tick{2'000};  ///< the longest sleep between two looks
    std::int64_t batch = 200;               ///< searches read at once
    /// Told of each failure, on the engine's io thread: for the log.
    std::function<void(const Error&)> report = [](const Error&) {};
};

/// What one pass did.
struct Pass {
    std::size_t looked = 0;   ///< requests that were looked at
    std::size_t skipped = 0;  ///< held by somebody else at this moment
    std::size_t failed = 0;
    std::size_t offered = 0;
    std::size_t queued = 0;  ///< handed to the operators

    friend bool operator==(const Pass&, const Pass&) = default;
};

/// Sums of the passes since start; read from any thread.
struct EngineStats {
    std::uint64_t passes = 0;
    std::uint64_t looked = 0;
    std::uint64_t offered = 0;
    std::uint64_t queued = 0;
    std::uint64_t failures = 0;
};

/// The loop that finds units for requests (RULES §7). It keeps nothing: everything is in the
/// database, so it continues where any other one stopped, and several processes may run it at
/// once; each request is looked at in one transaction that holds the request's row.
///
/// Runs on one io_context, whose thread also destroys it, after run() has returned.
class Engine {
public:
    /// `platform` and `io` outlive it.
    Engine(Platform& platform, boost::asio::io_context& io, EngineOptions options = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Looks, sleeps until something is due or somebody wakes it, and looks again, until stop().
    /// A failing pass is reported, counted and tried again after a pause that grows to 30 s.
    [[nodiscard]] Task<void> run();

    /// Looks at everything that is due at `now`, each request once. Fails when the database does
    /// not say what is due; a request that cannot be handled is counted and comes again later.
    [[nodiscard]] Task<Result<Pass>> run_due(Instant now);

    /// Makes run() look now. From any thread.
    void wake() const;
    /// Lets run() finish the pass it is in and return. From any thread.
    void stop() const;

    [[nodiscard]] EngineStats stats() const noexcept;

private:
    struct State;

    Task<void> look_at(assistance::AssistanceRequestId request, Instant now, Pass& pass);
    Task<void> postpone(assistance::AssistanceRequestId request, Instant now);
    Task<std::chrono::milliseconds> pause_after(const Pass& pass);
    Task<void> sleep(std::chrono::milliseconds pause);

    Platform& platform_;
    EngineOptions options_;
    std::shared_ptr<State> state_;  ///< shared with what wake() posts, which may run after us
};

}  // namespace segurifai::dispatch
