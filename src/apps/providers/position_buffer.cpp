#include "apps/providers/position_buffer.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <iterator>
#include <utility>

#include "apps/providers/position_store.hpp"
#include "base/guatemala.hpp"

namespace segurifai::providers {
namespace {

using Await = boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>;

void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) noexcept {
    counter.fetch_add(by, std::memory_order_relaxed);
}

/// Whether the same may succeed later.
bool passes_by(const Error& error) noexcept {
    switch (error.code) {
        case Code::kSerialization:
        case Code::kBusy:
        case Code::kTimeout:
        case Code::kGone:
        case Code::kDiskFull:
        case Code::kReadOnly:
        case Code::kPermission: return true;
        default: return false;
    }
}

}  // namespace

/// What is known of a unit.
struct PositionBuffer::Unit {
    bool is_known = false;         ///< `last` is what is stored, or newer
    std::optional<FixPoint> last;  ///< the last one taken
    std::optional<FixPoint> kept;  ///< the last one in the history
    std::vector<Fix> waiting;
    Instant second_began;
    int updates = 0;  ///< since then

    /// Counts an update; false = one too many in this second.
    bool admit(Instant at, int per_second) noexcept {
        const std::int64_t since = at.micros - second_began.micros;
        if (since < 0 || since >= kMicrosPerSecond) {
            second_began = at;
            updates = 0;
        }
        return ++updates <= per_second;
    }
};

struct PositionBuffer::Batch : UnitFixes {};

struct PositionBuffer::Counters {
    std::atomic<std::uint64_t> taken = 0;
    std::atomic<std::uint64_t> rejected = 0;
    std::atomic<std::uint64_t> throttled = 0;
    std::atomic<std::uint64_t> flushes = 0;
    std::atomic<std::uint64_t> kept = 0;
    std::atomic<std::uint64_t> dropped = 0;
    std::atomic<std::uint64_t> failures = 0;
};

/// Shared with what stop() posts, which may run after the buffer is gone.
struct PositionBuffer::Sleeper {
    using Timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;

    std::mutex mutex;
    std::atomic<bool> stopped = false;
    boost::asio::io_context* io = nullptr;
    std::optional<Timer> timer;
};

PositionBuffer::PositionBuffer(sql::Database& database, Clock& clock, PositionBufferOptions options)
    : database_(database),
      clock_(clock),
      options_(std::move(options)),
      counters_(std::make_unique<Counters>()),
      sleeper_(std::make_shared<Sleeper>()) {}

PositionBuffer::~PositionBuffer() = default;

Task<Result<BatchJudgement>> PositionBuffer::take(ProviderId unit, std::vector<Fix> fixes,
                                                  Instant at) {
    {
        const std::lock_guard lock(mutex_);
        Unit& known = units_[unit.value];
        if (!known.admit(at, options_.updates_per_second)) {
            count(counters_->throttled);
            co_return refuse(Refusal::kThrottled);
        }
        if (known.is_known) co_return take_known(known, fixes, at);
    }
    SEGURIFAI_CO_TRY_AS(std::optional<FixPoint> stored, co_await stored_position(database_, unit));
    const std::lock_guard lock(mutex_);
    Unit& known = units_[unit.value];
    if (!known.is_known) {
        const bool newer_waits =
            !known.waiting.empty() && (!stored || stored->at < known.waiting.back().recorded_at);
        known.last = newer_waits ? FixPoint{known.waiting.back().position(),
                                            known.waiting.back().recorded_at}
                                 : stored;
        known.is_known = true;
    }
    co_return take_known(known, fixes, at);
}

Result<BatchJudgement> PositionBuffer::take_known(Unit& unit, const std::vector<Fix>& fixes,
                                                  Instant at) {
    if (waiting_ + fixes.size() > options_.waiting_max) return refuse(Refusal::kServiceUnavailable);
    BatchJudgement judgement = judge_fixes(fixes, unit.last, at);
    for (const std::size_t index : judgement.accepted) {
        const FixPoint point{fixes[index].position(), fixes[index].recorded_at};
        if (unit.last && is_repetition(*unit.last, point)) continue;
        unit.waiting.push_back(fixes[index]);
        unit.last = point;
        ++waiting_;
        count(counters_->taken);
    }
    count(counters_->rejected, judgement.rejected.size());
    return judgement;
}

void PositionBuffer::forget(ProviderId unit) {
    const std::lock_guard lock(mutex_);
    const auto found = units_.find(unit.value);
    if (found != units_.end()) found->second.is_known = false;
}

std::vector<PositionBuffer::Batch> PositionBuffer::take_waiting() {
    std::vector<Batch> batches;
    const std::lock_guard lock(mutex_);
    for (auto& [id, unit] : units_) {
        if (unit.waiting.empty()) continue;
        Batch& batch = batches.emplace_back();
        batch.unit = ProviderId{id};
        batch.kept = unit.kept;
        batch.fixes = std::exchange(unit.waiting, {});
    }
    // Whoever stores rows of several units takes them in the same order.
    std::ranges::sort(batches, {}, &Batch::unit);
    return batches;
}

void PositionBuffer::give_back(std::vector<Batch> batches) {
    const std::lock_guard lock(mutex_);
    for (Batch& batch : batches) {
        std::vector<Fix>& waiting = units_[batch.unit.value].waiting;
        batch.fixes.insert(batch.fixes.end(), std::make_move_iterator(waiting.begin()),
                           std::make_move_iterator(waiting.end()));
        waiting = std::move(batch.fixes);
    }
}

void PositionBuffer::settle(const std::vector<Batch>& batches) {
    const std::lock_guard lock(mutex_);
    for (const Batch& batch : batches) {
        units_[batch.unit.value].kept = batch.kept;
        waiting_ -= batch.fixes.size();
    }
}

Task<Result<void>> PositionBuffer::store(std::vector<Batch>& batches) {
    const Instant now = clock_.now();
    Stored stored;
    std::vector<UnitFixes*> given;
    given.reserve(batches.size());
    for (Batch& batch : batches) given.push_back(&batch);
    const OnJobFixes& on_job_fixes = options_.on_job_fixes;
    const auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        stored = {};
        co_return co_await store_positions(transaction, now, given, on_job_fixes, stored);
    };
    auto done = co_await database_.transact(body);
    if (!done) co_return done;
    for (std::size_t i = 0; i < batches.size(); ++i) batches[i].kept = stored.kept[i];
    settle(batches);
    count(counters_->kept, stored.rows);
    count(counters_->dropped, stored.without_day);
    for (const Error& error : stored.errors) {
        count(counters_->failures);
        options_.report(error);
    }
    co_return Result<void>();
}

/// One at a time, after all together failed for good: what cannot be stored takes nothing else
/// with it.
Task<Result<void>> PositionBuffer::store_singly(std::vector<Batch> batches) {
    for (std::size_t i = 0; i < batches.size(); ++i) {
        std::vector<Batch> one;
        one.push_back(batches[i]);
        auto done = co_await store(one);
        if (done) continue;
        if (passes_by(done.error())) {
            batches.erase(batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(i));
            give_back(std::move(batches));
            co_return done;
        }
        count(counters_->dropped, batches[i].fixes.size());
        count(counters_->failures);
        options_.report(done.error());
        settle(one);
    }
    co_return Result<void>();
}

Task<Result<void>> PositionBuffer::flush() {
    std::vector<Batch> batches = take_waiting();
    if (batches.empty()) co_return Result<void>();
    count(counters_->flushes);
    Result<void> done;
    try {
        done = co_await store(batches);
    } catch (const std::exception& thrown) {
        done = fail(Code::kInternal, thrown.what());
    }
    if (done) co_return done;
    if (!passes_by(done.error())) co_return co_await store_singly(std::move(batches));
    give_back(std::move(batches));
    co_return done;
}

Task<void> PositionBuffer::run(boost::asio::io_context& io) {
    const std::shared_ptr<Sleeper> sleeper = sleeper_;
    {
        const std::lock_guard lock(sleeper->mutex);
        sleeper->io = &io;
        sleeper->timer.emplace(io);
    }
    bool is_last = false;
    while (!is_last) {
        is_last = sleeper->stopped;
        if (!is_last) {
            sleeper->timer->expires_after(options_.flush_every);
            // A cancelled wait is stop(); no other failure is known to a timer.
            boost::system::error_code ended;
            co_await sleeper->timer->async_wait(boost::asio::redirect_error(Await(), ended));
            is_last = sleeper->stopped;
        }
        const auto flushed = co_await flush();
        if (flushed) continue;
        count(counters_->failures);
        options_.report(flushed.error());
    }
    const std::lock_guard lock(sleeper->mutex);
    sleeper->io = nullptr;
    sleeper->timer.reset();
}

void PositionBuffer::stop() {
    const std::shared_ptr<Sleeper> sleeper = sleeper_;
    sleeper->stopped = true;
    const std::lock_guard lock(sleeper->mutex);
    if (sleeper->io == nullptr) return;
    boost::asio::post(*sleeper->io, [sleeper] {
        const std::lock_guard inner(sleeper->mutex);
        if (sleeper->timer) sleeper->timer->cancel();
    });
}

PositionBufferStats PositionBuffer::stats() const noexcept {
    return {.taken = counters_->taken,
            .rejected = counters_->rejected,
            .throttled = counters_->throttled,
            .flushes = counters_->flushes,
            .kept = counters_->kept,
            .dropped = counters_->dropped,
            .failures = counters_->failures};
}

}  // namespace segurifai::providers
