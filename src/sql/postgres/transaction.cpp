#include "sql/postgres/transaction.hpp"

#include <fmt/format.h>
#include <exception>
#include <utility>

#include "sql/postgres/result_row.hpp"

namespace segurifai::sql::postgres {
namespace {

const std::uint32_t kBeginId = next_statement_id();
const std::uint32_t kCommitId = next_statement_id();
const std::uint32_t kRollbackId = next_statement_id();

}  // namespace

void PostgresTransaction::note(const Failure& failure) {
    if (!failed_) failed_ = failure;
    if (failure.is_lost()) lost_ = true;
    if (failure.is_lost() || failure.is_conflict() || failure.is_stale_plan()) again_ = true;
}

PostgresTransaction::Later::Later(Statement statement, Params params)
    : owned(params.begin(), params.end()) {
    values.reserve(owned.size());
    for (const OwnedValue& value : owned) values.push_back(value.view());
    request.statement = statement;
    request.params = values;
    request.shares_sync = true;
}

Task<Result<void>> PostgresTransaction::exchange(Request& request) {
    if (lost_) co_return std::unexpected(lost_connection().error);
    Request begin{.statement = {"", begin_, begin_ == "BEGIN" ? kBeginId : 0}, .shares_sync = true};
    if (!begun_) {
        begun_ = true;
        connection_.submit(begin);
    }
    std::list<Later> later = std::exchange(later_, {});
    if (!connection_.is_open()) {
        note(lost_connection());
        connection_.close();  // answers what was just submitted
        co_return std::unexpected(lost_connection().error);
    }
    for (Later& one : later) connection_.submit(one.request);
    connection_.submit(request);
    co_await connection_.answered(request);  // and with it all before it
    // The first that failed: what follows it was refused for its sake.
    Request* first = begin.failure ? &begin : nullptr;
    for (Later& one : later)
        if (first == nullptr && one.request.failure) first = &one.request;
    if (first == nullptr && request.failure) first = &request;
    if (first == nullptr) co_return Result<void>();
    // A parameter that was refused before it was sent has not hurt the transaction. It has when
    // nobody waits for it: the body goes on as if it were stored.
    if (first != &request || request.sent || request.lost) note(*first->failure);
    if (first != &request) request.failure = first->failure;
    co_return std::unexpected(request.failure->error);
}

Task<Result<std::int64_t>> PostgresTransaction::execute(Request& request, RowSink* sink) {
    count(counters_.statements);
    SEGURIFAI_CO_TRY(co_await exchange(request));
    co_return request.give_rows(sink);
}

Task<Result<void>> PostgresTransaction::run_later(Statement statement, Params params) {
    count(counters_.statements);
    if (lost_) co_return std::unexpected(lost_connection().error);
    later_.emplace_back(statement, params);
    co_return Result<void>();
}

Task<Result<void>> PostgresTransaction::settle() {
    if (later_.empty()) co_return Result<void>();
    // The last of them is waited for.
    Later last(later_.back().request.statement, later_.back().request.params);
    later_.pop_back();
    last.request.shares_sync = false;
    co_return co_await exchange(last.request);
}

Task<Result<std::int64_t>> PostgresTransaction::run(Statement statement, Params params,
                                                    RowSink* sink) {
    Request request{.statement = statement, .params = params};
    co_return co_await execute(request, sink);
}

Task<Result<std::int64_t>> PostgresTransaction::run_unprepared(std::string_view sql, Params params,
                                                               RowSink* sink) {
    Request request{.statement = {"", sql}, .params = params, .prepared = false};
    co_return co_await execute(request, sink);
}

Task<Result<void>> PostgresTransaction::control(std::string_view sql) {
    const auto done = co_await run_unprepared(sql, {}, nullptr);
    if (!done) co_return std::unexpected(done.error());
    co_return Result<void>();
}

Task<Result<void>> PostgresTransaction::savepoint(
    std::function<Task<Result<void>>(Transaction&)> body) {
    const std::string name = fmt::format("segurifai_{}", ++savepoints_);
    const std::string set = "SAVEPOINT " + name;
    const std::string release = "RELEASE SAVEPOINT " + name;
    const std::string undo = "ROLLBACK TO SAVEPOINT " + name;
    if (auto done = co_await control(set); !done) co_return done;
    Result<void> outcome;
    std::exception_ptr defect;
    try {
        outcome = co_await body(*this);
    } catch (...) {
        defect = std::current_exception();
    }
    if (outcome && !defect) outcome = co_await settle();
    if (outcome && !defect && failed_) outcome = std::unexpected(failed_->error);
    if ((!outcome || defect) && !lost_) {
        later_.clear();
        if (auto undone = co_await control(undo); undone) {
            // A lock that was not free, or a refused row, ends here; a serialization failure
            // still means that the whole transaction runs again.
            if (failed_ && failed_->sqlstate == "55P03") again_ = false;
            failed_.reset();
        }
    }
    if (!lost_ && !failed_) {
        if (auto released = co_await control(release); !released && outcome) outcome = released;
    }
    if (defect) std::rethrow_exception(defect);
    co_return outcome;
}

Task<Result<std::int64_t>> PostgresTransaction::bulk_insert(std::string_view table,
                                                            std::span<const BulkColumn> columns,
                                                            BulkSource source) {
    CopyFormat format(table, columns);
    const std::string table_name = quoted(table);
    const Value parameter = Value::text(table_name);
    auto each_column = each_row([&format](const Row& row) { format.take_column(row); });
    static const Statement kColumns{"postgres.columns", CopyFormat::kColumnsQuery,
                                    next_statement_id()};
    const auto asked = co_await run(kColumns, Params(&parameter, 1), &each_column);
    if (!asked) co_return std::unexpected(asked.error());
    SEGURIFAI_CO_TRY(format.finish_columns());
    auto copied = co_await connection_.copy_in(format, source);
    if (copied) co_return *copied;
    // A COPY that was begun and stopped has undone the transaction, whoever stopped it.
    note(copied.error());
    co_return std::unexpected(std::move(copied).error().error);
}

Task<Result<void>> PostgresTransaction::commit() {
    if (!begun_ && later_.empty()) co_return Result<void>();
    if (failed_) co_return std::unexpected(failed_->error);
    Request request{.statement = {"", "COMMIT", kCommitId}};
    if (!connection_.is_open()) {
        lost_ = again_ = true;
        co_return std::unexpected(lost_connection().error);
    }
    const Result<void> done = co_await exchange(request);
    commit_sent_ = request.sent && request.failure && request.failure->is_lost();
    if (commit_sent_)
        co_return fail(Code::kGone,
                       "The connection was lost during COMMIT: whether the changes were made is "
                       "not known, so look before trying again.");
    if (!done) co_return done;
    if (std::string_view(PQcmdStatus(request.result.get())) == "ROLLBACK")
        co_return fail(Code::kConflict,
                       "The transaction was undone, because one of its statements had failed.");
    co_return Result<void>();
}

Task<void> PostgresTransaction::rollback() {
    later_.clear();
    if (!begun_ || lost_ || !connection_.is_open()) co_return;
    Request request{.statement = {"", "ROLLBACK", kRollbackId}};
    connection_.submit(request);
    co_await connection_.answered(request);
    if (request.failure) connection_.close();  // the server undoes it on its own
}

}  // namespace segurifai::sql::postgres
