#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "sql/engine.hpp"
#include "sql/row.hpp"
#include "sql/session.hpp"
#include "sql/statement.hpp"
#include "sql/value.hpp"

namespace segurifai::sql {

/// One of several statements that are run together. All it points at outlives their run.
struct Asked {
    Statement statement;
    Params params;
    RowSink* sink = nullptr;
};

/// Whatever runs statements inside a coroutine: the Database's read lane, or a Transaction.
class Executor {
public:
    virtual ~Executor() = default;

    [[nodiscard]] virtual Engine engine() const noexcept = 0;

    /// Runs one statement and gives its rows to `sink`. Returns the rows changed, or given.
    /// `params`, their characters and `sink` stay alive in the caller's frame until this resumes.
    [[nodiscard]] virtual Task<Result<std::int64_t>> run(Statement statement, Params params,
                                                         RowSink* sink) = 0;

    [[nodiscard]] Task<Result<std::int64_t>> run(const Query& query, Params params = {},
                                                 RowSink* sink = nullptr) {
        return run(query.on(engine()), params, sink);
    }

    /// Runs statements that do not depend on each other, in any order. The first failure; what the
    /// others gave does not count then.
    [[nodiscard]] virtual Task<Result<void>> run_all(std::vector<Asked> asked) {
        for (const Asked& one : asked)
            SEGURIFAI_CO_TRY(co_await run(one.statement, one.params, one.sink));
        co_return Result<void>();
    }
};

/// An open transaction, only alive inside the body that received it.
class Transaction : public Executor {
public:
    using Executor::run;

    /// Runs a statement whose outcome nobody waits for, in its order among the others, at the
    /// latest with the COMMIT: it costs no round trip of its own. A failure of it fails the next
    /// statement that is waited for, or the COMMIT. `params` and their characters are copied;
    /// `statement` is of a Query.
    [[nodiscard]] virtual Task<Result<void>> run_later(Statement statement, Params params) = 0;
    [[nodiscard]] Task<Result<void>> run_later(const Query& query, Params params) {
        return run_later(query.on(engine()), params);
    }

    /// The next key of `table`'s identity column `id`, for a row that goes with run_later and whose
    /// key is needed before. Nothing where an INSERT gives the key at no cost (SQLite): there the
    /// row is run, without a key, and returns it.
    [[nodiscard]] virtual Task<Result<std::optional<std::int64_t>>> next_key(
        [[maybe_unused]] std::string_view table) {
        co_return std::nullopt;
    }

    /// Runs `body` inside a savepoint: when it fails, only its own writes are undone.
    [[nodiscard]] virtual Task<Result<void>> savepoint(
        std::function<Task<Result<void>>(Transaction&)> body) = 0;

    [[nodiscard]] virtual Task<Result<std::int64_t>> bulk_insert(
        std::string_view table, std::span<const BulkColumn> columns, BulkSource source) = 0;

    /// The body runs again because the last time a lock was not free in time. Never on SQLite,
    /// where transactions follow one another.
    [[nodiscard]] virtual bool follows_a_lock() const noexcept { return false; }
};

/// The body of a transaction. It may run more than once (serialization failure, lost connection),
/// so it computes from what it reads and has no effect but its statements. It awaits nothing but
/// its Transaction. On SQLite it runs on the writer's thread: it may use what it captured by
/// value or what its caller, who waits, keeps alive, and nothing that belongs to an io thread.
/// It commits when it returns a value and rolls back when it returns an error.
using TransactionBody = std::function<Task<Result<void>>(Transaction&)>;

struct DatabaseOptions {
    int io_threads = 1;               ///< how many io_contexts will call in; 1 and more
    int reader_threads = 2;           ///< SQLite: threads for reads that are not point reads
    int writer_connections = 16;      ///< PostgreSQL: for transactions that wait for answers
    std::size_t queue_limit = 4'096;  ///< waiting transactions or pipelined reads before kBusy
    std::size_t group_limit = 64;     ///< SQLite: units of work in one commit
    int attempts = 8;                 ///< runs of a transaction body that serialization refuses
    std::chrono::milliseconds statement_timeout{2'000};
    std::chrono::milliseconds lock_timeout{1'000};
    std::chrono::milliseconds acquire_timeout{2'000};  ///< wait for a connection or the writer
    std::chrono::milliseconds idle_in_transaction_timeout{5'000};
    int statement_cache_limit = 256;  ///< statements made at run time kept per connection
    /// SQLite: the write-ahead log belongs to somebody who copies it away (ops/backup). No
    /// connection brings it into the file, neither after a commit nor when it closes.
    bool keep_log = false;
    /// SQLite: called after each commit, before its callers resume, on the writer's thread: it
    /// wakes somebody and does nothing else.
    std::function<void()> on_commit = {};
};

/// Counters for /metrics and tests, since start.
struct DatabaseStats {
    std::uint64_t statements = 0;
    std::uint64_t transactions = 0;
    std::uint64_t commits = 0;  ///< of groups; transactions / commits = group size
    std::uint64_t retries = 0;
    std::uint64_t reconnects = 0;
    std::uint64_t refused_busy = 0;
};

/// One database, either engine, for coroutines. Called from any io_context's coroutine; resumes
/// the caller on its own executor. Thread-safe.
class Database : public Executor {
public:
    using Executor::run;
    // run() reads: autocommit, on a point read inline (SQLite) or pipelined (PostgreSQL).

    /// Runs one writing statement as a transaction of its own; durable when this resumes.
    [[nodiscard]] virtual Task<Result<std::int64_t>> write(Statement statement, Params params,
                                                           RowSink* sink = nullptr) = 0;

    /// Runs `body` in a transaction; durable when this resumes with a value.
    [[nodiscard]] virtual Task<Result<void>> transact(TransactionBody body) = 0;

    /// Reads a large result in batches without holding it: `on_batch` is awaited between batches,
    /// so a slow taker slows the read. The statement sees one consistent state.
    [[nodiscard]] virtual Task<Result<std::int64_t>> stream(
        Statement statement, Params params, std::size_t batch_rows, RowSink& sink,
        std::function<Task<Result<void>>()> on_batch) = 0;

    [[nodiscard]] virtual DatabaseStats stats() const noexcept = 0;

    /// Refuses new work, finishes what was accepted, closes the connections. Idempotent.
    virtual void close() = 0;
};

/// Opens a database. SQLite: the file must exist and be migrated by the caller. PostgreSQL: fails
/// with kGone when no server answers at this moment; later losses are met by reconnecting.
[[nodiscard]] Result<std::unique_ptr<Database>> open_database(const DatabaseUrl& url,
                                                              const DatabaseOptions& options = {});

}  // namespace segurifai::sql
