#include "sql/session.hpp"

#include "base/decimal.hpp"
#include "base/json.hpp"

namespace segurifai::sql {
namespace {

std::string in_quotes(std::string_view text, char quote) {
    std::string out;
    out.reserve(text.size() + 2);
    out += quote;
    for (const char c : text) {
        if (c == quote) out += quote;
        out += c;
    }
    out += quote;
    return out;
}

std::string float_literal(Engine engine, double value) {
    const bool postgres = engine == Engine::kPostgres;
    if (value != value) return postgres ? "'NaN'::float8" : "NULL";
    if (value - value != 0.0) {  // an infinity, which SQLite writes as a number past its range
        const bool negative = value < 0;
        if (postgres) return negative ? "'-Infinity'::float8" : "'Infinity'::float8";
        return negative ? "-9e999" : "9e999";
    }
    std::string text;
    append_json_number(text, value);
    return text;
}

std::string instant_literal(Engine engine, Instant instant) {
    std::string text(Instant::kStoredSize, '\0');
    instant.write_stored(text.data());
    return engine == Engine::kPostgres ? "'" + text + "+00'::timestamptz" : "'" + text + "'";
}

/// Gives the first cell of the first row to `read`, which says whether it could take it.
template <class Read>
Result<void> read_first(Session& session, std::string_view sql, Params params, Read read) {
    bool readable = true;
    auto sink = each_row([&](const Row& row) {
        if (row.size() == 0 || !row.is_null(0)) readable = row.size() > 0 && read(row);
        return false;
    });
    SEGURIFAI_TRY(session.run(sql, params, &sink));
    if (!readable)
        return fail(Code::kCorrupt, "The first cell of the answer is not of the type asked for.");
    return {};
}

}  // namespace

Result<std::optional<std::int64_t>> Session::one_integer(std::string_view sql, Params params) {
    std::optional<std::int64_t> found;
    SEGURIFAI_TRY(read_first(*this, sql, params, [&](const Row& row) {
        Value value;
        if (!row.get(0, ValueType::kInteger, 0, value)) return false;
        found = value.as_integer();
        return true;
    }));
    return found;
}

Result<std::optional<std::string>> Session::one_text(std::string_view sql, Params params) {
    std::optional<std::string> found;
    SEGURIFAI_TRY(read_first(*this, sql, params, [&](const Row& row) {
        Value value;
        if (!row.get(0, ValueType::kText, 0, value)) return false;
        found = std::string(value.as_text());
        return true;
    }));
    return found;
}

std::string quoted(std::string_view name) {
    return in_quotes(name, '"');
}

std::string literal(Engine engine, const Value& value) {
    if (value.is_null()) return "NULL";
    const bool postgres = engine == Engine::kPostgres;
    switch (value.type()) {
        case ValueType::kBoolean:
            if (postgres) return value.as_boolean() ? "TRUE" : "FALSE";
            return value.as_boolean() ? "1" : "0";
        case ValueType::kInteger: return std::to_string(value.as_integer());
        case ValueType::kFloat: return float_literal(engine, value.as_real());
        case ValueType::kDecimal: return format_decimal(value.as_unscaled(), value.scale());
        case ValueType::kText: return in_quotes(value.as_text(), '\'');
        case ValueType::kUuid:
            return "'" + value.as_uuid().to_string() + (postgres ? "'::uuid" : "'");
        case ValueType::kDate:
            return "'" + value.as_date().to_string() + (postgres ? "'::date" : "'");
        case ValueType::kInstant: return instant_literal(engine, value.as_instant());
        case ValueType::kJson:
            return in_quotes(value.as_text(), '\'') + (postgres ? "::jsonb" : "");
    }
    return "NULL";
}

}  // namespace segurifai::sql
