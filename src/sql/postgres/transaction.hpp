#pragma once

#include <list>
#include <memory>
#include <optional>

#include "sql/postgres/lane.hpp"
#include "sql/postgres/ready_transaction.hpp"

namespace segurifai::sql::postgres {

/// A transaction on a lent connection. BEGIN travels with the first statement, so that it costs no
/// round trip of its own. A transaction that waited for none of its statements needs no connection
/// of its own either: it is committed with others.
class PostgresTransaction final : public Transaction {
public:
    /// That writes: a connection is lent when it first waits for an answer.
    PostgresTransaction(std::shared_ptr<Lane> lane, bool follows_a_lock)
        : lane_(std::move(lane)),
          counters_(lane_->counters()),
          begin_("BEGIN"),
          follows_a_lock_(follows_a_lock) {}
    /// That reads, on a connection of the streams.
    PostgresTransaction(std::shared_ptr<Lane> lane, Lease lease)
        : lane_(std::move(lane)),
          counters_(lane_->counters()),
          begin_("BEGIN READ ONLY"),
          lease_(std::move(lease)) {}

    [[nodiscard]] Engine engine() const noexcept override { return Engine::kPostgres; }
    using Executor::run;
    [[nodiscard]] Task<Result<std::int64_t>> run(Statement statement, Params params,
                                                 RowSink* sink) override;
    using Transaction::run_later;
    [[nodiscard]] Task<Result<void>> run_later(Statement statement, Params params) override;
    [[nodiscard]] Task<Result<std::optional<std::int64_t>>> next_key(
        std::string_view table) override;
    [[nodiscard]] Task<Result<void>> savepoint(
        std::function<Task<Result<void>>(Transaction&)> body) override;
    [[nodiscard]] Task<Result<std::int64_t>> bulk_insert(std::string_view table,
                                                         std::span<const BulkColumn> columns,
                                                         BulkSource source) override;
    [[nodiscard]] bool follows_a_lock() const noexcept override { return follows_a_lock_; }

    /// Runs a statement that is not kept prepared.
    [[nodiscard]] Task<Result<std::int64_t>> run_unprepared(std::string_view sql, Params params,
                                                            RowSink* sink);
    /// Counts itself. Fails with the first failure when a statement failed and the body went on all
    /// the same: PostgreSQL keeps nothing of such a transaction.
    [[nodiscard]] Task<Result<void>> commit();
    /// Undoes it, or closes its connection where that was lost.
    [[nodiscard]] Task<void> rollback();

    /// Running the whole transaction again may succeed, and cannot do its work twice.
    [[nodiscard]] bool may_run_again() const noexcept { return again_ && !commit_sent_; }
    [[nodiscard]] bool was_lost() const noexcept { return lost_; }
    /// It ended at a lock that was not free in time.
    [[nodiscard]] bool met_a_lock() const noexcept { return failed_ && failed_->is_lock(); }

private:
    /// Lends a connection unless there is one.
    [[nodiscard]] Task<Result<void>> connect();
    [[nodiscard]] Result<void> check_keys();
    /// Sends BEGIN if it is due, what waits, and `request`; all are answered when this resumes.
    [[nodiscard]] Task<Result<void>> exchange(Request& request);
    [[nodiscard]] Task<Result<void>> commit_alone();
    [[nodiscard]] Task<Result<std::int64_t>> execute(Request& request, RowSink* sink);
    /// Sends what waits, and learns how it went.
    [[nodiscard]] Task<Result<void>> settle();
    [[nodiscard]] Task<Result<void>> control(std::string_view sql);
    void note(const Failure& failure);

    std::shared_ptr<Lane> lane_;
    Counters& counters_;
    std::string_view begin_;
    std::optional<Lease> lease_;
    std::list<LaterStatement> later_;  ///< not sent yet
    std::optional<Failure> failed_;    ///< the server refuses everything until a rollback
    std::uint64_t key_epoch_ = 0;      ///< of the keys that were taken from the reserve; 0: none
    int savepoints_ = 0;
    bool follows_a_lock_ = false;
    bool begun_ = false;
    bool again_ = false;
    bool lost_ = false;
    bool commit_sent_ = false;
};

}  // namespace segurifai::sql::postgres
