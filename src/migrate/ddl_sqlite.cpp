#include <fmt/format.h>

#include "base/decimal.hpp"
#include "migrate/ddl.hpp"
#include "sql/session.hpp"

// The declared types are the specification's own words, which SQLite mostly takes for NUMERIC
// affinity, and STRICT tables refuse. What STRICT would have promised is promised by checks. Each
// is NULL for NULL, so that nullable columns need no form of their own.
namespace segurifai::migrate::ddl::sqlite {
namespace {

// What changes here changes in sql/sqlite/quick_glob.cpp, or is answered more slowly.
constexpr std::string_view kDateDigits = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]";
constexpr std::string_view kUuidDashes =
    "\?\?\?\?\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?\?\?\?\?\?\?\?\?";
constexpr std::string_view kTimeDigits =
    "[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]";

/// Exactly what the codec reads back: a count of 10^-scale divided by its power, and no more
/// digits than the precision. (`x = round(x, scale)` would refuse some: it rounds twice.)
std::string decimal_rule(const std::string& name, const ColumnState& column) {
    const std::int64_t magnitude = power_of_ten(column.precision - column.scale);
    if (column.scale == 0)
        return fmt::format(
            "typeof({0}) IN ('integer', 'real', 'null') AND round({0}) = {0} AND abs({0}) < {1}",
            name, magnitude);
    return fmt::format(
        "typeof({0}) IN ('integer', 'real', 'null') AND "
        "round({0} * {1}.0) / {1}.0 = {0} AND abs({0}) < {2}",
        name, power_of_ten(column.scale), magnitude);
}

std::string type_rule(const ColumnState& column) {
    const std::string name = sql::quoted(column.name);
    switch (column.type) {
        case model::Type::kBoolean: return fmt::format("{} IN (0, 1)", name);
        case model::Type::kInteger:
            return fmt::format(
                "typeof({0}) IN ('integer', 'null') AND {0} BETWEEN -2147483648 AND 2147483647",
                name);
        case model::Type::kBigInteger:
            return fmt::format("typeof({}) IN ('integer', 'null')", name);
        case model::Type::kFloat:
            return fmt::format(
                "typeof({0}) IN ('real', 'integer', 'null') AND {0} > -9e999 AND {0} < 9e999",
                name);
        case model::Type::kDecimal: return decimal_rule(name, column);
        case model::Type::kVarchar:
        case model::Type::kChar:
        case model::Type::kText:
        case model::Type::kJson: return fmt::format("typeof({}) IN ('text', 'null')", name);
        case model::Type::kUuid:
            return fmt::format(
                "typeof({0}) IN ('text', 'null') AND "
                "{0} GLOB '{1}' AND "
                "length(replace({0}, '-', '')) = 32 AND "
                "replace({0}, '-', '') NOT GLOB '*[^0-9a-f]*'",
                name, kUuidDashes);
        case model::Type::kDate:
            return fmt::format("typeof({0}) IN ('text', 'null') AND {0} GLOB '{1}'", name,
                               kDateDigits);
        case model::Type::kDateTime:
            return fmt::format("typeof({0}) IN ('text', 'null') AND {0} GLOB '{1} {2}'", name,
                               kDateDigits, kTimeDigits);
    }
    return {};
}

std::string choices_rule(const ColumnState& column) {
    std::string words;
    for (const std::string& word : column.choices) {
        if (!words.empty()) words += ", ";
        words += sql::literal(sql::Engine::kSqlite, sql::Value::text(word));
    }
    return fmt::format("{} IN ({})", sql::quoted(column.name), words);
}

std::string json_rule(const ColumnState& column) {
    const std::string name = sql::quoted(column.name);
    if (column.json == JsonKind::kAny) return fmt::format("{0} IS NULL OR json_valid({0})", name);
    return fmt::format("{0} IS NULL OR (json_valid({0}) AND json_type({0}) = '{1}')", name,
                       column.json == JsonKind::kArray ? "array" : "object");
}

}  // namespace

std::string type_sql(const ColumnState& column) {
    // Only a column declared INTEGER counts itself up, whatever its width.
    if (column.identity && !is_tombstone(column.number)) return "INTEGER";
    return model::spelling(column.type, column.length, column.precision, column.scale);
}

std::vector<CheckState> column_checks(std::string_view table, const ColumnState& column) {
    std::vector<CheckState> checks;
    const auto add = [&](std::string_view what, std::string expression) {
        checks.push_back({constraint_name(table, column.name, what), std::move(expression)});
    };
    add("type", type_rule(column));
    if (column.type == model::Type::kVarchar)
        add("length", fmt::format("length({}) <= {}", sql::quoted(column.name), column.length));
    if (column.type == model::Type::kChar)
        add("length", fmt::format("length({}) = {}", sql::quoted(column.name), column.length));
    if (!column.choices.empty()) add("choices", choices_rule(column));
    if (const std::string range = range_sql(column); !range.empty()) add("range", range);
    if (column.type == model::Type::kJson) add("json", json_rule(column));
    return checks;
}

}  // namespace segurifai::migrate::ddl::sqlite
