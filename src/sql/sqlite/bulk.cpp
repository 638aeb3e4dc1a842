// Many rows, one prepared INSERT.
#include <fmt/core.h>

#include "sql/sqlite/codec.hpp"
#include "sql/sqlite/connection.hpp"
#include "sql/sqlite/failure.hpp"

namespace segurifai::sql::sqlite {
namespace {

std::string insert_sql(std::string_view table, std::span<const BulkColumn> columns) {
    std::string names;
    std::string marks;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) names += ", ";
        if (i > 0) marks += ", ";
        names += quoted(columns[i].name);
        marks += fmt::format("${}", i + 1);
    }
    return fmt::format("INSERT INTO {} ({}) VALUES ({})", quoted(table), names, marks);
}

/// `error` with the number of the row it concerns, counted from 1.
std::unexpected<Error> at_row(std::int64_t row, Error error) {
    error.message = fmt::format("Row {} of the load: {}", row, error.message);
    return std::unexpected(std::move(error));
}

}  // namespace

Result<std::int64_t> Connection::load(std::string_view table, std::span<const BulkColumn> columns,
                                      const BulkSource& source) {
    const std::string sql = insert_sql(table, columns);
    SEGURIFAI_TRY_AS(const std::unique_ptr<Prepared> insert,
                     Prepared::make(db_, sql, SQLITE_PREPARE_PERSISTENT));
    std::vector<Value> row(columns.size());
    for (std::int64_t rows = 0;; ++rows) {
        SEGURIFAI_TRY_AS(const bool more, source(row));
        if (!more) return rows;
        if (auto bound = insert->bind(row); !bound)
            return at_row(rows + 1, std::move(bound).error());
        const int code = sqlite3_step(insert->handle());
        if (code != SQLITE_DONE) return at_row(rows + 1, failure_of(db_, code));
        sqlite3_reset(insert->handle());
    }
}

Result<std::int64_t> Connection::bulk_insert(std::string_view table,
                                             std::span<const BulkColumn> columns,
                                             const BulkSource& source) {
    if (columns.empty()) return fail(Code::kInvalid, "A bulk insert names at least one column.");
    // A load that fails leaves none of its rows, also inside a transaction that goes on.
    const bool inside = in_transaction();
    const auto undo = [this, inside]() noexcept {
        if (!in_transaction()) return;  // SQLite already rolled everything back
        sqlite3_exec(db_, inside ? "ROLLBACK TO load; RELEASE load" : "ROLLBACK", nullptr, nullptr,
                     nullptr);
    };
    SEGURIFAI_TRY(control(inside ? "SAVEPOINT load" : "BEGIN IMMEDIATE"));
    Result<std::int64_t> rows = 0;
    try {
        rows = load(table, columns, source);
    } catch (...) {
        undo();
        throw;
    }
    if (rows) {
        if (auto ended = control(inside ? "RELEASE load" : "COMMIT"); !ended)
            rows = std::unexpected(std::move(ended).error());
    }
    if (!rows) undo();
    return rows;
}

}  // namespace segurifai::sql::sqlite
