#include "sql/sqlite/transaction.hpp"

namespace segurifai::sql::sqlite {

Result<void> WriterTransaction::ready() {
    if (over_)
        return fail(Code::kTimeout, "The transaction passed its deadline and was rolled back.");
    if (failure_)
        return fail(Code::kConflict,
                    "An earlier statement of this transaction failed: end the transaction, or run "
                    "what may fail in a savepoint.");
    ++statements_;
    connection_.limit_time(statement_timeout_);
    return {};
}

template <class T>
Result<T> WriterTransaction::noted(Result<T> result) {
    if (!result) failure_ = result.error();
    return result;
}

Task<Result<std::int64_t>> WriterTransaction::run(Statement statement, Params params,
                                                  RowSink* sink) {
    SEGURIFAI_CO_TRY(ready());
    co_return noted(connection_.run(statement, params, sink));
}

Task<Result<void>> WriterTransaction::run_later(Statement statement, Params params) {
    SEGURIFAI_CO_TRY(ready());
    SEGURIFAI_CO_TRY(noted(connection_.run(statement, params, nullptr)));
    co_return Result<void>();
}

Task<Result<std::int64_t>> WriterTransaction::bulk_insert(std::string_view table,
                                                          std::span<const BulkColumn> columns,
                                                          BulkSource source) {
    SEGURIFAI_CO_TRY(ready());
    connection_.limit_time({});  // one long statement for SQLite's clock; each row is short
    co_return noted(connection_.bulk_insert(table, columns, source));
}

Task<Result<void>> WriterTransaction::savepoint(
    std::function<Task<Result<void>>(Transaction&)> body) {
    SEGURIFAI_CO_TRY(ready());
    SEGURIFAI_CO_TRY(noted(connection_.control("SAVEPOINT part")));
    Result<void> result;
    std::exception_ptr defect;
    try {
        result = co_await body(*this);
    } catch (...) {
        defect = std::current_exception();
    }
    if (over_) {
        if (defect) std::rethrow_exception(defect);
        co_return ready();
    }
    if (result && failure_) result = std::unexpected(*failure_);
    if (defect == nullptr && result) co_return noted(connection_.control("RELEASE part"));
    // After a full disk SQLite has rolled the whole transaction back: then it stays failed.
    if (connection_.in_transaction()) {
        failure_.reset();
        connection_.limit_time({});
        SEGURIFAI_CO_TRY(noted(connection_.control("ROLLBACK TO part")));
        SEGURIFAI_CO_TRY(noted(connection_.control("RELEASE part")));
    }
    if (defect) std::rethrow_exception(defect);
    co_return result;
}

}  // namespace segurifai::sql::sqlite
