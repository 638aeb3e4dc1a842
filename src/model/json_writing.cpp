#include <charconv>

#include "base/decimal.hpp"
#include "base/json.hpp"
#include "model/json_mapping.hpp"
#include "model/json_value.hpp"

namespace segurifai::model {
namespace {

void append_decimal(std::string& out, std::int64_t unscaled, int scale) {
    char buffer[32];
    const bool quotes = scale != kCoordinateScale;
    std::size_t size = 0;
    if (quotes) buffer[size++] = '"';
    size += write_decimal(buffer + size, unscaled, scale);
    if (quotes) buffer[size++] = '"';
    out.append(buffer, size);
}

void append_integer(std::string& out, std::int64_t value) {
    char buffer[24];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

/// Appends what `write` puts into `Size` characters, in quotes.
template <std::size_t Size, class Write>
void append_quoted(std::string& out, Write write) {
    char buffer[Size + 2];
    buffer[0] = '"';
    write(buffer + 1);
    buffer[Size + 1] = '"';
    out.append(buffer, Size + 2);
}

void append_member(std::string& out, bool& first, const Column& column, const sql::Value& value) {
    out += first ? "{\"" : ",\"";
    out += column.name;
    out += "\":";
    first = false;
    append_json_value(out, value);
}

bool is_left_out(const Column& column, const JsonOptions& options) noexcept {
    return options.leave_out_credentials && column.personal == Personal::kCredential;
}

}  // namespace

void append_json_value(std::string& out, const sql::Value& value) {
    if (value.is_null()) {
        out += "null";
        return;
    }
    switch (value.type()) {
        case sql::ValueType::kBoolean: out += value.as_boolean() ? "true" : "false"; break;
        case sql::ValueType::kInteger: append_integer(out, value.as_integer()); break;
        case sql::ValueType::kFloat: append_json_number(out, value.as_real()); break;
        case sql::ValueType::kDecimal:
            append_decimal(out, value.as_unscaled(), value.scale());
            break;
        case sql::ValueType::kText: append_json_string(out, value.as_text()); break;
        case sql::ValueType::kJson: out += value.as_text(); break;
        case sql::ValueType::kUuid:
            append_quoted<36>(out, [&](char* at) { value.as_uuid().write(at); });
            break;
        case sql::ValueType::kDate:
            append_quoted<Date::kTextSize>(out, [&](char* at) { value.as_date().write(at); });
            break;
        case sql::ValueType::kInstant:
            append_quoted<Instant::kJsonSize>(out,
                                              [&](char* at) { value.as_instant().write_json(at); });
            break;
    }
}

void append_json_row(std::string& out, const Table& table, const void* row,
                     const JsonOptions& options) {
    bool first = true;
    for (const Column& column : table.columns)
        if (!is_left_out(column, options)) append_member(out, first, column, column.load(row));
    out += first ? "{}" : "}";
}

void append_json(std::string& out, const Record& record, const JsonOptions& options) {
    bool first = true;
    const Table& table = record.table();
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (!is_left_out(table.columns[i], options))
            append_member(out, first, table.columns[i], record.at(i));
    out += first ? "{}" : "}";
}

}  // namespace segurifai::model
