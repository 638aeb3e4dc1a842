// A filter on rows that are in no database: the same answer as its SQL gives.

#include <algorithm>
#include <compare>

#include "base/text_folding.hpp"
#include "model/filter.hpp"

namespace segurifai::model {
namespace {

using Operator = Filter::Operator;

/// Of two values of one type, neither NULL. A float that is no number has no order.
std::partial_ordering order_of(const sql::Value& a, const sql::Value& b) noexcept {
    switch (a.type()) {
        case sql::ValueType::kFloat: return a.as_real() <=> b.as_real();
        case sql::ValueType::kText:
        case sql::ValueType::kJson: return a.as_text() <=> b.as_text();
        case sql::ValueType::kUuid: return a.as_uuid().bytes <=> b.as_uuid().bytes;
        default: return a.as_integer() <=> b.as_integer();  // all kept as an integer
    }
}

char lower_ascii(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains_without_case(std::string_view text, std::string_view part) noexcept {
    return !std::ranges::search(text, part, {}, lower_ascii, lower_ascii).empty() || part.empty();
}

bool holds(Operator op, const sql::Value& value, const sql::Value& asked) noexcept {
    if (op == Operator::kIsNull) return value.is_null() == asked.as_boolean();
    if (value.is_null()) return false;
    switch (op) {
        case Operator::kContains: return value.as_text().contains(asked.as_text());
        case Operator::kIContains: return contains_without_case(value.as_text(), asked.as_text());
        case Operator::kGreater: return std::is_gt(order_of(value, asked));
        case Operator::kGreaterOrEqual: return std::is_gteq(order_of(value, asked));
        case Operator::kLess: return std::is_lt(order_of(value, asked));
        case Operator::kLessOrEqual: return std::is_lteq(order_of(value, asked));
        default: return std::is_eq(order_of(value, asked));
    }
}

}  // namespace

Result<bool> Filter::matches(const Record& record) const {
    for (const Condition& condition : conditions_) {
        if (condition.column.empty())
            return fail(Code::kUnsupported, "An expression is evaluated by the database only.");
        const sql::Value value = record.at(condition.column);
        const bool is_met = std::ranges::any_of(condition.values, [&](const auto& asked) {
            return holds(condition.op, value, asked.view());
        });
        if (!is_met) return false;
    }
    if (!search_) return true;
    if (search_->referred != nullptr)
        return fail(Code::kUnsupported, "Texts of others are searched by the database only.");
    return std::ranges::all_of(search_->words, [&](const std::string& word) {
        return std::ranges::any_of(search_->columns, [&](std::string_view column) {
            const sql::Value value = record.at(column);
            return !value.is_null() && folded(value.as_text()).contains(word);
        });
    });
}

}  // namespace segurifai::model
