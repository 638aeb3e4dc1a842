#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "sql/engine.hpp"
#include "sql/row.hpp"
#include "sql/value.hpp"

namespace segurifai::sql {

/// What a bulk insert writes and where its rows come from.
struct BulkColumn {
    std::string name;
    ValueType type = ValueType::kText;
};

/// Gives the next row, one Value per column, valid until the next call; false at the end. An
/// error stops the load and is returned by it.
using BulkSource = std::function<Result<bool>(std::vector<Value>& row)>;

/// How a session behaves.
struct SessionOptions {
    int lock_timeout_ms = 5'000;  ///< wait for a lock: PostgreSQL lock_timeout, SQLite busy_timeout
    int statement_timeout_ms = 0;  ///< 0 = none; PostgreSQL statement_timeout
    int connect_timeout_s = 5;     ///< 1 and more
    bool create = true;            ///< SQLite: make the file when there is none
    bool read_only = false;
    bool keep_log = false;  ///< SQLite: as DatabaseOptions::keep_log
};

/// One blocking connection for tools: migrations, dumps, the shell's commands, tests. Never used
/// on an io thread; the server speaks through `Database`. Not thread-safe.
///
/// SQL takes `$1` parameters on both engines. Statements with parameters are prepared once per
/// session and kept.
class Session {
public:
    virtual ~Session() = default;
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] virtual Engine engine() const noexcept = 0;

    /// Runs one or several statements without parameters, for example DDL. Stops at the first
    /// error. Does not add a transaction of its own.
    [[nodiscard]] virtual Result<void> script(std::string_view sql) = 0;

    /// Runs one statement; rows go to `sink` as they arrive (nothing is collected, whatever the
    /// size). Returns the rows changed, or given to the sink.
    [[nodiscard]] virtual Result<std::int64_t> run(std::string_view sql, Params params = {},
                                                   RowSink* sink = nullptr) = 0;

    /// Checks that a statement compiles against the present schema without running it.
    [[nodiscard]] virtual Result<void> prepare(std::string_view sql) = 0;

    /// Transaction control. On SQLite begin() takes the write lock at once (BEGIN IMMEDIATE).
    [[nodiscard]] virtual Result<void> begin() = 0;
    [[nodiscard]] virtual Result<void> commit() = 0;
    virtual void rollback() noexcept = 0;
    [[nodiscard]] virtual bool in_transaction() const noexcept = 0;

    /// From any thread: ends the statement that runs, which is then kTimeout. Nothing when none
    /// does.
    virtual void interrupt() noexcept = 0;

    /// Inserts many rows the fastest safe way: COPY (binary) on PostgreSQL, one prepared statement
    /// on SQLite. Runs inside the caller's transaction, or in one of its own. Returns the rows.
    [[nodiscard]] virtual Result<std::int64_t> bulk_insert(std::string_view table,
                                                           std::span<const BulkColumn> columns,
                                                           const BulkSource& source) = 0;

    /// The first column of the first row as an integer or text; nothing when there is no row.
    [[nodiscard]] Result<std::optional<std::int64_t>> one_integer(std::string_view sql,
                                                                  Params params = {});
    [[nodiscard]] Result<std::optional<std::string>> one_text(std::string_view sql,
                                                              Params params = {});
};

/// Opens a session. Fails with kGone when no server answers, kPermission, kReadOnly, kDiskFull,
/// kNotFound (read-only or create = false and no file), each with a sentence that says what to do.
[[nodiscard]] Result<std::unique_ptr<Session>> open_session(const DatabaseUrl& url,
                                                            const SessionOptions& options = {});

/// `name` as an SQL identifier, in double quotes.
[[nodiscard]] std::string quoted(std::string_view name);

/// A value as an SQL literal of `engine`, as DDL and `sqlmigrate` write it.
[[nodiscard]] std::string literal(Engine engine, const Value& value);

}  // namespace segurifai::sql
