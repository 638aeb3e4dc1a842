#include "migrate/conversions.hpp"

#include <fmt/format.h>

#include "base/decimal.hpp"

namespace segurifai::migrate {
namespace {

using model::Type;

/// Types that convert alike.
enum class Family : std::uint8_t {
    kBoolean,
    kWhole,
    kFloat,
    kDecimal,
    kText,
    kUuid,
    kDate,
    kInstant,
    kJson
};

Family family_of(Type type) noexcept {
    switch (type) {
        case Type::kBoolean: return Family::kBoolean;
        case Type::kInteger:
        case Type::kBigInteger: return Family::kWhole;
        case Type::kFloat: return Family::kFloat;
        case Type::kDecimal: return Family::kDecimal;
        case Type::kVarchar:
        case Type::kChar:
        case Type::kText: return Family::kText;
        case Type::kUuid: return Family::kUuid;
        case Type::kDate: return Family::kDate;
        case Type::kDateTime: return Family::kInstant;
        case Type::kJson: return Family::kJson;
    }
    return Family::kText;
}

// ---- SQLite: what is not convertible is handed on as it is, and the type's check refuses it.

/// Counts of 10^-from.scale become counts of 10^-to.scale in integers, so that no binary fraction
/// decides about a half.
std::string sqlite_rescaled(const ColumnState& from, int scale, const std::string& x) {
    if (scale >= from.scale) return x;
    const std::int64_t cut = power_of_ten(from.scale - scale);
    const std::string count =
        fmt::format("CAST(round({} * {}.0) AS INTEGER)", x, power_of_ten(from.scale));
    std::string rounded = fmt::format("({0} + CASE WHEN {1} < 0 THEN -{2} ELSE {2} END) / {3}",
                                      count, x, cut / 2, cut);
    if (scale == 0) return rounded;
    return fmt::format("({}) / {}.0", rounded, power_of_ten(scale));
}

std::string sqlite_rounded(int scale, const std::string& x) {
    if (scale == 0) return fmt::format("round({})", x);
    return fmt::format("round({0} * {1}.0) / {1}.0", x, power_of_ten(scale));
}

/// `then` where the text is a plain number, else the text.
std::string sqlite_when_number(const std::string& x, const std::string& then) {
    return fmt::format(
        "CASE WHEN json_valid({0}) AND json_type({0}) IN ('integer', 'real') THEN {1} ELSE {0} END",
        x, then);
}

std::string sqlite_from_text(const ColumnState& to, const std::string& x) {
    const std::string number = fmt::format("CAST({} AS NUMERIC)", x);
    switch (family_of(to.type)) {
        case Family::kBoolean:
            return fmt::format(
                "CASE WHEN lower({0}) IN ('true', 't', 'yes', 'y', 'on', '1') THEN 1 "
                "WHEN lower({0}) IN ('false', 'f', 'no', 'n', 'off', '0') THEN 0 ELSE {0} END",
                x);
        case Family::kWhole: return x;  // the column's affinity reads it, the check refuses others
        case Family::kFloat: return sqlite_when_number(x, fmt::format("CAST({} AS REAL)", x));
        case Family::kDecimal: return sqlite_when_number(x, sqlite_rounded(to.scale, number));
        case Family::kUuid: return fmt::format("lower({})", x);
        case Family::kInstant:
            return fmt::format(
                "CASE length({0}) WHEN 10 THEN {0} || ' 00:00:00.000000' "
                "WHEN 19 THEN replace({0}, 'T', ' ') || '.000000' "
                "ELSE replace(rtrim({0}, 'Z'), 'T', ' ') END",
                x);
        case Family::kJson:
            return fmt::format("CASE WHEN json_valid({0}) THEN json({0}) ELSE {0} END", x);
        case Family::kText:
        case Family::kDate: break;
    }
    return x;
}

std::string sqlite_to_text(const ColumnState& from, const std::string& x) {
    switch (family_of(from.type)) {
        case Family::kBoolean:
            return fmt::format("CASE {} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", x);
        case Family::kWhole: return fmt::format("CAST({} AS TEXT)", x);
        case Family::kFloat:  // 15 digits where they read back equal, else all 17
            return fmt::format(
                "CASE WHEN CAST(CAST({0} AS TEXT) AS REAL) = {0} THEN CAST({0} AS TEXT) "
                "WHEN {0} IS NOT NULL THEN printf('%!.17g', {0}) END",
                x);
        case Family::kDecimal:
            return fmt::format("CASE WHEN {0} IS NOT NULL THEN printf('%.{1}f', {0}) END", x,
                               from.scale);
        default: return x;
    }
}

std::string sqlite_converted(const ColumnState& from, const ColumnState& to, const std::string& x) {
    const Family a = family_of(from.type);
    const Family b = family_of(to.type);
    if (a == Family::kText) return b == Family::kText ? x : sqlite_from_text(to, x);
    if (b == Family::kText) return sqlite_to_text(from, x);
    if (a == Family::kDecimal && b == Family::kDecimal) return sqlite_rescaled(from, to.scale, x);
    if (a == Family::kDecimal && b == Family::kWhole) return sqlite_rescaled(from, 0, x);
    if (a == Family::kFloat && b == Family::kWhole)
        return fmt::format("CAST(round({}) AS INTEGER)", x);
    if (a == Family::kFloat && b == Family::kDecimal) return sqlite_rounded(to.scale, x);
    if (a == Family::kDate && b == Family::kInstant)
        return fmt::format("{} || ' 00:00:00.000000'", x);
    if (a == Family::kInstant && b == Family::kDate) return fmt::format("substr({}, 1, 10)", x);
    return x;
}

// ---- PostgreSQL: its own casts refuse what they cannot read.

std::string postgres_cast(Type type) {
    switch (type) {
        case Type::kBoolean: return "boolean";
        case Type::kInteger: return "integer";
        case Type::kBigInteger: return "bigint";
        case Type::kFloat: return "double precision";
        case Type::kDecimal: return "numeric";  // the column itself rounds to its scale
        case Type::kUuid: return "uuid";
        case Type::kDate: return "date";
        case Type::kDateTime: return "timestamptz";
        case Type::kJson: return "jsonb";
        // Without a length: a cast to varchar(n) would cut in silence, the column refuses.
        case Type::kVarchar:
        case Type::kChar:
        case Type::kText: return "text";
    }
    return "text";
}

std::string postgres_converted(const ColumnState& from, const ColumnState& to,
                               const std::string& x) {
    const Family a = family_of(from.type);
    const Family b = family_of(to.type);
    const std::string target = postgres_cast(to.type);
    if (a == Family::kInstant && b == Family::kText)
        return fmt::format("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", x);
    if (a == Family::kText && b == Family::kInstant)
        return fmt::format("({}::timestamp AT TIME ZONE 'UTC')", x);
    if (a == Family::kInstant && b == Family::kDate)
        return fmt::format("({} AT TIME ZONE 'UTC')::date", x);
    if (a == Family::kDate && b == Family::kInstant)
        return fmt::format("({}::timestamp AT TIME ZONE 'UTC')", x);
    if (a == Family::kWhole && b == Family::kBoolean) return x + "::text::boolean";
    if (a == Family::kBoolean && b != Family::kText) return x + "::integer::" + target;
    if (a == Family::kFloat && b == Family::kWhole)
        return fmt::format("round({}::numeric)::{}", x, target);
    return x + "::" + target;
}

bool convertible(Family a, Family b) noexcept {
    if (a == b || a == Family::kText || b == Family::kText) return true;
    const auto is_number = [](Family family) {
        return family == Family::kWhole || family == Family::kFloat || family == Family::kDecimal;
    };
    if (is_number(a) && is_number(b)) return true;
    if (a == Family::kBoolean) return is_number(b);
    if (b == Family::kBoolean) return a == Family::kWhole;
    return (a == Family::kDate && b == Family::kInstant) ||
           (a == Family::kInstant && b == Family::kDate);
}

}  // namespace

Result<std::string> converted(sql::Engine engine, const ColumnState& from, const ColumnState& to,
                              const std::string& expression) {
    const bool same = from.type == to.type && from.scale == to.scale;
    if (same) return expression;
    if (!convertible(family_of(from.type), family_of(to.type)))
        return fail(Code::kUnsupported,
                    fmt::format("Column {} cannot change from {} to {}: no conversion is known. "
                                "Add a new column and fill it with SQL instead.",
                                to.name,
                                model::spelling(from.type, from.length, from.precision, from.scale),
                                model::spelling(to.type, to.length, to.precision, to.scale)));
    return engine == sql::Engine::kSqlite ? sqlite_converted(from, to, expression)
                                          : postgres_converted(from, to, expression);
}

}  // namespace segurifai::migrate
