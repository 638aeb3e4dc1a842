#include "sql/postgres/result_row.hpp"

#include <charconv>

namespace segurifai::sql::postgres {

bool ResultRow::get(int column, ValueType want, int scale, Value& out) const {
    if (is_null(column)) {
        out = Value::null(want, scale);
        return true;
    }
    const int at = first_ + column;
    const std::string_view cell(PQgetvalue(result_, row_, at),
                                static_cast<std::size_t>(PQgetlength(result_, row_, at)));
    return decode(PQftype(result_, at), cell, want, scale, out, kept_);
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

std::int64_t deliver_gathered(const PGresult* result, std::int64_t place, RowSink* sink) {
    std::string wanted;
    append_int64(wanted, place);
    ResultRow row(result, 1);
    std::int64_t given = 0;
    const int rows = PQntuples(result);
    for (int i = 0; i < rows; ++i) {
        const std::string_view its_place(PQgetvalue(result, i, 0),
                                         static_cast<std::size_t>(PQgetlength(result, i, 0)));
        if (its_place != wanted) continue;
        ++given;
        row.move_to(i);
        if (sink != nullptr && !sink->on_row(row)) break;
    }
    return given;
}

}  // namespace segurifai::sql::postgres
