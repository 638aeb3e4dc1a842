#pragma once

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "sql/row.hpp"
#include "sql/session.hpp"
#include "sql/sqlite/statements.hpp"
#include "sql/statement.hpp"

namespace segurifai::sql::sqlite {

/// SQLite copies the log into the file when a commit leaves this many pages in it (64 MB): the more
/// changes of a page lie in the log, the fewer copies of it are made. A writer waits some 50 ms for
/// the copy; after a crash the log is read in as much.
inline constexpr int kWalAutocheckpointPages = 16'000;

struct ConnectionOptions {
    enum class Use : std::uint8_t {
        kAll,       ///< tools and the writer
        kReads,     ///< writes are refused (PRAGMA query_only), the file is still ours to recover
        kReadOnly,  ///< the file itself is opened for reading only
    };
    Use use = Use::kAll;
    bool create = false;
    bool keep_log = false;  ///< never brings the log into the file, nor removes it
    bool guarded = false;   ///< refuses statements that begin or end transactions
    /// Keeps in memory what a savepoint may have to undo, which else is a file made, written and
    /// removed in each transaction. For short transactions.
    bool undo_in_memory = false;
    std::chrono::milliseconds lock_timeout{5'000};
    /// Looks for the lock again after a sixteenth of what it has waited. SQLite's own waiting
    /// sleeps 1, 2, 5, 10 ms and more: a lock held for 4 ms costs 8. For who has many waiting
    /// behind it.
    bool waits_closely = false;
    std::size_t statement_cache_limit = 256;
};

class Cursor;

/// One connection to a database file: WAL, synchronous=FULL, foreign keys on. Used by one thread
/// at a time.
class Connection {
public:
    /// Fails with kNotFound, kPermission, kReadOnly, kCorrupt, kDiskFull or kBusy, each with a
    /// sentence that says what to do. The folder must exist.
    [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const std::string& path,
                                                                  const ConnectionOptions& options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Runs one statement to its end. Returns the rows given, or changed.
    [[nodiscard]] Result<std::int64_t> run(const Statement& statement, Params params,
                                           RowSink* sink);
    /// Begins a statement whose rows are taken in portions. `params` outlive the cursor.
    [[nodiscard]] Result<Cursor> open_cursor(const Statement& statement, Params params);

    [[nodiscard]] Result<void> script(std::string_view sql);
    [[nodiscard]] Result<void> compile(std::string_view sql);
    [[nodiscard]] Result<std::int64_t> bulk_insert(std::string_view table,
                                                   std::span<const BulkColumn> columns,
                                                   const BulkSource& source);

    /// A statement of ours without parameters or rows, for example "COMMIT"; `sql` is a literal,
    /// kept prepared.
    [[nodiscard]] Result<void> control(const char* sql);
    [[nodiscard]] bool in_transaction() const noexcept { return sqlite3_get_autocommit(db_) == 0; }

    // What stops the statements that follow, with kTimeout, until it is set again.
    void limit_time(std::chrono::milliseconds time) noexcept;  ///< zero: no limit
    /// About a hundred thousand steps of SQLite's machine, a few milliseconds at most.
    void limit_to_point_read() noexcept;

    [[nodiscard]] sqlite3* handle() const noexcept { return db_; }

private:
    friend class Cursor;
    explicit Connection(const ConnectionOptions& options)
        : options_(options), statements_(options.statement_cache_limit), controls_(16) {}
    Result<void> configure();
    Result<void> settle_log();
    static int on_progress(void* self) noexcept;
    static int on_busy(void* self, int times_before) noexcept;
    Result<std::int64_t> load(std::string_view table, std::span<const BulkColumn> columns,
                              const BulkSource& source);

    ConnectionOptions options_;
    sqlite3* db_ = nullptr;
    Statements statements_;
    Statements controls_;
    std::chrono::steady_clock::time_point busy_since_;
    int ticks_left_ = 0;  // of a point read; 0: the deadline holds
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
};

/// A statement under way. Its connection runs nothing that writes meanwhile.
class Cursor {
public:
    /// Gives up to `limit` rows to `sink`. True when the statement has come to its end.
    [[nodiscard]] Result<bool> next(std::size_t limit, RowSink* sink);
    /// The rows given so far, or changed.
    [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }

private:
    friend class Connection;
    Cursor(Connection& connection, Taken taken) noexcept
        : connection_(&connection), taken_(std::move(taken)) {}

    Connection* connection_;
    Taken taken_;
    std::int64_t rows_ = 0;
};

}  // namespace segurifai::sql::sqlite
