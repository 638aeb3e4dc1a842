#include "apps/dispatch/engine.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <set>
#include <vector>

#include "apps/dispatch/search_step.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using std::chrono::milliseconds;
using Await = boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>;

constexpr milliseconds kPauseMin{50};        ///< so that a row held elsewhere makes no busy loop
constexpr milliseconds kBackOffFirst{500};   ///< after a failing pass; doubles
constexpr milliseconds kBackOffMax{30'000};  ///< and ends here
constexpr std::int64_t kPostponeMicros = 30'000'000;  ///< a request that cannot be handled
constexpr int kBatchesMax = 1'000;                    ///< of one pass

// A request is due when its search is, when an offer lapses, or when a unit that holds an offer of
// it has taken another job. The urgent ones come first.
const sql::Query kDue{
    "dispatch.due",
    "SELECT due.request_id FROM ("
    "SELECT request_id, next_at AS since FROM dispatch_search WHERE next_at <= $1 "
    "UNION ALL SELECT request_id, expires_at FROM dispatch_offer "
    "WHERE state = 'OPEN' AND expires_at <= $1 "
    "UNION ALL SELECT o.request_id, o.created_at FROM dispatch_offer o "
    "JOIN dispatch_assignment a ON a.provider_id = o.provider_id "
    "WHERE o.state = 'OPEN' AND a.ended_at IS NULL AND NOT a.is_desk) AS due "
    "JOIN assistance_assistancerequest r ON r.id = due.request_id "
    "GROUP BY due.request_id, r.priority "
    "ORDER BY CASE r.priority WHEN 'URGENT' THEN 0 WHEN 'HIGH' THEN 1 WHEN 'MEDIUM' THEN 2 "
    "ELSE 3 END, MIN(due.since), due.request_id LIMIT $2 OFFSET $3"};

const sql::Query kNextDue{
    "dispatch.next_due",
    "SELECT MIN(due.moment) FROM ("
    "SELECT MIN(next_at) AS moment FROM dispatch_search WHERE next_at IS NOT NULL "
    "UNION ALL SELECT MIN(expires_at) FROM dispatch_offer WHERE state = 'OPEN') AS due"};

const sql::Query kPostpone{"dispatch.postpone",
                           "UPDATE dispatch_search SET next_at = $2, updated_at = $3 "
                           "WHERE request_id = $1 AND next_at <= $3"};

void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) noexcept {
    counter.fetch_add(by, std::memory_order_relaxed);
}

Error defect(std::string_view what) {
    return {.code = Code::kInternal, .message = std::string(what)};
}

}  // namespace

struct Engine::State {
    explicit State(boost::asio::io_context& context) : io(context), timer(context) {}

    boost::asio::io_context& io;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>
        timer;
    std::atomic<bool> woken = false;
    std::atomic<bool> stopped = false;
    std::atomic<std::uint64_t> passes = 0;
    std::atomic<std::uint64_t> looked = 0;
    std::atomic<std::uint64_t> offered = 0;
    std::atomic<std::uint64_t> queued = 0;
    std::atomic<std::uint64_t> failures = 0;
};

Engine::Engine(Platform& platform, boost::asio::io_context& io, EngineOptions options)
    : platform_(platform), options_(std::move(options)), state_(std::make_shared<State>(io)) {}

Engine::~Engine() = default;

void Engine::wake() const {
    if (state_->woken.exchange(true)) return;
    boost::asio::post(state_->io, [state = state_] { state->timer.cancel(); });
}

void Engine::stop() const {
    state_->stopped = true;
    boost::asio::post(state_->io, [state = state_] { state->timer.cancel(); });
}

EngineStats Engine::stats() const noexcept {
    return {.passes = state_->passes,
            .looked = state_->looked,
            .offered = state_->offered,
            .queued = state_->queued,
            .failures = state_->failures};
}

Task<void> Engine::run() {
    milliseconds back_off = kBackOffFirst;
    while (!state_->stopped) {
        state_->woken = false;  // before the look: what wakes us from here on is looked at again
        Result<Pass> passed = fail(Code::kInternal, "The pass did not end.");
        try {
            passed = co_await run_due(platform_.clock.now());
        } catch (const std::exception& thrown) {
            passed = std::unexpected(defect(thrown.what()));
            count(state_->failures);
        }
        if (!passed) {
            options_.report(passed.error());
            co_await sleep(back_off);
            back_off = std::min(back_off * 2, kBackOffMax);
            continue;
        }
        back_off = kBackOffFirst;
        const milliseconds pause = co_await pause_after(*passed);
        co_await sleep(pause);
    }
}

Task<Result<Pass>> Engine::run_due(Instant now) {
    count(state_->passes);
    Pass pass;
    std::set<assistance::AssistanceRequestId> seen;
    for (int batch = 0; batch < kBatchesMax && !state_->stopped; ++batch) {
        // What was handled is no longer due; what was not stands still before the rest.
        const auto still = static_cast<std::int64_t>(pass.skipped + pass.failed);
        const std::array params{sql::Value::instant(now), sql::Value::integer(options_.batch),
                                sql::Value::integer(still)};
        std::vector<assistance::AssistanceRequestId> due;
        auto sink = sql::each_row([&](const sql::Row& row) {
            due.push_back({static_cast<std::int32_t>(row.integer(0))});
        });
        const auto read = co_await platform_.database.run(kDue, params, &sink);
        if (!read) {
            count(state_->failures);
            co_return std::unexpected(read.error());
        }
        std::erase_if(due, [&](auto request) { return !seen.insert(request).second; });
        if (due.empty()) break;
        for (const auto request : due) {
            if (state_->stopped) break;
            co_await look_at(request, now, pass);
        }
    }
    co_return pass;
}

Task<void> Engine::look_at(assistance::AssistanceRequestId request, Instant now, Pass& pass) {
    Look look;
    const Policy policy = options_.policy;
    const sql::TransactionBody body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(look, co_await look_for_unit(transaction, request, policy, now));
        co_return Result<void>();
    };
    Result<void> done;
    try {
        done = co_await platform_.database.transact(body);
    } catch (const std::exception& thrown) {
        done = std::unexpected(defect(thrown.what()));
    }
    if (!done) {
        ++pass.failed;
        count(state_->failures);
        options_.report(done.error());
        co_await postpone(request, now);
        co_return;
    }
    if (look.held_elsewhere) {
        ++pass.skipped;
        co_return;
    }
    ++pass.looked;
    pass.offered += look.offered;
    pass.queued += look.queued ? 1 : 0;
    count(state_->looked);
    count(state_->offered, look.offered);
    count(state_->queued, look.queued ? 1 : 0);
}

/// Puts a request aside that cannot be handled, so that it does not stand before all others.
Task<void> Engine::postpone(assistance::AssistanceRequestId request, Instant now) {
    const std::array params{sql::Value::integer(request.value),
                            sql::Value::instant(Instant{now.micros + kPostponeMicros}),
                            sql::Value::instant(now)};
    const sql::Statement statement = kPostpone.on(platform_.database.engine());
    const auto written = co_await platform_.database.write(statement, params);
    if (!written) {
        count(state_->failures);
        options_.report(written.error());
    }
}

Task<milliseconds> Engine::pause_after(const Pass& pass) {
    std::optional<Instant> next;
    auto sink = sql::each_row([&](const sql::Row& row) {
        sql::Value value;
        if (row.get(0, sql::ValueType::kInstant, 0, value) && !value.is_null())
            next = value.as_instant();
    });
    const auto read = co_await platform_.database.run(kNextDue, {}, &sink);
    if (!read) {
        count(state_->failures);
        options_.report(read.error());
        co_return options_.tick;
    }
    if (!next) co_return options_.tick;
    const std::int64_t wait_ms = (next->micros - platform_.clock.now().micros) / 1'000 + 1;
    const milliseconds least = pass.failed > 0 ? kBackOffFirst : kPauseMin;
    co_return std::clamp(milliseconds(wait_ms), std::min(least, options_.tick), options_.tick);
}

Task<void> Engine::sleep(milliseconds pause) {
    if (state_->woken || state_->stopped) co_return;
    state_->timer.expires_after(pause);
    // A cancelled wait is somebody waking us; no other failure is known to a timer.
    boost::system::error_code ended;
    co_await state_->timer.async_wait(boost::asio::redirect_error(Await(), ended));
}

}  // namespace segurifai::dispatch
