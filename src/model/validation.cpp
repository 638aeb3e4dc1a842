#include "model/validation.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/decimal.hpp"
#include "base/json.hpp"
#include "model/text_value.hpp"

namespace segurifai::model {
namespace {

/// True when `text` is ASCII without U+0000: then bytes are characters and nothing can be
/// ill-formed. Eight bytes at a time, because this is on the way of every insert.
bool is_plain(std::string_view text) noexcept {
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        // The borrow of word - kOnes reaches a high bit exactly when a byte is zero, given that
        // no byte has its own high bit.
        if (((word | (word - kOnes)) & kHighBits) != 0) return false;
    }
    for (; left > 0; ++at, --left)
        if (static_cast<signed char>(*at) <= 0) return false;
    return true;
}

/// Canonical JSON shows its kind by its first character. A document that is nothing but a number
/// is refused: SQLite would store it as a number and give another text back.
bool has_kind(std::string_view text, JsonKind kind) noexcept {
    if (text.empty()) return false;
    if (kind == JsonKind::kArray) return text[0] == '[';
    if (kind == JsonKind::kObject) return text[0] == '{';
    return text[0] != '-' && (text[0] < '0' || text[0] > '9');
}

}  // namespace

Validation::Rule Validation::rule_of(const Column& column) {
    Rule rule;
    rule.column = &column;
    rule.type = column.value_type();
    rule.may_be_null = column.null || column.identity || column.auto_time != AutoTime::kNone;
    rule.exact_length = column.type == Type::kChar;
    rule.length = static_cast<std::size_t>(std::max(column.length, 0));
    rule.smallest = std::numeric_limits<std::int64_t>::min();
    rule.largest = std::numeric_limits<std::int64_t>::max();
    rule.smallest_real = -std::numeric_limits<double>::infinity();
    rule.largest_real = std::numeric_limits<double>::infinity();
    if (column.type == Type::kInteger) {
        rule.smallest = std::numeric_limits<std::int32_t>::min();
        rule.largest = std::numeric_limits<std::int32_t>::max();
    } else if (column.type == Type::kDecimal) {
        rule.largest = power_of_ten(column.precision) - 1;
        rule.smallest = -rule.largest;
    } else if (column.type == Type::kDate) {
        rule.smallest = kDateMinDays;
        rule.largest = kDateMaxDays;
    } else if (column.type == Type::kDateTime) {
        rule.smallest = kInstantMinMicros;
        rule.largest = kInstantMaxMicros;
    }
    // A bound that is no value of the column is refused by check_descriptions() at start.
    if (const auto min = parse_value(column, column.min); !column.min.empty() && min) {
        if (column.type == Type::kFloat)
            rule.smallest_real = min->as_real();
        else
            rule.smallest = std::max(rule.smallest, min->as_integer());
    }
    if (const auto max = parse_value(column, column.max); !column.max.empty() && max) {
        if (column.type == Type::kFloat)
            rule.largest_real = max->as_real();
        else
            rule.largest = std::min(rule.largest, max->as_integer());
    }
    return rule;
}

Validation::Validation(std::span<const Column> columns) {
    rules_.reserve(columns.size());
    for (const Column& column : columns) rules_.push_back(rule_of(column));
}

Validation::Breach Validation::text_breach(const Rule& rule, std::string_view text) {
    const bool plain = is_plain(text);
    if (!plain && !is_storable_text(text)) return Breach::kText;
    if (rule.length > 0) {
        const std::size_t characters = plain ? text.size() : character_count(text);
        if (rule.exact_length) {
            if (characters != rule.length) return Breach::kExactLength;
            if (text.ends_with(' ')) return Breach::kTrailingSpace;
        } else if (characters > rule.length) {
            return Breach::kTooLong;
        }
    }
    const auto& choices = rule.column->choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end())
        return Breach::kChoice;
    return Breach::kNone;
}

Validation::Breach Validation::breach(const Rule& rule, const sql::Value& value) {
    if (value.is_null()) return rule.may_be_null ? Breach::kNone : Breach::kNull;
    if (value.type() != rule.type) return Breach::kType;
    Breach found = Breach::kNone;
    switch (rule.type) {
        case sql::ValueType::kBoolean:
        case sql::ValueType::kUuid: break;
        case sql::ValueType::kInteger:
        case sql::ValueType::kDecimal:
        case sql::ValueType::kDate:
        case sql::ValueType::kInstant:
            if (value.type() == sql::ValueType::kDecimal && value.scale() != rule.column->scale)
                return Breach::kType;
            if (value.as_integer() < rule.smallest || value.as_integer() > rule.largest)
                found = Breach::kRange;
            break;
        case sql::ValueType::kFloat:
            if (!std::isfinite(value.as_real()))
                found = Breach::kNotFinite;
            else if (value.as_real() < rule.smallest_real || value.as_real() > rule.largest_real)
                found = Breach::kRange;
            break;
        case sql::ValueType::kText: found = text_breach(rule, value.as_text()); break;
        case sql::ValueType::kJson: {
            const std::string_view text = value.as_text();
            if (!has_kind(text, rule.column->json)) found = Breach::kJsonKind;
            break;
        }
    }
    if (found != Breach::kNone || rule.column->validate == nullptr) return found;
    return rule.column->validate(value) ? Breach::kValidator : Breach::kNone;
}

std::string Validation::explain(const Rule& rule, const sql::Value& value, Breach breach) {
    const Column& column = *rule.column;
    switch (breach) {
        case Breach::kNone: return {};
        case Breach::kNull: return "This field is required.";
        case Breach::kType:
        case Breach::kText:
        case Breach::kNotFinite: return "Must be " + std::string(expectation(column)) + ".";
        case Breach::kTooLong:
            return "Must have at most " + std::to_string(column.length) + " characters.";
        case Breach::kExactLength:
            return "Must have exactly " + std::to_string(column.length) + " characters.";
        case Breach::kTrailingSpace: return "Must not end in a space.";
        case Breach::kChoice: {
            std::string text = "Must be one of ";
            for (std::size_t i = 0; i < column.choices.size(); ++i) {
                if (i > 0) text += ", ";
                text += column.choices[i];
            }
            return text + ".";
        }
        case Breach::kRange: {
            const std::string min(column.min);
            const std::string max(column.max);
            if (min.empty() && max.empty())
                return "Must be " + std::string(expectation(column)) + ".";
            if (max.empty()) return "Must be at least " + min + ".";
            if (min.empty()) return "Must be at most " + max + ".";
            return "Must be between " + min + " and " + max + ".";
        }
        case Breach::kJsonKind:
            if (column.json == JsonKind::kArray) return "Must be a JSON array.";
            if (column.json == JsonKind::kObject) return "Must be a JSON object.";
            return "Must be a JSON value that is not a bare number.";
        case Breach::kValidator: return column.validate(value).value_or("Is not accepted.");
    }
    return {};
}

std::vector<Fault> Validation::check_row(const void* row) const {
    std::vector<Fault> faults;
    for (const Rule& rule : rules_) {
        const sql::Value value = rule.column->load(row);
        const Breach found = breach(rule, value);
        if (found != Breach::kNone) [[unlikely]]
            faults.push_back({std::string(rule.column->name), explain(rule, value, found)});
    }
    return faults;
}

std::vector<Fault> Validation::check_values(std::span<const sql::OwnedValue> values) const {
    std::vector<Fault> faults;
    if (values.size() != rules_.size()) {
        faults.push_back({"", "A row of this table has " + std::to_string(rules_.size()) +
                                  " values, not " + std::to_string(values.size()) + "."});
        return faults;
    }
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const sql::Value value = values[i].view();
        const Breach found = breach(rules_[i], value);
        if (found != Breach::kNone) [[unlikely]]
            faults.push_back(
                {std::string(rules_[i].column->name), explain(rules_[i], value, found)});
    }
    return faults;
}

std::optional<std::string> Validation::check(std::size_t position, const sql::Value& value) const {
    const Rule& rule = rules_.at(position);
    const Breach found = breach(rule, value);
    if (found == Breach::kNone) return std::nullopt;
    return explain(rule, value, found);
}

std::unexpected<Error> invalid(const Table& table, std::vector<Fault> faults) {
    return std::unexpected(
        Error{.code = Code::kInvalid,
              .message = "The row breaks the rules of " + std::string(table.name) + ".",
              .table = std::string(table.name),
              .faults = std::move(faults)});
}

}  // namespace segurifai::model
