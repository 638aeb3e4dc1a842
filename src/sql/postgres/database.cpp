#include "sql/postgres/database.hpp"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <future>
#include <mutex>

#include "sql/postgres/lane.hpp"
#include "sql/postgres/lane_service.hpp"
#include "sql/postgres/result_row.hpp"
#include "sql/postgres/transaction.hpp"

namespace segurifai::sql {
namespace postgres {
namespace asio = boost::asio;

namespace {

/// How long a stream waits for its taker between two batches: a client may read slowly, but not
/// hold a snapshot for ever.
constexpr std::string_view kStreamIdle = "SET LOCAL idle_in_transaction_session_timeout = '60s'";
constexpr std::string_view kStreamPlan = "SET LOCAL cursor_tuple_fraction = 1";

/// One whose lock is not free keeps the company it commits with waiting no longer than this; alone
/// it waits for DatabaseOptions::lock_timeout.
constexpr std::chrono::milliseconds kGroupLockTimeout(50);

/// Counts rows and passes them on, and remembers that the taker has had enough.
class Batch final : public RowSink {
public:
    explicit Batch(RowSink& sink) : sink_(sink) {}
    bool on_row(const Row& row) override {
        ++rows;
        wants_more = sink_.on_row(row);
        return wants_more;
    }
    std::size_t rows = 0;
    bool wants_more = true;

private:
    RowSink& sink_;
};

class PostgresDatabase final : public Database {
public:
    PostgresDatabase(Targets targets, const DatabaseOptions& options)
        : targets_(std::make_shared<const Targets>(std::move(targets))),
          options_(options),
          counters_(std::make_shared<Counters>()) {}
    ~PostgresDatabase() override { close_all(); }

    using Executor::run;
    [[nodiscard]] Engine engine() const noexcept override { return Engine::kPostgres; }
    [[nodiscard]] Task<Result<std::int64_t>> run(Statement statement, Params params,
                                                 RowSink* sink) override;
    [[nodiscard]] Task<Result<void>> run_all(std::vector<Asked> asked) override;
    [[nodiscard]] Task<Result<std::int64_t>> write(Statement statement, Params params,
                                                   RowSink* sink) override;
    [[nodiscard]] Task<Result<void>> transact(TransactionBody body) override;
    [[nodiscard]] Task<Result<std::int64_t>> stream(
        Statement statement, Params params, std::size_t batch_rows, RowSink& sink,
        std::function<Task<Result<void>>()> on_batch) override;
    [[nodiscard]] DatabaseStats stats() const noexcept override;
    void close() override { close_all(); }

private:
    [[nodiscard]] std::shared_ptr<Lane> lane_of(const IoExecutor& executor);
    [[nodiscard]] static Task<Result<std::int64_t>> read_stream(
        PostgresTransaction& transaction, Statement statement, Params params,
        std::size_t batch_rows, RowSink& sink, std::function<Task<Result<void>>()>& on_batch);
    void close_all();

    std::shared_ptr<const Targets> targets_;
    DatabaseOptions options_;
    std::shared_ptr<Counters> counters_;
    std::mutex mutex_;  ///< guards what follows; never held across a wait of a coroutine
    std::vector<std::pair<asio::execution_context*, std::shared_ptr<Lane>>> lanes_;
    bool closed_ = false;
};

/// Null once the database is closed.
std::shared_ptr<Lane> PostgresDatabase::lane_of(const IoExecutor& executor) {
    const std::lock_guard lock(mutex_);
    if (closed_) return nullptr;
    asio::execution_context* context = &executor.context();
    for (auto& [known, lane] : lanes_) {
        if (known != context) continue;
        if (!lane->is_abandoned()) return lane;
        lane = LaneService::make(executor, targets_, options_, counters_);
        return lane;  // a new io_context where an old one lay
    }
    lanes_.emplace_back(context, LaneService::make(executor, targets_, options_, counters_));
    return lanes_.back().second;
}

Error closed_database() {
    return Error{.code = Code::kGone, .message = "The database was closed."};
}

Task<Result<std::int64_t>> PostgresDatabase::run(Statement statement, Params params,
                                                 RowSink* sink) {
    const IoExecutor executor = co_await asio::this_coro::executor;
    const std::shared_ptr<Lane> lane = lane_of(executor);
    if (!lane) co_return std::unexpected(closed_database());
    co_return co_await lane->read(statement, params, sink);
}

Task<Result<void>> PostgresDatabase::run_all(std::vector<Asked> asked) {
    const IoExecutor executor = co_await asio::this_coro::executor;
    const std::shared_ptr<Lane> lane = lane_of(executor);
    if (!lane) co_return std::unexpected(closed_database());
    co_return co_await lane->read_all(asked);
}

Task<Result<std::int64_t>> PostgresDatabase::write(Statement statement, Params params,
                                                   RowSink* sink) {
    const IoExecutor executor = co_await asio::this_coro::executor;
    const std::shared_ptr<Lane> lane = lane_of(executor);
    if (!lane) co_return std::unexpected(closed_database());
    count(counters_->transactions);
    for (int attempt = 1;; ++attempt) {
        Request request{.statement = statement, .params = params};
        {
            auto lease = co_await lane->lend_writer();
            if (!lease) co_return std::unexpected(std::move(lease).error());
            count(counters_->statements);
            (*lease)->submit(request);
            co_await (*lease)->answered(request);
            if (request.failure && request.failure->is_lost()) (*lease)->close();
        }
        if (!request.failure) {
            count(counters_->commits);
            co_return request.give_rows(sink);
        }
        const Failure& failure = *request.failure;
        const bool refused = failure.is_conflict() || failure.is_stale_plan() ||
                             failure.sqlstate == "25006";  // it ran not at all
        const bool unsent = request.lost && !request.sent;
        if (attempt >= options_.attempts || !(refused || unsent)) {
            if (failure.error.code == Code::kGone && request.sent)
                co_return fail(Code::kGone,
                               "The connection was lost during a write: whether the change was "
                               "made is not known, so look before trying again.");
            co_return std::unexpected(failure.error);
        }
        count(counters_->retries);
        co_await lane->back_off(attempt, unsent || failure.is_lost());
    }
}

Task<Result<void>> PostgresDatabase::transact(TransactionBody body) {
    const IoExecutor executor = co_await asio::this_coro::executor;
    const std::shared_ptr<Lane> lane = lane_of(executor);
    if (!lane) co_return std::unexpected(closed_database());
    count(counters_->transactions);
    bool met_a_lock = false;
    for (int attempt = 1;; ++attempt) {
        bool lost = false;
        {
            PostgresTransaction transaction(lane, met_a_lock);
            Result<void> outcome;
            std::exception_ptr defect;
            try {
                outcome = co_await body(transaction);
            } catch (...) {
                defect = std::current_exception();
            }
            if (outcome && !defect) outcome = co_await transaction.commit();
            if (outcome && !defect) co_return outcome;
            co_await transaction.rollback();
            if (defect) std::rethrow_exception(defect);
            lost = transaction.was_lost();
            met_a_lock = transaction.met_a_lock();
            if (attempt >= options_.attempts || !transaction.may_run_again()) co_return outcome;
        }
        count(counters_->retries);
        co_await lane->back_off(attempt, lost);
    }
}

Task<Result<std::int64_t>> PostgresDatabase::read_stream(
    PostgresTransaction& transaction, Statement statement, Params params, std::size_t batch_rows,
    RowSink& sink, std::function<Task<Result<void>>()>& on_batch) {
    for (const std::string_view setting : {kStreamIdle, kStreamPlan}) {
        const auto set = co_await transaction.run_unprepared(setting, {}, nullptr);
        if (!set) co_return std::unexpected(set.error());
    }
    const std::string declare =
        "DECLARE segurifai_stream NO SCROLL CURSOR FOR " + std::string(statement.text);
    const auto declared = co_await transaction.run_unprepared(declare, params, nullptr);
    if (!declared) co_return std::unexpected(declared.error());
    const std::size_t asked = std::max<std::size_t>(1, batch_rows);
    const std::string fetch = fmt::format("FETCH FORWARD {} FROM segurifai_stream", asked);
    std::int64_t total = 0;
    while (true) {
        Batch batch(sink);
        const auto fetched = co_await transaction.run_unprepared(fetch, {}, &batch);
        if (!fetched) co_return std::unexpected(fetched.error());
        total += static_cast<std::int64_t>(batch.rows);
        if (!batch.wants_more || batch.rows == 0) co_return total;
        if (on_batch) {
            const auto taken = co_await on_batch();
            if (!taken) co_return std::unexpected(taken.error());
        }
        if (batch.rows < asked) co_return total;
    }
}

Task<Result<std::int64_t>> PostgresDatabase::stream(Statement statement, Params params,
                                                    std::size_t batch_rows, RowSink& sink,
                                                    std::function<Task<Result<void>>()> on_batch) {
    const IoExecutor executor = co_await asio::this_coro::executor;
    const std::shared_ptr<Lane> lane = lane_of(executor);
    if (!lane) co_return std::unexpected(closed_database());
    auto lease = co_await lane->lend_streamer();
    if (!lease) co_return std::unexpected(std::move(lease).error());
    PostgresTransaction transaction(lane, std::move(*lease));
    std::exception_ptr defect;
    Result<std::int64_t> read = 0;
    try {
        read = co_await read_stream(transaction, statement, params, batch_rows, sink, on_batch);
    } catch (...) {
        defect = std::current_exception();
    }
    co_await transaction.rollback();  // it only read
    if (defect) std::rethrow_exception(defect);
    co_return read;
}

DatabaseStats PostgresDatabase::stats() const noexcept {
    const auto now = [](const std::atomic<std::uint64_t>& counter) {
        return counter.load(std::memory_order_relaxed);
    };
    return {.statements = now(counters_->statements),
            .transactions = now(counters_->transactions),
            .commits = now(counters_->commits),
            .retries = now(counters_->retries),
            .reconnects = now(counters_->reconnects),
            .refused_busy = now(counters_->refused_busy)};
}

/// Each lane closes on its own io thread when its work is done. From another thread this waits for
/// that; from the lane's own thread it cannot, and the lane closes by itself.
void PostgresDatabase::close_all() {
    std::vector<std::pair<asio::execution_context*, std::shared_ptr<Lane>>> lanes;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        lanes = std::exchange(lanes_, {});
    }
    const auto patience =
        options_.acquire_timeout + options_.statement_timeout + std::chrono::milliseconds(1'000);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (const auto& [context, lane] : lanes) LaneService::close(lane, deadline);
}

}  // namespace
}  // namespace postgres

Result<std::unique_ptr<Database>> open_postgres_database(const std::string& uri,
                                                         const DatabaseOptions& options) {
    postgres::ConnectionSettings settings{
        .statement_timeout = options.statement_timeout,
        .lock_timeout = options.lock_timeout,
        .idle_in_transaction_timeout = options.idle_in_transaction_timeout,
        .read_only = false,
        .by_index = true};
    SEGURIFAI_TRY_AS(auto writers, postgres::ConnectTarget::parse(uri, settings));
    settings.lock_timeout = postgres::kGroupLockTimeout;
    SEGURIFAI_TRY_AS(auto committers, postgres::ConnectTarget::parse(uri, settings));
    settings.lock_timeout = options.lock_timeout;
    settings.read_only = true;  // the reads' lane refuses a write rather than lose its order
    settings.plans_once = true;
    SEGURIFAI_TRY_AS(auto readers, postgres::ConnectTarget::parse(uri, settings));
    SEGURIFAI_TRY(postgres::connect_blocking(writers, options.acquire_timeout));
    return std::make_unique<postgres::PostgresDatabase>(
        postgres::Targets{std::move(readers), std::move(writers), std::move(committers)}, options);
}

}  // namespace segurifai::sql
