#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/postgres/wire.hpp"
#include "sql/session.hpp"

namespace segurifai::sql::postgres {

/// COPY … FROM STDIN (FORMAT binary): the statement and its data. COPY converts nothing, so each
/// value is written in the type of its column, which this asks the catalogue for.
class CopyFormat {
public:
    /// One parameter: the table's quoted name. Gives names and type numbers to take_column().
    static constexpr std::string_view kColumnsQuery =
        "SELECT a.attname, COALESCE(NULLIF(t.typbasetype, 0), t.oid) FROM pg_attribute a "
        "JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped";

    CopyFormat(std::string_view table, std::span<const BulkColumn> columns)
        : table_(table), columns_(columns.begin(), columns.end()) {}

    void take_column(const Row& row);
    /// After the last take_column(): fails with kNotFound when the table or a column is missing.
    [[nodiscard]] Result<void> finish_columns();

    [[nodiscard]] std::string statement() const;
    static void append_header(std::string& out);
    static void append_trailer(std::string& out);
    /// Fails naming the row and the column, never the value.
    [[nodiscard]] Result<void> append_row(std::string& out, const std::vector<Value>& row);
    [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }

    /// How much is gathered before it is handed to libpq.
    static constexpr std::size_t kChunkBytes = std::size_t{64} * 1024;

private:
    std::string table_;
    std::vector<BulkColumn> columns_;
    std::map<std::string, Oid, std::less<>> known_;
    std::vector<Oid> types_;
    std::int64_t rows_ = 0;
};

}  // namespace segurifai::sql::postgres
