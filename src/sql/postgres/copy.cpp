#include "sql/postgres/copy.hpp"

#include <fmt/format.h>

namespace segurifai::sql::postgres {

void CopyFormat::take_column(const Row& row) {
    known_.emplace(row.text(0), static_cast<Oid>(row.integer(1)));
}

Result<void> CopyFormat::finish_columns() {
    if (known_.empty())
        return fail(Code::kNotFound, fmt::format("There is no table \"{}\".", table_));
    for (const BulkColumn& column : columns_) {
        const auto found = known_.find(column.name);
        if (found == known_.end())
            return fail(Code::kNotFound,
                        fmt::format("Table \"{}\" has no column \"{}\".", table_, column.name));
        types_.push_back(found->second);
    }
    return {};
}

std::string CopyFormat::statement() const {
    std::string sql = "COPY " + quoted(table_) + " (";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) sql += ", ";
        sql += quoted(columns_[i].name);
    }
    return sql + ") FROM STDIN (FORMAT binary)";
}

void CopyFormat::append_header(std::string& out) {
    constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
    out += kSignature;
    append_int32(out, 0);  // flags
    append_int32(out, 0);  // no header extension
}

void CopyFormat::append_trailer(std::string& out) {
    append_int16(out, -1);
}

Result<void> CopyFormat::append_row(std::string& out, const std::vector<Value>& row) {
    ++rows_;
    if (row.size() != types_.size())
        return fail(Code::kInvalid, fmt::format("Row {} has {} values for {} columns.", rows_,
                                                row.size(), types_.size()));
    append_int16(out, static_cast<std::int16_t>(row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::size_t start = out.size();
        append_int32(out, -1);
        if (row[i].is_null()) continue;
        if (auto done = append_as(out, types_[i], row[i]); !done) {
            Error error = std::move(done).error();
            error.message =
                fmt::format("Row {}, column \"{}\": {}", rows_, columns_[i].name, error.message);
            error.table = table_;
            error.column = columns_[i].name;
            return std::unexpected(std::move(error));
        }
        const std::size_t size = out.size() - start - 4;
        for (std::size_t byte = 0; byte < 4; ++byte)
            out[start + byte] = static_cast<char>(size >> (8 * (3 - byte)));
    }
    return {};
}

}  // namespace segurifai::sql::postgres
