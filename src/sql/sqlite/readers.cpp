#include "sql/sqlite/readers.hpp"
#include "base/thread.hpp"

#include <algorithm>
#include <boost/asio/defer.hpp>

namespace segurifai::sql::sqlite {
namespace {

Error closed_error() {
    return {.code = Code::kGone, .message = "The database is closed."};
}

Error busy_error() {
    return {.code = Code::kBusy,
            .message = "Too many reads wait for the database: try again later."};
}

void resume(std::unique_ptr<Waiter> waiter) {
    std::vector<std::unique_ptr<Waiter>> one;
    one.push_back(std::move(waiter));
    resume_all(std::move(one));
}

}  // namespace

/// Begins the read transaction that this moment's reads share, unless it is open and knows of all
/// `commits`.
Result<void> InlineReaders::Place::look_at(std::uint64_t commits) {
    if (seen == commits && connection->in_transaction()) return {};
    look_away();
    SEGURIFAI_TRY(connection->control("BEGIN"));
    seen = commits;
    return {};
}

void InlineReaders::Place::look_away() noexcept {
    seen.reset();
    if (connection && connection->in_transaction()) (void)connection->control("ROLLBACK");
}

/// Ends the read transaction of a turn, when the event loop comes to it or throws it away.
class InlineReaders::EndOfTurn {
public:
    EndOfTurn(std::shared_ptr<Places> places, Place& place)
        : places_(std::move(places)), place_(&place) {}
    EndOfTurn(EndOfTurn&&) noexcept = default;
    EndOfTurn& operator=(EndOfTurn&&) = delete;
    ~EndOfTurn() {
        State idle = kIdle;
        if (!places_ || !place_->state.compare_exchange_strong(idle, kBusy)) return;
        place_->turn_is_awaited = false;
        place_->look_away();
        place_->state.store(kIdle, std::memory_order_release);
    }
    void operator()() const noexcept {}  // the end of its life is what counts

private:
    std::shared_ptr<Places> places_;
    Place* place_;
};

std::optional<Result<std::int64_t>> InlineReaders::run(const Statement& statement, Params params,
                                                       RowSink* sink, std::uint64_t commits,
                                                       const CallerExecutor& executor) {
    const auto self = std::this_thread::get_id();
    const std::size_t settled = settled_.load(std::memory_order_acquire);
    Place* place = nullptr;
    for (std::size_t i = 0; i < settled && place == nullptr; ++i)
        if ((*places_)[i].owner.load(std::memory_order_relaxed) == self) place = &(*places_)[i];
    if (place == nullptr) {
        auto made = settle();
        if (!made) return std::unexpected(std::move(made).error());
        if (*made == nullptr) return std::nullopt;
        place = *made;
    }
    State idle = kIdle;
    if (!place->state.compare_exchange_strong(idle, kBusy, std::memory_order_acquire)) {
        if (idle == kClosed) return std::unexpected(closed_error());
        return std::nullopt;  // a sink that reads again: not on the statement's own connection
    }
    struct Leave {
        Place* place;
        ~Leave() { place->state.store(kIdle, std::memory_order_release); }
    } const leave{place};
    place->statements.store(place->statements.load(std::memory_order_relaxed) + 1,
                            std::memory_order_relaxed);
    if (auto looks = place->look_at(commits); !looks)
        return std::unexpected(std::move(looks).error());
    if (!place->turn_is_awaited) {
        place->turn_is_awaited = true;
        boost::asio::defer(executor, EndOfTurn(places_, *place));
    }
    place->connection->limit_to_point_read();
    auto rows = place->connection->run(statement, params, sink);
    if (!rows && rows.error().code == Code::kTimeout)
        rows.error().message =
            "The statement is declared a point read and reads too many rows: declare it ordinary, "
            "or give it an index.";
    return rows;
}

Result<InlineReaders::Place*> InlineReaders::settle() {
    const std::lock_guard lock(settling_);
    if (closed_) return std::unexpected(closed_error());
    const std::size_t at = settled_.load(std::memory_order_relaxed);
    if (at == kPlacesMax) return nullptr;
    Place& place = (*places_)[at];
    SEGURIFAI_TRY_AS(place.connection, Connection::open(path_, options_));
    place.owner.store(std::this_thread::get_id(), std::memory_order_relaxed);
    settled_.store(at + 1, std::memory_order_release);
    return &place;
}

void InlineReaders::close() noexcept {
    const std::lock_guard lock(settling_);
    closed_ = true;
    for (Place& place : *places_) {
        State idle = kIdle;
        while (!place.state.compare_exchange_weak(idle, kClosed, std::memory_order_acquire)) {
            if (idle == kClosed) break;
            idle = kIdle;
            std::this_thread::yield();  // a point read ends within milliseconds
        }
        place.connection.reset();
    }
}

std::uint64_t InlineReaders::statements() const noexcept {
    std::uint64_t sum = 0;
    for (const Place& place : *places_) sum += place.statements.load(std::memory_order_relaxed);
    return sum;
}

Result<std::unique_ptr<ReaderPool>> ReaderPool::open(const std::string& path,
                                                     const ConnectionOptions& connection,
                                                     const DatabaseOptions& options) {
    std::unique_ptr<ReaderPool> pool(new ReaderPool(options));
    for (int i = 0; i < std::max(1, options.reader_threads); ++i) {
        SEGURIFAI_TRY_AS(pool->connections_.emplace_back(), Connection::open(path, connection));
    }
    for (const auto& own : pool->connections_)
        pool->threads_.emplace_back(&ReaderPool::work, pool.get(), std::ref(*own));
    return pool;
}

void ReaderPool::submit(std::unique_ptr<Unit> unit) {
    unit->question.since = std::chrono::steady_clock::now();
    {
        const std::lock_guard lock(mutex_);
        if (closing_) {
            unit->answer = std::unexpected(closed_error());
        } else if (queue_.size() >= options_.queue_limit) {
            refused_busy_.fetch_add(1);
            unit->answer = std::unexpected(busy_error());
        } else {
            queue_.push_back(std::move(unit));
        }
    }
    if (unit != nullptr)
        resume(std::move(unit));
    else
        more_.notify_one();
}

void ReaderPool::close() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    more_.notify_all();
    const std::lock_guard lock(joining_);
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
    threads_.clear();
    connections_.clear();
}

void ReaderPool::work(Connection& connection) {
    name_this_thread("sqlite-reader");
    for (;;) {
        std::unique_ptr<Unit> unit;
        {
            std::unique_lock lock(mutex_);
            more_.wait(lock, [this] { return closing_ || !queue_.empty(); });
            if (queue_.empty()) return;
            unit = std::move(queue_.front());
            queue_.pop_front();
        }
        answer(*unit, connection);
        resume(std::move(unit));
    }
}

void ReaderPool::answer(Unit& unit, Connection& connection) {
    if (std::chrono::steady_clock::now() - unit.question.since > options_.acquire_timeout) {
        refused_busy_.fetch_add(1);
        unit.answer = std::unexpected(busy_error());
        return;
    }
    statements_.fetch_add(1, std::memory_order_relaxed);
    connection.limit_time(options_.statement_timeout);
    try {
        unit.answer = unit.question.job(connection);
    } catch (...) {
        unit.defect = std::current_exception();
    }
}

Result<std::unique_ptr<Connection>> StreamConnections::lease() {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::unexpected(closed_error());
    if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        ++leased_;
        return connection;
    }
    if (leased_ >= kStreamsMax)
        return fail(Code::kBusy, "Too many exports read the database at once: try again later.");
    SEGURIFAI_TRY_AS(auto connection, Connection::open(path_, options_));
    ++leased_;
    return connection;
}

void StreamConnections::give_back(std::unique_ptr<Connection> connection) noexcept {
    const std::lock_guard lock(mutex_);
    --leased_;
    if (!closed_) idle_.push_back(std::move(connection));
}

void StreamConnections::close() noexcept {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    idle_.clear();
}

}  // namespace segurifai::sql::sqlite
