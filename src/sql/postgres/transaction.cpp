#include "sql/postgres/transaction.hpp"

#include <fmt/format.h>
#include <array>
#include <exception>
#include <utility>

#include "sql/postgres/result_row.hpp"

namespace segurifai::sql::postgres {
namespace {

const Statement kDrawKeys{"postgres.draw_keys",
                          "SELECT nextval(pg_get_serial_sequence($1, 'id')) "
                          "FROM generate_series(1, $2)",
                          next_statement_id()};

std::unexpected<Error> commit_unknown() {
    return fail(Code::kGone,
                "The connection was lost during COMMIT: whether the changes were made is "
                "not known, so look before trying again.");
}

}  // namespace

void PostgresTransaction::note(const Failure& failure) {
    if (!failed_) failed_ = failure;
    if (failure.is_lost()) lost_ = true;
    if (failure.is_lost() || failure.is_conflict() || failure.is_stale_plan()) again_ = true;
    // Somebody stored rows under keys they chose, which were drawn before: others are drawn.
    const bool is_of_key =
        failure.error.code == Code::kUniqueViolation && failure.error.column == "id";
    if (key_epoch_ == 0 || !is_of_key) return;
    lane_->keys().forget();
    again_ = true;
}

Task<Result<void>> PostgresTransaction::connect() {
    if (lease_) co_return Result<void>();
    auto lease = co_await lane_->lend_writer();
    if (!lease) {
        failed_ = Failure{lease.error(), ""};  // the body may go on as if its words were stored
        co_return std::unexpected(std::move(lease).error());
    }
    lease_.emplace(std::move(*lease));
    co_return check_keys();
}

/// The keys it took before a connection was made anew may be given to others too: the body runs
/// again, and takes others.
Result<void> PostgresTransaction::check_keys() {
    if (key_epoch_ == 0 || key_epoch_ == lane_->keys().epoch()) return {};
    if (!failed_) failed_ = lost_connection();
    again_ = true;
    return std::unexpected(failed_->error);
}

Task<Result<void>> PostgresTransaction::exchange(Request& request) {
    if (lost_) co_return std::unexpected(lost_connection().error);
    SEGURIFAI_CO_TRY(co_await connect());
    Connection& connection = **lease_;
    Request begin{.statement = {"", begin_, begin_ == "BEGIN" ? kBeginId : 0}, .shares_sync = true};
    if (!begun_) {
        begun_ = true;
        connection.submit(begin);
    }
    std::list<LaterStatement> later = std::exchange(later_, {});
    if (!connection.is_open()) {
        note(lost_connection());
        connection.close();  // answers what was just submitted
        co_return std::unexpected(lost_connection().error);
    }
    for (LaterStatement& one : later) connection.submit(one.request);
    connection.submit(request);
    co_await connection.answered(request);  // and with it all before it
    // The first that failed: what follows it was refused for its sake.
    Request* first = begin.failure ? &begin : nullptr;
    for (LaterStatement& one : later)
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
    // What is refused when it is sent would not stop the COMMIT that travels with it.
    SEGURIFAI_CO_TRY(check_parameters(params));
    later_.emplace_back(statement, params);
    co_return Result<void>();
}

Task<Result<std::optional<std::int64_t>>> PostgresTransaction::next_key(std::string_view table) {
    std::optional<std::int64_t> key = lane_->keys().take(table);
    if (!key) {
        const std::array params{Value::text(table), Value::integer(KeyReserve::kDrawn)};
        std::vector<std::int64_t> drawn;
        auto sink = each_row([&drawn](const Row& row) {
            if (!row.is_null(0)) drawn.push_back(row.integer(0));
        });
        SEGURIFAI_CO_TRY(co_await run(kDrawKeys, params, &sink));
        if (drawn.empty())
            co_return fail(Code::kInternal, fmt::format("{}.id is no identity column.", table));
        lane_->keys().add(table, drawn);
        key = lane_->keys().take(table);
    }
    SEGURIFAI_CO_TRY(check_keys());
    key_epoch_ = lane_->keys().epoch();
    co_return key;
}

Task<Result<void>> PostgresTransaction::settle() {
    if (later_.empty()) co_return Result<void>();
    // The last of them is waited for.
    LaterStatement last(later_.back().request.statement, later_.back().request.params);
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
            if (failed_ && failed_->is_lock()) again_ = false;
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
    auto copied = co_await (*lease_)->copy_in(format, source);
    if (copied) co_return *copied;
    // A COPY that was begun and stopped has undone the transaction, whoever stopped it.
    note(copied.error());
    co_return std::unexpected(std::move(copied).error().error);
}

Task<Result<void>> PostgresTransaction::commit() {
    if (failed_) co_return std::unexpected(failed_->error);
    if (begun_) co_return co_await commit_alone();
    if (later_.empty()) co_return co_await connect();  // the way of a write is open
    SEGURIFAI_CO_TRY_AS(const auto outcome, co_await lane_->commit_with_others(later_, key_epoch_));
    switch (outcome) {
        using enum ReadyTransaction::Outcome;
        case kCommitted: co_return Result<void>();
        case kUnknown: commit_sent_ = lost_ = true; co_return commit_unknown();
        case kAlone: break;
    }
    co_return co_await commit_alone();
}

Task<Result<void>> PostgresTransaction::commit_alone() {
    Request request{.statement = {"", "COMMIT", kCommitId}};
    const Result<void> done = co_await exchange(request);
    // One that was passed over, because of a statement before it, has stored nothing.
    commit_sent_ =
        request.sent && !request.aborted && request.failure && request.failure->is_lost();
    if (commit_sent_) co_return commit_unknown();
    if (!done) co_return done;
    if (std::string_view(PQcmdStatus(request.result.get())) == "ROLLBACK")
        co_return fail(Code::kConflict,
                       "The transaction was undone, because one of its statements had failed.");
    count(counters_.commits);
    co_return Result<void>();
}

Task<void> PostgresTransaction::rollback() {
    later_.clear();
    if (!lease_) co_return;
    Connection& connection = **lease_;
    if (lost_) connection.close();
    if (!begun_ || !connection.is_open()) co_return;
    Request request{.statement = {"", "ROLLBACK", kRollbackId}};
    connection.submit(request);
    co_await connection.answered(request);
    if (request.failure) connection.close();  // the server undoes it on its own
}

}  // namespace segurifai::sql::postgres
