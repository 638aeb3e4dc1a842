#include "sql/value.hpp"

#include <utility>

#include "base/decimal.hpp"
#include "base/json.hpp"

namespace segurifai::sql {
namespace {

bool has_characters(const Value& value) noexcept {
    return !value.is_null() &&
           (value.type() == ValueType::kText || value.type() == ValueType::kJson);
}

}  // namespace

bool operator==(const Value& a, const Value& b) noexcept {
    if (a.type() != b.type() || a.is_null() != b.is_null()) return false;
    if (a.is_null()) return true;
    switch (a.type()) {
        case ValueType::kText:
        case ValueType::kJson: return a.as_text() == b.as_text();
        case ValueType::kUuid: return a.as_uuid() == b.as_uuid();
        case ValueType::kFloat: return a.as_real() == b.as_real();
        case ValueType::kDecimal:
            return a.as_unscaled() == b.as_unscaled() && a.scale() == b.scale();
        default: return a.as_integer() == b.as_integer();
    }
}

OwnedValue::OwnedValue(const Value& value) : value_(value) {
    if (has_characters(value)) characters_ = value.as_text();
}

OwnedValue::OwnedValue(OwnedValue&& other) noexcept
    : value_(other.value_), characters_(std::move(other.characters_)) {}

OwnedValue& OwnedValue::operator=(OwnedValue other) noexcept {
    value_ = other.value_;
    characters_ = std::move(other.characters_);
    return *this;
}

Value OwnedValue::view() const noexcept {
    if (!has_characters(value_)) return value_;
    return value_.type() == ValueType::kText ? Value::text(characters_) : Value::json(characters_);
}

std::string to_display(const Value& value) {
    if (value.is_null()) return "NULL";
    switch (value.type()) {
        case ValueType::kBoolean: return value.as_boolean() ? "true" : "false";
        case ValueType::kInteger: return std::to_string(value.as_integer());
        case ValueType::kFloat: {
            std::string text;
            append_json_number(text, value.as_real());
            return text;
        }
        case ValueType::kDecimal: return format_decimal(value.as_unscaled(), value.scale());
        case ValueType::kText:
        case ValueType::kJson: return std::string(value.as_text());
        case ValueType::kUuid: return value.as_uuid().to_string();
        case ValueType::kDate: return value.as_date().to_string();
        case ValueType::kInstant: return value.as_instant().to_string();
    }
    return {};
}

}  // namespace segurifai::sql
