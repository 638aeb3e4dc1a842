#pragma once

#include "sql/database.hpp"
#include "sql/sqlite/connection.hpp"

namespace segurifai::sql::sqlite {

/// A transaction on the writer's connection. Every await of it completes inline, on the writer's
/// thread. As on PostgreSQL, a statement that fails makes the rest of the transaction, or of its
/// savepoint, fail: what works on one engine works on the other.
class WriterTransaction final : public Transaction {
public:
    WriterTransaction(Connection& connection, std::chrono::milliseconds statement_timeout) noexcept
        : connection_(connection), statement_timeout_(statement_timeout) {}

    Engine engine() const noexcept override { return Engine::kSqlite; }

    using Executor::run;
    Task<Result<std::int64_t>> run(Statement statement, Params params, RowSink* sink) override;
    using Transaction::run_later;
    /// At once: there is no way to save.
    Task<Result<void>> run_later(Statement statement, Params params) override;
    Task<Result<void>> savepoint(std::function<Task<Result<void>>(Transaction&)> body) override;
    Task<Result<std::int64_t>> bulk_insert(std::string_view table,
                                           std::span<const BulkColumn> columns,
                                           BulkSource source) override;

    /// Refuses every further statement: the body outlived its transaction.
    void end() noexcept { over_ = true; }

    /// The failure of a statement that the body went on after, if any.
    [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }
    [[nodiscard]] std::uint64_t statements() const noexcept { return statements_; }

private:
    [[nodiscard]] Result<void> ready();
    template <class T>
    [[nodiscard]] Result<T> noted(Result<T> result);

    Connection& connection_;
    std::chrono::milliseconds statement_timeout_;
    std::optional<Error> failure_;
    std::uint64_t statements_ = 0;
    bool over_ = false;
};

}  // namespace segurifai::sql::sqlite
