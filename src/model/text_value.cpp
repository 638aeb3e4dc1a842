#include "model/text_value.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/decimal.hpp"

namespace segurifai::model {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) noexcept {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> finite_number(std::string_view text) noexcept {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

bool fits_integer(std::int64_t value) noexcept {
    return value >= std::numeric_limits<std::int32_t>::min() &&
           value <= std::numeric_limits<std::int32_t>::max();
}

}  // namespace

std::optional<sql::Value> parse_value(const Column& column, std::string_view text) {
    switch (column.type) {
        case Type::kBoolean:
            if (text == "true") return sql::Value::boolean(true);
            if (text == "false") return sql::Value::boolean(false);
            return std::nullopt;
        case Type::kInteger:
        case Type::kBigInteger: {
            const auto value = whole_number(text);
            if (!value || (column.type == Type::kInteger && !fits_integer(*value)))
                return std::nullopt;
            return sql::Value::integer(*value);
        }
        case Type::kFloat: {
            const auto value = finite_number(text);
            return value ? std::optional(sql::Value::real(*value)) : std::nullopt;
        }
        case Type::kDecimal: {
            const auto value = parse_decimal(text, column.precision, column.scale);
            if (!value) return std::nullopt;
            return sql::Value::decimal(*value, column.scale);
        }
        case Type::kVarchar:
        case Type::kChar:
        case Type::kText:
            if (!is_storable_text(text)) return std::nullopt;
            return sql::Value::text(text);
        case Type::kUuid: {
            const auto value = Uuid::parse(text);
            return value ? std::optional(sql::Value::uuid(*value)) : std::nullopt;
        }
        case Type::kDate: {
            const auto value = Date::parse(text);
            return value ? std::optional(sql::Value::date(*value)) : std::nullopt;
        }
        case Type::kDateTime: {
            const auto value = Instant::parse(text);
            return value ? std::optional(sql::Value::instant(*value)) : std::nullopt;
        }
        case Type::kJson: {
            const auto parsed = Json::parse(text);
            if (!parsed || parsed->text != text) return std::nullopt;
            return sql::Value::json(text);
        }
    }
    return std::nullopt;
}

std::string_view expectation(const Column& column) noexcept {
    switch (column.type) {
        case Type::kBoolean: return "true or false";
        case Type::kInteger: return "a whole number between -2147483648 and 2147483647";
        case Type::kBigInteger: return "a whole number of at most 64 bits";
        case Type::kFloat: return "a finite number";
        case Type::kDecimal: return "a decimal number within the digits of its column";
        case Type::kVarchar:
        case Type::kChar:
        case Type::kText: return "well-formed text without the character U+0000";
        case Type::kUuid: return "a UUID";
        case Type::kDate: return "a date written YYYY-MM-DD";
        case Type::kDateTime: return "an instant written YYYY-MM-DDThh:mm:ssZ";
        case Type::kJson: return "canonical JSON";
    }
    return "a value";
}

}  // namespace segurifai::model
