#include "model/json_value.hpp"

#include <charconv>

#include "base/decimal.hpp"
#include "model/text_value.hpp"

namespace segurifai::model {
namespace {

constexpr std::size_t kNameShownMax = 64;

}  // namespace

std::string_view json_form(const Column& column) noexcept {
    switch (column.type) {
        case Type::kBoolean: return "true or false";
        case Type::kInteger: return "a whole number between -2147483648 and 2147483647";
        case Type::kBigInteger: return "a whole number of at most 64 bits";
        case Type::kFloat: return "a finite number";
        case Type::kDecimal:
            return column.scale == kCoordinateScale
                       ? "a number with at most six decimals, within the column's digits"
                       : "a string that holds a decimal number within the column's digits";
        case Type::kVarchar:
        case Type::kChar:
        case Type::kText: return "a string";
        case Type::kUuid: return "a string that holds a UUID";
        case Type::kDate: return "a string that holds a date, YYYY-MM-DD";
        case Type::kDateTime: return "a string that holds an instant, YYYY-MM-DDThh:mm:ssZ";
        case Type::kJson: return "a JSON value";
    }
    return "a value";
}

std::optional<sql::Value> value_of_json_string(const Column& column, std::string_view text) {
    switch (column.type) {
        case Type::kVarchar:
        case Type::kChar:
        case Type::kText: return sql::Value::text(text);
        case Type::kDecimal:
            if (column.scale == kCoordinateScale) return std::nullopt;
            return parse_value(column, text);
        case Type::kUuid:
        case Type::kDate:
        case Type::kDateTime: return parse_value(column, text);
        default: return std::nullopt;
    }
}

std::optional<sql::Value> value_of_json_number(const Column& column, std::string_view text) {
    switch (column.type) {
        case Type::kInteger:
        case Type::kBigInteger: {
            // Whether it fits the column is a matter of its range, which has a better sentence.
            std::int64_t value = 0;
            const char* const end = text.data() + text.size();
            const auto [stop, error] =
                std::from_chars(text.data(), text.data() + text.size(), value);
            if (error != std::errc() || stop != end) return std::nullopt;
            return sql::Value::integer(value);
        }
        case Type::kFloat: return parse_value(column, text);
        case Type::kDecimal: {
            if (column.scale != kCoordinateScale) return std::nullopt;
            const auto unscaled = parse_decimal(text, column.precision, column.scale);
            if (!unscaled) return std::nullopt;
            return sql::Value::decimal(*unscaled, column.scale);
        }
        default: return std::nullopt;
    }
}

std::string_view shown_name(std::string_view name) noexcept {
    if (name.size() <= kNameShownMax) return name;
    std::size_t size = kNameShownMax;
    while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xc0) == 0x80) --size;
    return name.substr(0, size);
}

}  // namespace segurifai::model
