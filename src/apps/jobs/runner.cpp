#include "apps/jobs/runner.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <map>
#include <mutex>
#include <utility>

#include "apps/jobs/attempt.hpp"

namespace segurifai::jobs {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;
using Await = boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>;
using How = AttemptEnd::How;

constexpr milliseconds kBackOffFirst{500};   ///< after a failing look; doubles
constexpr milliseconds kBackOffMax{30'000};  ///< and ends here
constexpr std::chrono::seconds kTendEvery{10};
constexpr std::int64_t kLookedAt = 16;  ///< due jobs, of which others may take some first
constexpr std::size_t kRunDueMax = 10'000;
constexpr std::size_t kHostSizeMax = 64;

Error error_of(const std::exception_ptr& defect) {
    try {
        std::rethrow_exception(defect);
    } catch (const std::exception& thrown) {
        return {.code = Code::kInternal, .message = thrown.what()};
    }
}

double seconds_since(Steady::time_point start) {
    return std::chrono::duration<double>(Steady::now() - start).count();
}

}  // namespace

std::string name_of_process() {
    std::array<char, kHostSizeMax> host{};
    // A host without a name, or with a longer one, is told by its process alone.
    if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    return fmt::format("{}/{}", host.data(), getpid());
}

struct Runner::State {
    explicit State(boost::asio::io_context& io) : io(io), timer(io) {}

    boost::asio::io_context& io;
    boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>,
                                      boost::asio::io_context::executor_type>
        timer;
    std::atomic<bool> woken = false;
    std::atomic<bool> stopped = false;
    // Of the io thread.
    std::size_t running = 0;
    bool is_scheduled = false;  ///< every scheduled kind has its row
    Steady::time_point tended{};

    std::mutex mutex;  ///< of what stats() reads
    QueueCounts queue;
    std::uint64_t look_failures = 0;
    std::map<std::string_view, KindStats> kinds;
};

Runner::Runner(Resources resources, boost::asio::io_context& io, const Kinds& kinds,
               RunnerOptions options)
    : resources_(resources),
      io_(io),
      kinds_(kinds),
      options_(std::move(options)),
      state_(std::make_shared<State>(io)) {
    for (const JobKind& kind : kinds.all()) state_->kinds[kind.name].kind = kind.name;
}

Runner::~Runner() = default;

void Runner::wake() const {
    if (state_->woken.exchange(true)) return;
    boost::asio::post(state_->io, [state = state_] { state->timer.cancel(); });
}

void Runner::stop() const {
    state_->stopped = true;
    boost::asio::post(state_->io, [state = state_] { state->timer.cancel(); });
}

RunnerStats Runner::stats() const {
    const Instant now = resources_.clock.now();
    const std::scoped_lock lock(state_->mutex);
    RunnerStats stats;
    stats.queue = state_->queue;
    stats.look_failures = state_->look_failures;
    if (const auto& oldest = stats.queue.oldest_queued; oldest && *oldest < now)
        stats.oldest_due_seconds = static_cast<double>(now.micros - oldest->micros) / 1e6;
    for (const auto& [name, kind] : state_->kinds) stats.kinds.push_back(kind);
    return stats;
}

Task<void> Runner::run() {
    milliseconds back_off = kBackOffFirst;
    while (!state_->stopped) {
        state_->woken = false;  // before the look: what wakes us from here on is looked at again
        Result<void> looked;
        try {
            looked = co_await look();
        } catch (const std::exception& thrown) {
            looked = fail(Code::kInternal, thrown.what());
        }
        if (looked) {
            back_off = kBackOffFirst;
            co_await sleep(options_.tick);
            continue;
        }
        {
            const std::scoped_lock lock(state_->mutex);
            ++state_->look_failures;
        }
        options_.report(looked.error());
        co_await sleep(back_off);
        back_off = std::min(back_off * 2, kBackOffMax);
    }
    while (state_->running > 0) {
        state_->timer.expires_after(options_.tick);
        boost::system::error_code ended;  // by the end of a job
        co_await state_->timer.async_wait(boost::asio::redirect_error(Await(), ended));
    }
}

Task<Result<std::size_t>> Runner::run_due() {
    const Instant now = resources_.clock.now();
    const auto queued =
        co_await queue_scheduled(resources_.database, resources_.clock, kinds_, now);
    if (!queued) co_return std::unexpected(queued.error());
    std::size_t attempts = 0;
    for (; attempts < kRunDueMax; ++attempts) {
        SEGURIFAI_CO_TRY_AS(auto taken, co_await take_next());
        if (!taken) break;
        co_await run_one(*std::move(taken));
    }
    SEGURIFAI_CO_TRY(co_await tend_queue());
    co_return attempts;
}

Task<Result<void>> Runner::look() {
    const Instant now = resources_.clock.now();
    if (!state_->is_scheduled)
        SEGURIFAI_CO_TRY(co_await prepare_schedule(resources_.database, kinds_, now));
    state_->is_scheduled = true;
    const auto queued =
        co_await queue_scheduled(resources_.database, resources_.clock, kinds_, now);
    if (!queued) co_return std::unexpected(queued.error());
    while (state_->running < options_.places && !state_->stopped) {
        SEGURIFAI_CO_TRY_AS(auto taken, co_await take_next());
        if (!taken) break;
        ++state_->running;
        boost::asio::co_spawn(io_, run_one(*std::move(taken)),
                              [this](const std::exception_ptr& defect) {
                                  if (defect) options_.report(error_of(defect));
                                  --state_->running;
                                  state_->woken = true;  // there is a place
                                  state_->timer.cancel();
                              });
    }
    if (Steady::now() - state_->tended < kTendEvery) co_return Result<void>();
    state_->tended = Steady::now();
    co_return co_await tend_queue();
}

Task<Result<std::optional<Job>>> Runner::take_next() {
    const Instant now = resources_.clock.now();
    SEGURIFAI_CO_TRY_AS(const std::vector<DueJob> due,
                        co_await due_jobs(resources_.database, kinds_, now, kLookedAt));
    std::optional<Job> taken;
    for (const DueJob& one : due) {
        if (one.is_exhausted) {
            SEGURIFAI_CO_TRY(co_await bury(one, now));
            continue;
        }
        const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
            SEGURIFAI_CO_TRY_AS(taken, co_await take(t, one, options_.name, now));
            co_return Result<void>();
        };
        SEGURIFAI_CO_TRY(co_await resources_.database.transact(body));
        if (taken) break;
    }
    co_return taken;
}

/// A job whose runner went away at its last attempt: perhaps it is what ends its runners.
Task<Result<void>> Runner::bury(DueJob due, Instant now) {
    const std::string error =
        fmt::format("Its runner went away at attempt {}, the last one.", due.at.attempt);
    const auto written = co_await give_up(resources_.database, due.at, error, now);
    if (!written) co_return std::unexpected(written.error());
    if (*written)
        options_.report(
            {.code = Code::kGone,
             .message = fmt::format("job {} ({}): {}", due.at.id.value, due.kind->name, error)});
    co_return Result<void>();
}

Task<Result<void>> Runner::tend_queue() {
    const Instant now = resources_.clock.now();
    SEGURIFAI_CO_TRY(co_await pull_back(resources_.database, kinds_, now));
    SEGURIFAI_CO_TRY_AS(const QueueCounts counts, co_await count_jobs(resources_.database));
    const std::scoped_lock lock(state_->mutex);
    state_->queue = counts;
    co_return Result<void>();
}

Task<void> Runner::run_one(Job taken) {
    const JobKind& kind = *kinds_.find(taken.kind);  // taken because it is known
    const auto report = [&](const Error& error) {
        Error told = error;
        told.message = fmt::format("job {} ({}), attempt {} of {}: {}", taken.id.value, taken.kind,
                                   taken.attempt, taken.attempts_max, error.message);
        options_.report(told);
    };
    AttemptOptions options{.stopping = state_->stopped, .report = report};
    const Steady::time_point start = Steady::now();
    const auto end = co_await run_attempt(resources_, io_, kind, taken, options);
    const bool has_failed = end && (end->how == How::kPostponed || end->how == How::kFailed);
    if (has_failed) report(end->error);
    const std::scoped_lock lock(state_->mutex);
    KindStats& stats = state_->kinds[kind.name];
    ++stats.runs;
    stats.failures += has_failed || !end ? 1 : 0;
    stats.seconds += seconds_since(start);
}

Task<void> Runner::sleep(milliseconds pause) {
    if (state_->woken || state_->stopped) co_return;
    state_->timer.expires_after(pause);
    // A cancelled wait is somebody waking us; no other failure is known to a timer.
    boost::system::error_code ended;
    co_await state_->timer.async_wait(boost::asio::redirect_error(Await(), ended));
}

}  // namespace segurifai::jobs
