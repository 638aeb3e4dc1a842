// How a filter is read from the words of a URL.
#include <algorithm>

#include "model/filter.hpp"
#include "model/json_value.hpp"
#include "model/text_value.hpp"

namespace segurifai::model {
namespace {

struct Word {
    std::string_view text;
    Filter::Operator op;
};

constexpr Word kWordsOfOperators[] = {
    {"in", Filter::Operator::kIn},
    {"gt", Filter::Operator::kGreater},
    {"gte", Filter::Operator::kGreaterOrEqual},
    {"lt", Filter::Operator::kLess},
    {"lte", Filter::Operator::kLessOrEqual},
    {"isnull", Filter::Operator::kIsNull},
    {"contains", Filter::Operator::kContains},
    {"icontains", Filter::Operator::kIContains},
};

std::optional<Filter::Operator> operator_of(std::string_view word) noexcept {
    for (const Word& known : kWordsOfOperators)
        if (known.text == word) return known.op;
    return std::nullopt;
}

/// What a term speaks of: a column, or an expression that is compared like this column.
struct Subject {
    Column column;
    std::string_view expression;
};

/// What somebody outside may name so.
std::optional<Subject> subject_of(const Table& table, std::span<const Expression> expressions,
                                  std::string_view name) noexcept {
    for (const Expression& expression : expressions) {
        if (expression.name != name) continue;
        Subject subject;
        subject.column.name = expression.name;
        subject.column.type = expression.type;
        subject.column.choices = expression.choices;
        subject.expression = expression.expression;
        return subject;
    }
    const Column* column = table.find(name);
    if (column == nullptr || column->personal == Personal::kCredential) return std::nullopt;
    return Subject{*column, {}};
}

/// Reads one value for an operator; says what is wrong with it otherwise.
std::optional<std::string> read_value(const Column& column, Filter::Operator op,
                                      std::string_view text, std::vector<sql::OwnedValue>& values) {
    if (op == Filter::Operator::kIsNull) {
        if (text != "true" && text != "false") return "Must be true or false.";
        values.emplace_back(sql::Value::boolean(text == "true"));
        return std::nullopt;
    }
    if (text.size() > kFilterTextMax)
        return "Must have at most " + std::to_string(kFilterTextMax) + " bytes.";
    const auto value = parse_value(column, text);
    if (!value) return "Must be " + std::string(expectation(column)) + ".";
    const bool whole = op == Filter::Operator::kEqual || op == Filter::Operator::kIn;
    if (whole && !column.choices.empty() &&
        std::find(column.choices.begin(), column.choices.end(), text) == column.choices.end())
        return "'" + std::string(shown_name(text)) + "' is none of its choices.";
    values.emplace_back(*value);
    return std::nullopt;
}

}  // namespace

void Filter::parse_term(const Term& term, std::span<const Expression> expressions,
                        std::vector<Fault>& faults) {
    const std::string_view name = term.first;
    const auto fault = [&faults, name](std::string message) {
        faults.push_back({std::string(name), std::move(message)});
    };
    std::string_view word;
    auto subject = subject_of(*table_, expressions, name);
    auto op = std::optional(Operator::kEqual);
    if (const std::size_t mark = name.rfind("__"); !subject && mark != std::string_view::npos) {
        subject = subject_of(*table_, expressions, name.substr(0, mark));
        word = name.substr(mark + 2);
        op = operator_of(word);
    }
    if (!subject) return fault("There is no such column.");
    if (!op) return fault("There is no operator '" + std::string(shown_name(word)) + "'.");
    std::vector<sql::OwnedValue> values;
    std::string_view rest = term.second;
    for (;;) {
        const std::size_t comma = op == Operator::kIn ? rest.find(',') : std::string_view::npos;
        if (auto wrong = read_value(subject->column, *op, rest.substr(0, comma), values))
            return fault(std::move(*wrong));
        if (comma == std::string_view::npos) break;
        if (values.size() == kFilterInMax)
            return fault("It takes at most " + std::to_string(kFilterInMax) + " values.");
        rest.remove_prefix(comma + 1);
    }
    if (auto added = add(subject->column, subject->expression, *op, std::move(values)); !added)
        fault(std::move(added.error().faults.front().message));
}

Result<void> Filter::where_term(const Term& term, std::span<const Expression> expressions) {
    std::vector<Fault> faults;
    parse_term(term, expressions, faults);
    if (faults.empty()) return {};
    return fault(std::move(faults.front().path), std::move(faults.front().message));
}

std::optional<Fault> Filter::set_order(std::string_view ordering, bool from_outside,
                                       std::span<const std::string_view> ranked) {
    std::vector<Order> order;
    bool total = false;
    while (!ordering.empty()) {
        const std::size_t comma = ordering.find(',');
        std::string_view name = ordering.substr(0, comma);
        ordering = comma == std::string_view::npos ? "" : ordering.substr(comma + 1);
        const bool descending = name.starts_with('-');
        if (descending) name.remove_prefix(1);
        const Column* column = table_->find(name);
        if (column == nullptr || (from_outside && column->personal == Personal::kCredential))
            return Fault{"ordering", "There is no column '" + std::string(name) + "'."};
        if (column->type == Type::kJson)
            return Fault{"ordering", "A JSON column has no order: '" + std::string(name) + "'."};
        const auto position = static_cast<std::size_t>(column - table_->columns.data());
        if (std::any_of(order.begin(), order.end(),
                        [&](const Order& other) { return other.column == position; }))
            return Fault{"ordering", "'" + std::string(name) + "' is named twice."};
        if (order.size() == kFilterOrderMax)
            return Fault{"ordering", "At most 8 columns make an order."};
        const bool by_rank = std::find(ranked.begin(), ranked.end(), name) != ranked.end();
        order.push_back({position, descending, by_rank});
        total = total || column->primary_key;
    }
    if (!total) {
        const auto key = static_cast<std::size_t>(&table_->primary_key() - table_->columns.data());
        order.push_back({key, !order.empty() && order.back().descending});
    }
    order_ = std::move(order);
    place_.clear();  // it was a place in another order
    backward_ = false;
    return std::nullopt;
}

Result<Filter> Filter::parse(const Table& table, std::span<const Term> terms,
                             std::string_view ordering) {
    Filter filter(table);
    std::vector<Fault> faults;
    if (terms.size() > kFilterTermsMax)
        faults.push_back({"", "A filter has at most 50 terms."});
    else
        for (const Term& term : terms) filter.parse_term(term, {}, faults);
    if (auto fault = filter.set_order(ordering, true)) faults.push_back(std::move(*fault));
    if (faults.empty()) return filter;
    return std::unexpected(
        Error{.code = Code::kInvalid,
              .message = "The filter does not fit " + std::string(table.name) + ".",
              .table = std::string(table.name),
              .faults = std::move(faults)});
}

}  // namespace segurifai::model
