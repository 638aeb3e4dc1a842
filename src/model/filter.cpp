#include "model/filter.hpp"

#include <algorithm>
#include <cmath>

#include "base/json.hpp"
#include "base/text_folding.hpp"

namespace segurifai::model {
namespace {

std::unexpected<Error> refuse(const Table& table, std::string path, std::string message) {
    std::vector<Fault> faults;
    faults.push_back({std::move(path), std::move(message)});
    return std::unexpected(
        Error{.code = Code::kInvalid,
              .message = "The filter does not fit " + std::string(table.name) + ".",
              .table = std::string(table.name),
              .faults = std::move(faults)});
}

bool is_text(Type type) noexcept {
    return type == Type::kVarchar || type == Type::kChar || type == Type::kText;
}

bool goes_with(Filter::Operator op, Type type) noexcept {
    switch (op) {
        case Filter::Operator::kIsNull: return true;
        case Filter::Operator::kEqual:
        case Filter::Operator::kIn: return type != Type::kJson;
        case Filter::Operator::kContains:
        case Filter::Operator::kIContains: return is_text(type);
        default: return type != Type::kJson && type != Type::kBoolean;
    }
}

/// Whether `value` can be compared with the column on both engines.
bool is_comparable(const Column& column, const sql::Value& value) {
    if (value.is_null() || value.type() != column.value_type()) return false;
    switch (value.type()) {
        case sql::ValueType::kFloat: return std::isfinite(value.as_real());
        case sql::ValueType::kDecimal: return value.scale() == column.scale;
        case sql::ValueType::kText:
            return value.as_text().size() <= kFilterTextMax && is_storable_text(value.as_text());
        default: return true;
    }
}

}  // namespace

Filter::Filter(const Table& table) : table_(&table) {
    (void)set_order("", false);  // an empty ordering has no fault
}

Result<void> Filter::add(const Column& column, std::string_view expression, Operator op,
                         std::vector<sql::OwnedValue> values) {
    const std::string path(column.name);
    if (conditions_.size() >= kFilterTermsMax)
        return refuse(*table_, path, "A filter has at most 50 terms.");
    if (!goes_with(op, column.type))
        return refuse(*table_, path, "A column of this type has no such operator.");
    if (values.empty() || values.size() > kFilterInMax)
        return refuse(*table_, path, "It takes 1 to 100 values.");
    for (const sql::OwnedValue& value : values) {
        const sql::Value view = value.view();
        const bool fits = op == Operator::kIsNull
                              ? !view.is_null() && view.type() == sql::ValueType::kBoolean
                              : is_comparable(column, view);
        if (!fits) return refuse(*table_, path, "The value is not one of this column.");
    }
    conditions_.push_back({expression.empty() ? column.name : std::string_view(), expression,
                           is_text(column.type), op, std::move(values)});
    return {};
}

Result<void> Filter::where(std::string_view column, Operator op, const sql::Value& value) {
    const Column* described = table_->find(column);
    if (described == nullptr)
        return refuse(*table_, std::string(column), "There is no such column.");
    std::vector<sql::OwnedValue> values;
    values.emplace_back(value);
    return add(*described, {}, op, std::move(values));
}

Result<void> Filter::where(const Expression& expression, Operator op, const sql::Value& value) {
    Column as_column;
    as_column.name = expression.name;
    as_column.type = expression.type;
    std::vector<sql::OwnedValue> values;
    values.emplace_back(value);
    return add(as_column, expression.expression, op, std::move(values));
}

Result<void> Filter::where_in(std::string_view column, std::span<const sql::Value> values) {
    const Column* described = table_->find(column);
    if (described == nullptr)
        return refuse(*table_, std::string(column), "There is no such column.");
    std::vector<sql::OwnedValue> kept;
    kept.reserve(values.size());
    for (const sql::Value& value : values) kept.emplace_back(value);
    return add(*described, {}, Operator::kIn, std::move(kept));
}

Result<void> Filter::order_by(std::string_view ordering, std::span<const std::string_view> ranked) {
    if (auto fault = set_order(ordering, false, ranked))
        return refuse(*table_, std::move(fault->path), std::move(fault->message));
    return {};
}

Result<void> Filter::search(std::span<const std::string_view> columns, std::string_view text,
                            const ReferredTexts* referred) {
    if (text.size() > kFilterTextMax || !is_storable_text(text))
        return refuse(*table_, "search",
                      "Must have at most " + std::to_string(kFilterTextMax) + " bytes.");
    Search search{.columns = {}, .referred = referred, .words = {}};
    for (const std::string_view name : columns) {
        const Column* column = table_->find(name);
        if (column == nullptr || !is_text(column->type))
            return refuse(*table_, "search", "There is no column of text with this name.");
        search.columns.push_back(column->name);
    }
    const std::string bare = folded(text);
    for (std::size_t at = 0; at < bare.size();) {
        const std::size_t begin = bare.find_first_not_of(' ', at);
        if (begin == std::string::npos) break;
        at = std::min(bare.find(' ', begin), bare.size());
        if (search.words.size() == kSearchWordsMax)
            return refuse(*table_, "search",
                          "Must have at most " + std::to_string(kSearchWordsMax) + " words.");
        search.words.push_back(bare.substr(begin, at - begin));
    }
    if (search.columns.empty() && referred == nullptr && !search.words.empty())
        return refuse(*table_, "search", "There is no column to search.");
    search_ = std::move(search);
    return {};
}

void Filter::only(std::span<const std::size_t> columns) {
    columns_.assign(columns.begin(), columns.end());
    for (const Order& order : order_) columns_.push_back(order.column);
    std::ranges::sort(columns_);
    const auto repeated = std::ranges::unique(columns_);
    columns_.erase(repeated.begin(), repeated.end());
}

Filter& Filter::limit(std::int64_t rows) noexcept {
    limit_ = std::max<std::int64_t>(rows, 0);
    return *this;
}

Filter& Filter::offset(std::int64_t rows) noexcept {
    offset_ = std::max<std::int64_t>(rows, 0);
    return *this;
}

Result<void> Filter::check_place(const std::vector<sql::OwnedValue>& values) const {
    if (values.size() != order_.size())
        return refuse(*table_, "", "The place to continue at is not one of this order.");
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Column& column = table_->columns[order_[i].column];
        const sql::Value value = values[i].view();
        const bool fits = value.is_null() ? column.null && value.type() == column.value_type()
                                          : value.type() == column.value_type();
        if (!fits)
            return refuse(*table_, std::string(column.name),
                          "The place to continue at is not one of this order.");
    }
    return {};
}

Result<void> Filter::after(std::vector<sql::OwnedValue> values) {
    SEGURIFAI_TRY(check_place(values));
    place_ = std::move(values);
    backward_ = false;
    return {};
}

Result<void> Filter::before(std::vector<sql::OwnedValue> values) {
    SEGURIFAI_TRY(check_place(values));
    place_ = std::move(values);
    backward_ = true;
    return {};
}

std::vector<sql::OwnedValue> Filter::place_of(const Record& record) const {
    std::vector<sql::OwnedValue> place;
    for (const Order& order : order_) place.emplace_back(record.at(order.column));
    return place;
}

std::vector<sql::OwnedValue> Filter::place_of_struct(const void* row) const {
    std::vector<sql::OwnedValue> place;
    for (const Order& order : order_) place.emplace_back(table_->columns[order.column].load(row));
    return place;
}

bool Filter::equals(const void* one, const void* other) const {
    const Column& first = table_->columns[order_.front().column];
    return first.load(one) == first.load(other);
}

}  // namespace segurifai::model
