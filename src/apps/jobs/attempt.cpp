#include "apps/jobs/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <exception>
#include <memory>
#include <utility>

#include "apps/jobs/files.hpp"
#include "apps/jobs/queue.hpp"

namespace segurifai::jobs {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using How = AttemptEnd::How;
using Await = boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>,
                                                boost::asio::io_context::executor_type>;

constexpr seconds kBackOffFirst{10};
constexpr int kDoublingsMax = 10;  // past the longest pause
constexpr int kSettlingsMax = 3;   ///< tries to write down how it ended
constexpr milliseconds kSettlingPause{1'000};
/// A lease that is longer than its kind's by more was given before the clock went back.
constexpr std::int64_t kClocksApartMicros = microseconds(kClocksApartMax).count();
constexpr int kLooksAfterLimit = 5;  ///< for a handler that asks once a second

/// A handler on its way. Shared with the handler, which may hang and be left behind.
struct Flight {
    Flight(boost::asio::io_context& io, const Resources& resources, const Job& taken,
           const std::atomic<bool>& stopping)
        : timer(io), context(resources, taken, stopping) {}

    Timer timer;
    JobContext context;
    boost::asio::cancellation_signal cancel;
    bool is_over = false;
    Result<Json> result = fail(Code::kInternal, "The handler did not end.");
};

Task<void> wait(Timer& timer, milliseconds pause) {
    timer.expires_after(pause);
    // A cancelled wait is the end of the handler; no other failure is known to a timer.
    boost::system::error_code ended;
    co_await timer.async_wait(boost::asio::redirect_error(Await(), ended));
}

Result<Json> outcome_of(const std::exception_ptr& defect, Result<Json> given) {
    if (defect) {
        try {
            std::rethrow_exception(defect);
        } catch (const std::exception& thrown) {
            return fail(Code::kInternal, thrown.what());
        }
    }
    if (given && kind_of(*given) != JsonKind::kObject)
        return fail(Code::kInternal, "The handler returned no JSON object.");
    return given;
}

/// What waits for a timer or a socket is cancelled by the flight's signal; everything else goes on
/// to its end, so that no transaction is left in the middle.
Task<Result<Json>> call_handler(const JobKind& kind, std::shared_ptr<Flight> flight) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_return co_await kind.handler(flight->context);
}

std::shared_ptr<Flight> begin_flight(const Resources& resources, boost::asio::io_context& io,
                                     const JobKind& kind, const Job& taken,
                                     const std::atomic<bool>& stopping) {
    auto flight = std::make_shared<Flight>(io, resources, taken, stopping);
    auto at_the_end = [flight](const std::exception_ptr& defect, Result<Json> given) {
        flight->result = outcome_of(defect, std::move(given));
        flight->is_over = true;
        flight->timer.cancel();
    };
    boost::asio::co_spawn(
        io, call_handler(kind, flight),
        boost::asio::bind_cancellation_slot(flight->cancel.slot(), std::move(at_the_end)));
    return flight;
}

/// How long an attempt has taken, whatever the machine's clock was set to meanwhile.
class Stopwatch {
public:
    [[nodiscard]] bool is_past(seconds limit) const noexcept {
        return std::chrono::steady_clock::now() - begun_ >= limit;
    }

private:
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// The lease of a running handler.
class Lease {
public:
    Lease(const Resources& resources, const JobKind& kind, const Job& taken,
          const AttemptOptions& options)
        : resources_(resources),
          kind_(kind),
          at_(attempt_of(taken)),
          until_(taken.lease_until.value_or(Instant{})),
          options_(options) {}

    /// Renews it when a third is over, and when there is progress to write down.
    Task<void> keep(JobContext& context) {
        const Instant now = resources_.clock.now();
        const double progress = context.progress();
        const std::int64_t third = microseconds(kind_.lease).count() / 3;
        const std::int64_t left = until_.micros - now.micros;
        const bool is_young = left > 2 * third && left <= 3 * third + kClocksApartMicros;
        if (is_young && progress == written_) co_return;
        const Instant until = lease_end(kind_, now);
        const auto renewed = co_await renew(resources_.database, at_, until, progress);
        if (!renewed) {
            options_.report(renewed.error());
            if (now >= until_) context.lose();
            co_return;
        }
        if (!*renewed) {
            context.lose();
            co_return;
        }
        until_ = until;
        written_ = progress;
        options_.on_progress(progress);
    }

private:
    const Resources& resources_;
    const JobKind& kind_;
    AtAttempt at_;
    Instant until_;
    double written_ = 0;
    const AttemptOptions& options_;
};

/// A defect in keeping it is told, and ends nothing: the handler uses what stands in our frame.
Task<void> keep(Lease& lease, JobContext& context, const AttemptOptions& options) {
    try {
        co_await lease.keep(context);
    } catch (const std::exception& thrown) {
        options.report({.code = Code::kInternal, .message = thrown.what()});
    }
}

/// What a handler's end came to, with the file that it asked for, which is there then.
Task<Result<Finished>> finished_of(const Resources& resources, const Job& taken,
                                   const JobContext& context, Result<Json> given) {
    if (!given) co_return std::unexpected(std::move(given).error());
    Finished finished{.result = *std::move(given), .file_name = context.file_name()};
    if (!finished.file_name) co_return finished;
    const auto path = file_path(resources.files, taken.id, taken.attempt);
    const auto check = [path] { return check_file_blocking(path); };
    SEGURIFAI_CO_TRY_AS(const auto checked, co_await resources.workers.run(check));
    if (!checked) co_return std::unexpected(checked.error());
    co_return finished;
}

/// What comes of a handler's outcome.
AttemptEnd decide(const Job& taken, const JobKind& kind, const JobContext& context,
                  Result<Finished> outcome, Instant now, microseconds pause) {
    AttemptEnd end;
    if (outcome) {
        end.how = How::kDone;
        end.finished = *std::move(outcome);
        return end;
    }
    end.error = std::move(outcome).error();
    if (context.is_overdue()) {
        end.how = How::kFailed;
        end.error = {.code = Code::kTimeout,
                     .message = fmt::format("The job was not done within {} seconds and was given "
                                            "up.",
                                            kind.limit.count())};
    } else if (context.is_stopping()) {
        end.how = How::kGivenBack;
        end.due = now;
    } else if (taken.attempt >= taken.attempts_max) {
        end.how = How::kFailed;
    } else {
        end.how = How::kPostponed;
        end.due = {now.micros + pause.count()};
    }
    return end;
}

/// Writes it down; false when the lease has gone to another.
Task<Result<bool>> settle(const Resources& resources, AtAttempt at, const AttemptEnd& end) {
    if (end.how == How::kDone)
        co_return co_await finish(resources.database, at, end.finished, resources.clock.now());
    const std::string error = describe(end.error);
    if (end.how == How::kFailed)
        co_return co_await give_up(resources.database, at, error, resources.clock.now());
    Postponed postponed;
    postponed.due = end.due;
    postponed.counts_as_attempt = end.how == How::kPostponed;
    if (postponed.counts_as_attempt) postponed.error = error;
    co_return co_await postpone(resources.database, at, std::move(postponed));
}

}  // namespace

microseconds back_off(std::int32_t attempt, Random& random) {
    const int doublings = std::clamp(attempt - 1, 0, kDoublingsMax);
    const seconds whole = std::min(kBackOffFirst * (1 << doublings), kRetryPauseMax);
    std::array<std::uint8_t, sizeof(std::uint32_t)> bytes;
    random.fill(bytes);
    std::uint32_t chance = 0;
    std::memcpy(&chance, bytes.data(), bytes.size());
    const std::int64_t half = microseconds(whole).count() / 2;
    return microseconds(half + static_cast<std::int64_t>(chance) % (half + 1));
}

Task<Result<AttemptEnd>> run_attempt(Resources resources, boost::asio::io_context& io,
                                     const JobKind& kind, Job taken,
                                     const AttemptOptions& options) {
    const Stopwatch taking;
    const auto flight = begin_flight(resources, io, kind, taken, options.stopping);
    JobContext& context = flight->context;
    Lease lease(resources, kind, taken, options);
    int looks_left = kLooksAfterLimit;
    while (!flight->is_over && looks_left > 0) {
        co_await wait(flight->timer, options.look_every);
        if (flight->is_over) break;
        co_await keep(lease, context, options);
        if (!taking.is_past(kind.limit)) continue;
        context.end_time();
        flight->cancel.emit(boost::asio::cancellation_type::terminal);
        --looks_left;
    }
    Result<Finished> outcome = fail(Code::kTimeout, "The handler did not end.");
    if (flight->is_over)
        outcome = co_await finished_of(resources, taken, context, std::move(flight->result));
    const microseconds pause = back_off(taken.attempt, resources.random);
    AttemptEnd end = decide(taken, kind, context, std::move(outcome), resources.clock.now(), pause);
    Timer pause_timer(io);  // a handler that was left behind still has the flight's
    Result<bool> written = false;
    for (int tries = 1; tries <= kSettlingsMax; ++tries) {
        written = co_await settle(resources, attempt_of(taken), end);
        if (written) break;
        options.report(written.error());
        if (tries < kSettlingsMax) co_await wait(pause_timer, kSettlingPause);
    }
    if (!written) co_return std::unexpected(written.error());
    if (!*written) end.how = How::kLost;
    co_return end;
}

}  // namespace segurifai::jobs
