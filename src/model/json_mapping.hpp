#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "model/description.hpp"
#include "model/plan.hpp"
#include "model/record.hpp"

/// Rows as JSON objects, in the forms of API §1.4: one member per column, named and ordered as the
/// columns are; decimals as strings with all their digits ("39.99"), coordinates (six decimals) as
/// numbers; instants in RFC 3339, dates, UUIDs and enumerations as strings; JSON columns as they
/// are stored.
namespace segurifai::model {

struct JsonOptions {
    /// Columns tagged kCredential never leave the database, but for a copy of the database itself.
    bool leave_out_credentials = true;
};

/// Appends one value to `out`. The texts are well-formed (Validation sees to that).
void append_json_value(std::string& out, const sql::Value& value);

/// Appends a row to `out`, which keeps its memory from row to row.
void append_json_row(std::string& out, const Table& table, const void* row,
                     const JsonOptions& options = {});
void append_json(std::string& out, const Record& record, const JsonOptions& options = {});

template <Described T>
void append_json(std::string& out, const T& row, const JsonOptions& options = {}) {
    append_json_row(out, table_of<T>(), &row, options);
}

/// The most faults one document is answered with.
inline constexpr std::size_t kJsonFaultsMax = 100;

/// Reads a row of a table from one JSON object, strictly: kInvalid with every fault at once, by
/// column (unknown or repeated members; a value of another JSON type than the column's form above;
/// a missing column that has no default; whatever Validation refuses). A document that is not one
/// JSON object of at most 32 levels and 1 MB has one fault, without a path.
///
/// Absent columns get their default, or NULL where they may be NULL or fill themselves.
[[nodiscard]] Result<Record> parse_record(const TablePlan& plan, std::string_view json);

template <Described T>
[[nodiscard]] Result<T> parse_row(std::string_view json) {
    SEGURIFAI_TRY_AS(const Record record, parse_record(plan_of<T>(), json));
    T row;
    SEGURIFAI_TRY(record.to_struct(&row));
    return row;
}

}  // namespace segurifai::model
