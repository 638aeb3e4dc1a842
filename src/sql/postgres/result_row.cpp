#include "sql/postgres/result_row.hpp"

#include <charconv>

namespace segurifai::sql::postgres {

bool ResultRow::get(int column, ValueType want, int scale, Value& out) const {
    if (is_null(column)) {
        out = Value::null(want, scale);
        return true;
    }
    const std::string_view cell(PQgetvalue(result_, row_, column),
                                static_cast<std::size_t>(PQgetlength(result_, row_, column)));
    return decode(PQftype(result_, column), cell, want, scale, out, kept_);
}

std::int64_t rows_changed(const PGresult* result) noexcept {
    const std::string_view text = PQcmdTuples(const_cast<PGresult*>(result));
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

std::int64_t deliver(const PGresult* result, RowSink* sink) {
    if (PQresultStatus(result) != PGRES_TUPLES_OK) return rows_changed(result);
    const int rows = PQntuples(result);
    if (sink == nullptr) return rows;
    ResultRow row(result);
    for (int i = 0; i < rows; ++i) {
        row.move_to(i);
        if (!sink->on_row(row)) return i + 1;
    }
    return rows;
}

}  // namespace segurifai::sql::postgres
