#include "sql/sqlite/database.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <optional>

#include "sql/sqlite/readers.hpp"
#include "sql/sqlite/writer.hpp"

namespace segurifai::sql {
namespace {

using namespace sqlite;

Task<Result<std::int64_t>> ask_writer(Writer& writer, Work work) {
    auto submit = [&writer](std::unique_ptr<Writer::Unit> unit) { writer.submit(std::move(unit)); };
    return ask_and_wait(std::move(work), submit);
}

Task<Result<std::int64_t>> ask_reader(ReaderPool& pool, ReadJob job) {
    auto submit = [&pool](std::unique_ptr<ReaderPool::Unit> unit) { pool.submit(std::move(unit)); };
    return ask_and_wait(Read{.job = std::move(job)}, submit);
}

/// A statement read in portions on a leased connection, which goes back when this ends.
class Stream {
public:
    Stream(std::shared_ptr<StreamConnections> home, std::unique_ptr<Connection> connection,
           std::chrono::milliseconds statement_timeout)
        : home_(std::move(home)),
          connection_(std::move(connection)),
          statement_timeout_(statement_timeout) {}
    ~Stream() {
        cursor_.reset();  // ends the read transaction
        home_->give_back(std::move(connection_));
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    Result<std::int64_t> next(const Statement& statement, Params params, std::size_t rows,
                              RowSink& sink) {
        connection_->limit_time(statement_timeout_);
        if (!cursor_) {
            SEGURIFAI_TRY_AS(Cursor begun, connection_->open_cursor(statement, params));
            cursor_.emplace(std::move(begun));
        }
        SEGURIFAI_TRY_AS(ended, cursor_->next(rows, &sink));
        return cursor_->rows();
    }

    bool ended = false;

private:
    // Shared: a stream's coroutine may be destroyed after the database is.
    std::shared_ptr<StreamConnections> home_;
    std::unique_ptr<Connection> connection_;
    std::chrono::milliseconds statement_timeout_;
    std::optional<Cursor> cursor_;
};

/// One writing thread, a connection on each calling thread for point reads, and a pool for the
/// other reads. A read begun after a write was acknowledged sees it: no snapshot of the log is
/// used past a commit of the writer, which counts it before it acknowledges.
class SqliteDatabase final : public Database {
public:
    SqliteDatabase(const std::string& path, const DatabaseOptions& options,
                   const ConnectionOptions& reading, std::unique_ptr<Connection> writing,
                   std::unique_ptr<ReaderPool> pool)
        : statement_timeout_(options.statement_timeout),
          inline_(path, reading),
          streams_(std::make_shared<StreamConnections>(path, reading)),
          writer_(std::move(writing), options),
          pool_(std::move(pool)) {}
    ~SqliteDatabase() override { SqliteDatabase::close(); }

    Engine engine() const noexcept override { return Engine::kSqlite; }

    using Executor::run;
    Task<Result<std::int64_t>> run(Statement statement, Params params, RowSink* sink) override {
        if (statement.point) {
            const std::uint64_t commits = writer_.counters().commits.load();
            const CallerExecutor executor = co_await boost::asio::this_coro::executor;
            auto rows = inline_.run(statement, params, sink, commits, executor);
            if (rows) co_return std::move(*rows);
        }
        ReadJob job = [statement, params, sink](Connection& connection) {
            return connection.run(statement, params, sink);
        };
        co_return co_await ask_reader(*pool_, std::move(job));
    }

    Task<Result<std::int64_t>> write(Statement statement, Params params, RowSink* sink) override {
        return ask_writer(writer_, Work{.statement = statement, .params = params, .sink = sink});
    }

    Task<Result<void>> transact(TransactionBody body) override {
        Work work{.body = std::move(body)};
        SEGURIFAI_CO_TRY(co_await ask_writer(writer_, std::move(work)));
        co_return Result<void>();
    }

    Task<Result<std::int64_t>> stream(Statement statement, Params params, std::size_t batch_rows,
                                      RowSink& sink,
                                      std::function<Task<Result<void>>()> on_batch) override {
        if (batch_rows == 0) co_return fail(Code::kInvalid, "A batch holds at least one row.");
        SEGURIFAI_CO_TRY_AS(auto connection, streams_->lease());
        Stream stream(streams_, std::move(connection), statement_timeout_);
        std::int64_t rows = 0;
        while (!stream.ended) {
            ReadJob job = [&stream, statement, params, batch_rows, &sink](Connection&) {
                return stream.next(statement, params, batch_rows, sink);
            };
            SEGURIFAI_CO_TRY_AS(const std::int64_t so_far,
                                co_await ask_reader(*pool_, std::move(job)));
            const bool gave_rows = so_far > rows;
            rows = so_far;
            if (gave_rows) SEGURIFAI_CO_TRY(co_await on_batch());
        }
        co_return rows;
    }

    DatabaseStats stats() const noexcept override {
        const Writer::Counters& writer = writer_.counters();
        DatabaseStats stats;
        stats.statements = writer.statements.load() + inline_.statements() + pool_->statements();
        stats.transactions = writer.transactions.load();
        stats.commits = writer.commits.load();
        stats.retries = writer.retries.load();
        stats.refused_busy = writer.refused_busy.load() + pool_->refused_busy();
        return stats;
    }

    void close() override {
        writer_.close();
        pool_->close();
        streams_->close();
        inline_.close();
    }

private:
    const std::chrono::milliseconds statement_timeout_;
    InlineReaders inline_;
    std::shared_ptr<StreamConnections> streams_;
    Writer writer_;
    std::unique_ptr<ReaderPool> pool_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite_database(const std::string& path,
                                                       const DatabaseOptions& options) {
    std::error_code unknown;
    const std::string absolute = std::filesystem::absolute(path, unknown).string();
    if (unknown || path.empty()) return fail(Code::kInvalid, "The database URL names no file.");
    ConnectionOptions writing;
    writing.guarded = true;
    writing.keep_log = options.keep_log;
    writing.lock_timeout = options.lock_timeout;
    writing.statement_cache_limit =
        static_cast<std::size_t>(std::max(1, options.statement_cache_limit));
    ConnectionOptions reading = writing;
    reading.use = ConnectionOptions::Use::kReads;
    writing.undo_in_memory = true;
    writing.waits_closely = true;
    SEGURIFAI_TRY_AS(auto writer, Connection::open(absolute, writing));
    SEGURIFAI_TRY_AS(auto pool, ReaderPool::open(absolute, reading, options));
    return std::make_unique<SqliteDatabase>(absolute, options, reading, std::move(writer),
                                            std::move(pool));
}

}  // namespace segurifai::sql
