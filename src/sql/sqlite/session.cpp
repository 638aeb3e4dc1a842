#include "sql/sqlite/session.hpp"

#include "sql/sqlite/connection.hpp"

namespace segurifai::sql {
namespace {

using sqlite::Connection;
using sqlite::ConnectionOptions;

class SqliteSession final : public Session {
public:
    SqliteSession(std::unique_ptr<Connection> connection,
                  std::chrono::milliseconds statement_timeout) noexcept
        : connection_(std::move(connection)), statement_timeout_(statement_timeout) {}

    Engine engine() const noexcept override { return Engine::kSqlite; }

    Result<void> script(std::string_view sql) override {
        connection_->limit_time(statement_timeout_);
        return connection_->script(sql);
    }

    Result<std::int64_t> run(std::string_view sql, Params params, RowSink* sink) override {
        connection_->limit_time(statement_timeout_);
        return connection_->run(Statement{{}, sql}, params, sink);
    }

    Result<void> prepare(std::string_view sql) override { return connection_->compile(sql); }

    Result<void> begin() override {
        connection_->limit_time(statement_timeout_);
        if (in_transaction())
            return fail(Code::kConflict, "A transaction is open: commit or roll it back first.");
        return connection_->control("BEGIN IMMEDIATE");
    }

    Result<void> commit() override {
        if (!in_transaction()) return fail(Code::kConflict, "There is no transaction to commit.");
        connection_->limit_time({});
        return connection_->control("COMMIT");
    }

    void rollback() noexcept override {
        // Nothing to do when SQLite rolled back by itself, as it does when the disk is full.
        if (in_transaction())
            sqlite3_exec(connection_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }

    bool in_transaction() const noexcept override { return connection_->in_transaction(); }

    void interrupt() noexcept override { sqlite3_interrupt(connection_->handle()); }

    Result<std::int64_t> bulk_insert(std::string_view table, std::span<const BulkColumn> columns,
                                     const BulkSource& source) override {
        connection_->limit_time(statement_timeout_);
        return connection_->bulk_insert(table, columns, source);
    }

private:
    std::unique_ptr<Connection> connection_;
    std::chrono::milliseconds statement_timeout_;
};

}  // namespace

Result<std::unique_ptr<Session>> open_sqlite_session(const std::string& path,
                                                     const SessionOptions& options) {
    ConnectionOptions opening;
    opening.use =
        options.read_only ? ConnectionOptions::Use::kReadOnly : ConnectionOptions::Use::kAll;
    opening.create = options.create;
    opening.keep_log = options.keep_log;
    opening.lock_timeout = std::chrono::milliseconds(options.lock_timeout_ms);
    SEGURIFAI_TRY_AS(auto connection, Connection::open(path, opening));
    return std::make_unique<SqliteSession>(std::move(connection),
                                           std::chrono::milliseconds(options.statement_timeout_ms));
}

}  // namespace segurifai::sql
