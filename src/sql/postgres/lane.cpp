#include "sql/postgres/lane.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cassert>
#include <utility>

#include "sql/postgres/result_row.hpp"

namespace segurifai::sql::postgres {
namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kTick(50);            // how exact the deadlines of waits are
constexpr milliseconds kStallMargin(1'000);  // past the server's own statement_timeout
constexpr std::size_t kStreamers = 2;        // streams at once per io_context
constexpr std::size_t kLongReaders = 2;      // connections for reads that are no point reads
constexpr std::size_t kCommitters = 2;       // groups of transactions at once per io_context
constexpr std::size_t kGroupMax = 32;        // transactions in a group
constexpr int kTriesInCompany = 2;           // of a transaction whose company failed

milliseconds stall_limit(const DatabaseOptions& options) {
    constexpr milliseconds kWithoutTimeout(60'000);
    return options.statement_timeout.count() > 0 ? options.statement_timeout + kStallMargin
                                                 : kWithoutTimeout;
}

Error no_connection_error() {
    return Error{.code = Code::kBusy,
                 .message = "No database connection was free in time: try again."};
}

Error closed_error() {
    return Error{.code = Code::kGone, .message = "The database was closed."};
}

}  // namespace

void Lease::give_back() {
    if (!connection_) return;
    lane_->take_back(*pool_, std::move(connection_));
    connection_ = nullptr;
}

Lane::Lane(IoExecutor executor, const std::shared_ptr<const Targets>& targets,
           const DatabaseOptions& options, std::shared_ptr<Counters> counters)
    : executor_(executor),
      options_(options),
      counters_(std::move(counters)),
      ticker_(std::in_place, executor),
      jitter_(std::random_device()()) {
    const Connection::Limits limits{
        .stall = stall_limit(options),
        .connect = options.acquire_timeout,
        .statements = static_cast<std::size_t>(std::max(1, options.statement_cache_limit))};
    const auto connection = [&](const ConnectTarget& target) {
        return std::make_shared<Connection>(
            executor, std::shared_ptr<const ConnectTarget>(targets, &target), limits);
    };
    for (std::size_t i = 0; i < 1 + kLongReaders; ++i)
        readers_.push_back({connection(targets->readers)});
    const int share = std::max(1, options.writer_connections / std::max(1, options.io_threads));
    const auto fill = [&](Pool& pool, const ConnectTarget& target, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) pool.all.push_back(connection(target));
        pool.free = pool.all;
    };
    fill(writers_, targets->writers, static_cast<std::size_t>(share));
    fill(streamers_, targets->writers, kStreamers);
    fill(committers_, targets->committers, kCommitters);
    groups_.resize(kCommitters);
}

void Lane::connect_events() {
    const std::weak_ptr<Lane> weak = weak_from_this();
    for (Reader& reader : readers_) {
        reader.connection->on_idle = [weak] {
            if (const auto self = weak.lock()) self->rest_if_idle();
        };
        reader.connection->on_closed = [weak, &reader] {
            const auto self = weak.lock();
            if (self && reader.connection->has_queue()) reopen(self, reader);
        };
    }
}

Result<void> Lane::admit(std::size_t reads) {
    assert(executor_.running_in_this_thread());
    if (closing_ || abandoned_) return std::unexpected(closed_error());
    if (reads_ + reads > options_.queue_limit) {
        count(counters_->refused_busy);
        return fail(Code::kBusy, "Too many reads are waiting for PostgreSQL: try again.");
    }
    reads_ += reads;
    return {};
}

Lane::Reader& Lane::reader_for(const Statement& statement) {
    if (statement.point) return readers_.front();
    return *std::ranges::min_element(readers_.begin() + 1, readers_.end(), {}, &Reader::reads);
}

void Lane::submit_read(Reader& reader, Request& request) {
    count(counters_->statements);
    request.shares_sync = request.statement.point;
    request.repeatable = true;
    ++reader.reads;
    reader.connection->submit(request);
    start_ticking();
    if (!reader.connection->is_open()) reopen(shared_from_this(), reader);
}

void Lane::leave(std::size_t reads) {
    reads_ -= reads;
    if (closing_) finish_closing();
}

Task<Result<std::int64_t>> Lane::read(Statement statement, Params params, RowSink* sink) {
    const std::shared_ptr<Lane> self = shared_from_this();
    SEGURIFAI_CO_TRY(admit(1));
    Request request{.statement = statement, .params = params};
    Reader& reader = reader_for(statement);
    submit_read(reader, request);
    co_await reader.connection->answered(request);
    --reader.reads;
    leave(1);
    if (request.failure) co_return std::unexpected(std::move(request.failure->error));
    co_return request.give_rows(sink);
}

Task<Result<void>> Lane::read_all(std::span<const Asked> asked) {
    const std::shared_ptr<Lane> self = shared_from_this();
    SEGURIFAI_CO_TRY(admit(asked.size()));
    // They stay where they are until they are answered.
    const auto requests = std::make_unique<Request[]>(asked.size());  // NOLINT(*-avoid-c-arrays)
    std::vector<Reader*> readers(asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
        requests[i].statement = asked[i].statement;
        requests[i].params = asked[i].params;
        readers[i] = &reader_for(asked[i].statement);
        submit_read(*readers[i], requests[i]);
    }
    for (std::size_t i = 0; i < asked.size(); ++i) {
        co_await readers[i]->connection->answered(requests[i]);
        --readers[i]->reads;
    }
    leave(asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i)
        if (requests[i].failure) co_return std::unexpected(std::move(requests[i].failure->error));
    for (std::size_t i = 0; i < asked.size(); ++i) (void)requests[i].give_rows(asked[i].sink);
    co_return Result<void>();
}

void Lane::reopen(const std::shared_ptr<Lane>& self, Reader& reader) {
    if (std::exchange(reader.reopening, true)) return;
    asio::co_spawn(self->executor_, connect_again(self, reader), asio::detached);
}

Task<void> Lane::connect_again(std::shared_ptr<Lane> self, Reader& reader) {
    const Moment deadline = std::chrono::steady_clock::now() + self->options_.acquire_timeout;
    for (int attempt = 1; !self->abandoned_; ++attempt) {
        const auto opened = co_await reader.connection->open();
        if (opened) {
            self->connected();
            break;
        }
        const bool may_pass =
            opened.error().code == Code::kGone || opened.error().code == Code::kBusy;
        if (!may_pass || std::chrono::steady_clock::now() >= deadline) {
            reader.connection->fail_queue(opened.error());
            break;
        }
        co_await self->back_off(attempt, true);
    }
    reader.reopening = false;
    self->rest_if_idle();
}

void Lane::connected() {
    count(counters_->reconnects);
    keys_.forget();
}

Task<Result<ReadyTransaction::Outcome>> Lane::commit_with_others(
    std::list<LaterStatement>& statements, std::uint64_t key_epoch) {
    const std::shared_ptr<Lane> self = shared_from_this();
    using Outcome = ReadyTransaction::Outcome;
    if (closing_ || abandoned_) co_return Outcome::kAlone;  // lending says why not
    if (ready_.size() >= options_.queue_limit) {
        count(counters_->refused_busy);
        co_return fail(Code::kBusy, "Too many transactions are waiting: try again.");
    }
    ReadyTransaction own{.statements = statements,
                         .deadline = std::chrono::steady_clock::now() + options_.acquire_timeout,
                         .key_epoch = key_epoch};
    ready_.push_back(&own);
    start_ticking();
    const auto resting = std::ranges::find_if(groups_, &std::vector<ReadyTransaction*>::empty);
    if (resting != groups_.end()) {
        take_ready(*resting);
        asio::co_spawn(executor_, commit_groups(self, *resting), asio::detached);
    }
    co_await own.waiter.wait();
    if (own.refusal) co_return std::unexpected(*std::move(own.refusal));
    co_return own.outcome;
}

void Lane::take_ready(std::vector<ReadyTransaction*>& group) {
    const std::size_t size = std::min(ready_.size(), kGroupMax);
    const auto end = ready_.begin() + static_cast<std::ptrdiff_t>(size);
    group.assign(ready_.begin(), end);
    ready_.erase(ready_.begin(), end);
}

Task<void> Lane::commit_groups(std::shared_ptr<Lane> self, std::vector<ReadyTransaction*>& group) {
    while (!group.empty()) {
        co_await self->commit_next(group);
        self->take_ready(group);
    }
    self->rest_if_idle();
}

/// Commits a group, and tells each in it what became of it.
Task<void> Lane::commit_next(std::vector<ReadyTransaction*>& group) {
    auto lease = co_await lend(committers_);
    std::vector<ReadyTransaction*> innocent;
    if (lease) {
        std::erase_if(group, [&](ReadyTransaction* one) {
            const bool outdated = one->key_epoch != 0 && one->key_epoch != keys_.epoch();
            if (outdated) one->waiter.fire(executor_);
            return outdated;
        });
        if (!group.empty()) co_await commit_group(**lease, group, innocent);
    } else if (lease.error().code == Code::kGone) {
        // Alone they would wait for the server as long again. Where it only has no connection left
        // for us, one of the writers' may be there.
        for (ReadyTransaction* one : group) one->refusal = lease.error();
    }
    bool committed = false;
    for (ReadyTransaction* one : group) {
        committed |= one->outcome == ReadyTransaction::Outcome::kCommitted;
        const bool again = std::ranges::find(innocent, one) != innocent.end();
        if (again && ++one->tries < kTriesInCompany)
            ready_.push_front(one);
        else
            one->waiter.fire(executor_);
    }
    if (committed) count(counters_->commits);
}

void Lane::refuse_late(Moment now) {
    std::erase_if(ready_, [&](ReadyTransaction* one) {
        if (one->deadline > now) return false;
        count(counters_->refused_busy);
        one->refusal = no_connection_error();
        one->waiter.fire(executor_);
        return true;
    });
}

/// For work that was not accepted before.
Task<Result<Lease>> Lane::lend_for_new(Pool& pool) {
    if (closing_) co_return std::unexpected(closed_error());
    co_return co_await lend(pool);
}

Task<Result<Lease>> Lane::lend(Pool& pool) {
    assert(executor_.running_in_this_thread());
    const std::shared_ptr<Lane> self = shared_from_this();
    if (abandoned_) co_return std::unexpected(closed_error());
    std::shared_ptr<Connection> connection;
    if (!pool.free.empty()) {
        connection = std::move(pool.free.back());  // the warmest one
        pool.free.pop_back();
    } else {
        if (pool.waiting.size() >= options_.queue_limit) {
            count(counters_->refused_busy);
            co_return fail(Code::kBusy, "Too many transactions are waiting: try again.");
        }
        Pool::Waiting waiting{.deadline =
                                  std::chrono::steady_clock::now() + options_.acquire_timeout};
        pool.waiting.push_back(&waiting);
        start_ticking();
        co_await waiting.waiter.wait();
        connection = std::move(waiting.connection);
        if (!connection) {
            count(counters_->refused_busy);
            co_return std::unexpected(no_connection_error());
        }
    }
    Lease lease(self, pool, connection);
    start_ticking();
    auto ready = co_await make_ready(connection);
    if (abandoned_) co_return std::unexpected(closed_error());  // nobody would end a wait for it
    if (!ready) co_return std::unexpected(std::move(ready).error());
    co_return std::move(lease);
}

Task<Result<void>> Lane::make_ready(std::shared_ptr<Connection> connection) {
    if (connection->is_alive()) co_return Result<void>();
    const Moment deadline = std::chrono::steady_clock::now() + options_.acquire_timeout;
    for (int attempt = 1;; ++attempt) {
        auto opened = co_await connection->open();
        if (opened) {
            connected();
            co_return opened;
        }
        const bool may_pass =
            opened.error().code == Code::kGone || opened.error().code == Code::kBusy;
        if (!may_pass || abandoned_ || std::chrono::steady_clock::now() >= deadline)
            co_return opened;
        co_await back_off(attempt, true);
    }
}

Task<void> Lane::back_off(int attempt, bool lost) {
    const int first = lost ? 20 : 1;
    const int most = lost ? 500 : 100;
    const int ceiling = std::min(most, first << std::min(attempt, 10));
    std::uniform_int_distribution<int> choose(ceiling * 100, ceiling * 1'000);
    boost::system::error_code ignored;  // cancelled only when everything is
    Timer timer(executor_, std::chrono::microseconds(choose(jitter_)));
    co_await timer.async_wait(asio::redirect_error(Await(), ignored));
}

void Lane::take_back(Pool& pool, std::shared_ptr<Connection> connection) {
    if (abandoned_) return;
    if (!connection->is_clean()) connection->close();
    if (!pool.waiting.empty()) {
        Pool::Waiting* next = pool.waiting.front();
        pool.waiting.pop_front();
        next->connection = std::move(connection);
        next->waiter.fire(executor_);
        return;
    }
    pool.free.push_back(std::move(connection));
    rest_if_idle();
}

bool Lane::reads_rest() const {
    return std::ranges::none_of(readers_, [](const Reader& reader) {
        return reader.connection->is_busy() || reader.reopening;
    });
}

bool Lane::commits_rest() const {
    return ready_.empty() && std::ranges::all_of(groups_, &std::vector<ReadyTransaction*>::empty);
}

bool Lane::has_work() const {
    const auto lent = [](const Pool& pool) { return pool.free.size() < pool.all.size(); };
    return !reads_rest() || reads_ > 0 || lent(writers_) || lent(streamers_) || !commits_rest();
}

void Lane::start_ticking() {
    if (ticking_ || abandoned_) return;
    ticking_ = true;
    ticker_->expires_after(kTick);
    ticker_->async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error || self->abandoned_) return;
        self->ticking_ = false;
        self->tick();
    });
}

void Lane::tick() {
    const Moment now = std::chrono::steady_clock::now();
    for (const Reader& reader : readers_) reader.connection->close_if_stalled(now);
    for (Pool* pool : {&writers_, &streamers_, &committers_}) {
        for (const auto& connection : pool->all) connection->close_if_stalled(now);
        while (!pool->waiting.empty() && pool->waiting.front()->deadline <= now) {
            Pool::Waiting* late = pool->waiting.front();
            pool->waiting.pop_front();
            late->waiter.fire(executor_);
        }
    }
    refuse_late(now);
    if (has_work()) start_ticking();
}

/// An idle lane has no timer, so that an io_context may run out of work.
void Lane::rest_if_idle() {
    if (abandoned_) return;
    if (ticking_ && reads_rest() && commits_rest() && writers_.free.size() == writers_.all.size() &&
        streamers_.free.size() == streamers_.all.size()) {
        ticking_ = false;
        ticker_->cancel();
    }
    if (closing_) finish_closing();
}

void Lane::close(std::function<void()> closed) {
    closing_ = true;
    on_all_closed_.push_back(std::move(closed));
    finish_closing();
}

void Lane::finish_closing() {
    if (!abandoned_ && has_work()) return;
    for (const Reader& reader : readers_) reader.connection->close();
    for (Pool* pool : {&writers_, &streamers_, &committers_})
        for (const auto& connection : pool->all) connection->close();
    for (const auto& closed : std::exchange(on_all_closed_, {})) closed();
}

void Lane::abandon() {
    if (std::exchange(abandoned_, true)) return;
    ticker_.reset();
    for (const Reader& reader : readers_) reader.connection->abandon();
    for (Pool* pool : {&writers_, &streamers_, &committers_}) {
        for (const auto& connection : pool->all) connection->abandon();
        for (Pool::Waiting* waiting : std::exchange(pool->waiting, {}))
            (void)waiting->waiter.drop();
    }
    std::vector<std::optional<Waiter::Handler>> dropped;
    for (ReadyTransaction* one : std::exchange(ready_, {})) dropped.push_back(one->waiter.drop());
    for (std::vector<ReadyTransaction*>& group : groups_)
        for (ReadyTransaction* one : std::exchange(group, {}))
            dropped.push_back(one->waiter.drop());
    for (const auto& closed : std::exchange(on_all_closed_, {})) closed();
}

}  // namespace segurifai::sql::postgres
