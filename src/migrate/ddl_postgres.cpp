#include <fmt/format.h>

#include "migrate/ddl.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate::ddl::postgres {
namespace {

/// Written with text on both sides, because this form comes out of the catalogue as it went in:
/// `IN ('a')` on a varchar is told differently each time PostgreSQL rebuilds the check.
std::string choices_rule(const ColumnState& column) {
    std::string words;
    for (const std::string& word : column.choices) {
        if (!words.empty()) words += ", ";
        words += sql::literal(sql::Engine::kPostgres, sql::Value::text(word)) + "::text";
    }
    return fmt::format("{}::text = ANY (ARRAY[{}])", sql::quoted(column.name), words);
}

}  // namespace

std::string type_sql(const ColumnState& column) {
    switch (column.type) {
        case model::Type::kBoolean: return "boolean";
        case model::Type::kInteger: return "integer";
        case model::Type::kBigInteger: return "bigint";
        case model::Type::kFloat: return "double precision";
        case model::Type::kDecimal:
            return fmt::format("numeric({},{})", column.precision, column.scale);
        case model::Type::kVarchar: return fmt::format("varchar({}) COLLATE \"C\"", column.length);
        case model::Type::kChar: return fmt::format("char({}) COLLATE \"C\"", column.length);
        case model::Type::kText: return "text COLLATE \"C\"";
        case model::Type::kUuid: return "uuid";
        case model::Type::kDate: return "date";
        case model::Type::kDateTime: return "timestamptz";
        case model::Type::kJson: return "jsonb";
    }
    return {};
}

std::vector<CheckState> column_checks(std::string_view table, const ColumnState& column) {
    std::vector<CheckState> checks;
    const auto add = [&](std::string_view what, std::string expression) {
        checks.push_back({constraint_name(table, column.name, what), std::move(expression)});
    };
    if (!column.choices.empty()) add("choices", choices_rule(column));
    if (const std::string range = range_sql(column); !range.empty()) add("range", range);
    if (column.type == model::Type::kJson && column.json != JsonKind::kAny)
        add("json", fmt::format("jsonb_typeof({}) = '{}'", sql::quoted(column.name),
                                column.json == JsonKind::kArray ? "array" : "object"));
    return checks;
}

}  // namespace segurifai::migrate::ddl::postgres
