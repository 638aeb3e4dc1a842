#pragma once

#include <list>
#include <vector>

#include "sql/postgres/lane.hpp"

namespace segurifai::sql::postgres {

/// A transaction on a lent connection. BEGIN travels with the first statement, so that it costs no
/// round trip of its own.
class PostgresTransaction final : public Transaction {
public:
    PostgresTransaction(Connection& connection, Counters& counters, std::string_view begin)
        : connection_(connection), counters_(counters), begin_(begin) {}

    [[nodiscard]] Engine engine() const noexcept override { return Engine::kPostgres; }
    using Executor::run;
    [[nodiscard]] Task<Result<std::int64_t>> run(Statement statement, Params params,
                                                 RowSink* sink) override;
    using Transaction::run_later;
    [[nodiscard]] Task<Result<void>> run_later(Statement statement, Params params) override;
    [[nodiscard]] Task<Result<void>> savepoint(
        std::function<Task<Result<void>>(Transaction&)> body) override;
    [[nodiscard]] Task<Result<std::int64_t>> bulk_insert(std::string_view table,
                                                         std::span<const BulkColumn> columns,
                                                         BulkSource source) override;

    /// Runs a statement that is not kept prepared.
    [[nodiscard]] Task<Result<std::int64_t>> run_unprepared(std::string_view sql, Params params,
                                                            RowSink* sink);
    /// Fails with the first failure when a statement failed and the body went on all the same:
    /// PostgreSQL keeps nothing of such a transaction.
    [[nodiscard]] Task<Result<void>> commit();
    [[nodiscard]] Task<void> rollback();

    /// Running the whole transaction again may succeed, and cannot do its work twice.
    [[nodiscard]] bool may_run_again() const noexcept { return again_ && !commit_sent_; }
    [[nodiscard]] bool was_lost() const noexcept { return lost_; }

private:
    /// A statement that travels with the next one that is waited for.
    struct Later {
        Later(Statement statement, Params params);
        Later(const Later&) = delete;
        Later& operator=(const Later&) = delete;

        std::vector<OwnedValue> owned;
        std::vector<Value> values;
        Request request;
    };

    /// Sends BEGIN if it is due, what waits, and `request`; all are answered when this resumes.
    [[nodiscard]] Task<Result<void>> exchange(Request& request);
    [[nodiscard]] Task<Result<std::int64_t>> execute(Request& request, RowSink* sink);
    /// Sends what waits, and learns how it went.
    [[nodiscard]] Task<Result<void>> settle();
    [[nodiscard]] Task<Result<void>> control(std::string_view sql);
    void note(const Failure& failure);

    Connection& connection_;
    Counters& counters_;
    std::string_view begin_;
    std::list<Later> later_;         ///< not sent yet
    std::optional<Failure> failed_;  ///< the server refuses everything until a rollback
    int savepoints_ = 0;
    bool begun_ = false;
    bool again_ = false;
    bool lost_ = false;
    bool commit_sent_ = false;
};

}  // namespace segurifai::sql::postgres
