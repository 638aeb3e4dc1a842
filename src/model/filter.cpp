#include "model/filter.hpp"

#include <algorithm>
#include <cmath>

#include "base/json.hpp"
#include "model/plan.hpp"
#include "sql/session.hpp"

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

/// "%50\%%": `text` anywhere, with LIKE's own characters escaped.
std::string pattern_of(std::string_view text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + "%";
}

}  // namespace

std::vector<sql::Value> FilterStatement::values() const {
    std::vector<sql::Value> values;
    values.reserve(params.size());
    for (const sql::OwnedValue& param : params) values.push_back(param.view());
    return values;
}

/// Writes a filter as SQL, numbering the parameters as they come.
class Filter::Builder {
public:
    Builder(const Filter& filter, sql::Engine engine) : filter_(filter), engine_(engine) {}

    FilterStatement select() {
        const TableStatements& statements = plan_of(*filter_.table_).statements;
        out_.name = statements.list.name();
        out_.text = statements.list.on(engine_).text;
        append_conditions(true);
        append_order();
        append_window();
        return std::move(out_);
    }

    FilterStatement count() {
        const TableStatements& statements = plan_of(*filter_.table_).statements;
        out_.name = statements.count.name();
        out_.text = statements.count.on(engine_).text;
        append_conditions(false);
        return std::move(out_);
    }

private:
    [[nodiscard]] bool on_sqlite() const noexcept { return engine_ == sql::Engine::kSqlite; }
    [[nodiscard]] const Column& column(std::size_t position) const {
        return filter_.table_->columns[position];
    }
    [[nodiscard]] std::string name(std::size_t position) const {
        return sql::quoted(column(position).name);
    }
    std::string parameter(const sql::Value& value) {
        out_.params.emplace_back(value);
        return "$" + std::to_string(out_.params.size());
    }

    void append_conditions(bool with_place) {
        std::string_view joint = " WHERE ";
        for (const Condition& condition : filter_.conditions_) {
            out_.text += joint;
            out_.text += text_of(condition);
            joint = " AND ";
        }
        if (!with_place || filter_.after_.empty()) return;
        out_.text += joint;
        out_.text += is_uniform() ? rows_after() : "(" + after(0) + ")";
    }

    std::string text_of(const Condition& condition) {
        const std::string left = name(condition.column);
        const sql::Value value = condition.values.front().view();
        switch (condition.op) {
            case Operator::kEqual: return left + " = " + parameter(value);
            case Operator::kGreater: return left + " > " + parameter(value);
            case Operator::kGreaterOrEqual: return left + " >= " + parameter(value);
            case Operator::kLess: return left + " < " + parameter(value);
            case Operator::kLessOrEqual: return left + " <= " + parameter(value);
            case Operator::kIsNull:
                return left + (value.as_boolean() ? " IS NULL" : " IS NOT NULL");
            case Operator::kIn: {
                std::string text = left + " IN (";
                for (std::size_t i = 0; i < condition.values.size(); ++i) {
                    if (i > 0) text += ", ";
                    text += parameter(condition.values[i].view());
                }
                return text + ")";
            }
            case Operator::kContains:
                return (on_sqlite() ? "instr(" : "strpos(") + left + ", " + parameter(value) +
                       ") > 0";
            case Operator::kIContains: {
                const std::string pattern = pattern_of(value.as_text());
                return left + (on_sqlite() ? " LIKE " : " ILIKE ") +
                       parameter(sql::Value::text(pattern)) + " ESCAPE '\\'";
            }
        }
        return {};
    }

    /// Whether the order is one direction over columns that are never NULL: then a comparison of
    /// rows says what after() says, and the engines use an index for it.
    [[nodiscard]] bool is_uniform() const {
        return std::all_of(filter_.order_.begin(), filter_.order_.end(), [&](const Order& order) {
            return order.descending == filter_.order_.front().descending &&
                   !column(order.column).null;
        });
    }

    std::string rows_after() {
        std::string left;
        std::string right;
        for (std::size_t i = 0; i < filter_.order_.size(); ++i) {
            left += (i > 0 ? ", " : "") + name(filter_.order_[i].column);
            right += (i > 0 ? ", " : "") + parameter(filter_.after_[i].view());
        }
        return "(" + left + ")" + (filter_.order_.front().descending ? " < (" : " > (") + right +
               ")";
    }

    /// What comes after the place, from the i-th column of the order on.
    std::string after(std::size_t i) {
        const Order order = filter_.order_[i];
        const sql::Value place = filter_.after_[i].view();
        const std::string left = name(order.column);
        std::string later;
        if (place.is_null()) {
            if (order.descending) later = left + " IS NOT NULL";
        } else {
            later = left + (order.descending ? " < " : " > ") + parameter(place);
            if (!order.descending && column(order.column).null) later += " OR " + left + " IS NULL";
        }
        if (i + 1 == filter_.order_.size()) return later.empty() ? "1 = 0" : later;
        std::string same =
            left + (place.is_null() ? std::string(" IS NULL") : " = " + parameter(place));
        std::string rest = same + " AND (" + after(i + 1) + ")";
        return later.empty() ? rest : later + " OR (" + rest + ")";
    }

    void append_order() {
        std::string_view joint = " ORDER BY ";
        for (const Order& order : filter_.order_) {
            out_.text += joint;
            out_.text += name(order.column);
            if (order.descending) out_.text += " DESC";
            // PostgreSQL takes NULL for the largest value by itself, SQLite for the smallest.
            if (on_sqlite() && column(order.column).null)
                out_.text += order.descending ? " NULLS FIRST" : " NULLS LAST";
            joint = ", ";
        }
    }

    void append_window() {
        if (filter_.limit_)
            out_.text += " LIMIT " + parameter(sql::Value::integer(*filter_.limit_));
        if (!filter_.offset_) return;
        if (!filter_.limit_ && on_sqlite()) out_.text += " LIMIT -1";  // it knows no bare OFFSET
        out_.text += " OFFSET " + parameter(sql::Value::integer(*filter_.offset_));
    }

    const Filter& filter_;
    sql::Engine engine_;
    FilterStatement out_;
};

Filter::Filter(const Table& table) : table_(&table) {
    (void)set_order("", false);  // an empty ordering has no fault
}

Result<void> Filter::add(std::size_t column, Operator op, std::vector<sql::OwnedValue> values) {
    const Column& described = table_->columns[column];
    const std::string path(described.name);
    if (conditions_.size() >= kFilterTermsMax)
        return refuse(*table_, path, "A filter has at most 50 terms.");
    if (!goes_with(op, described.type))
        return refuse(*table_, path, "A column of this type has no such operator.");
    if (values.empty() || values.size() > kFilterInMax)
        return refuse(*table_, path, "It takes 1 to 100 values.");
    for (const sql::OwnedValue& value : values) {
        const sql::Value view = value.view();
        const bool fits = op == Operator::kIsNull
                              ? !view.is_null() && view.type() == sql::ValueType::kBoolean
                              : is_comparable(described, view);
        if (!fits) return refuse(*table_, path, "The value is not one of this column.");
    }
    conditions_.push_back({column, op, std::move(values)});
    return {};
}

Result<void> Filter::where(std::string_view column, Operator op, const sql::Value& value) {
    const Column* described = table_->find(column);
    if (described == nullptr)
        return refuse(*table_, std::string(column), "There is no such column.");
    std::vector<sql::OwnedValue> values;
    values.emplace_back(value);
    return add(static_cast<std::size_t>(described - table_->columns.data()), op, std::move(values));
}

Result<void> Filter::where_in(std::string_view column, std::span<const sql::Value> values) {
    const Column* described = table_->find(column);
    if (described == nullptr)
        return refuse(*table_, std::string(column), "There is no such column.");
    std::vector<sql::OwnedValue> owned(values.begin(), values.end());
    return add(static_cast<std::size_t>(described - table_->columns.data()), Operator::kIn,
               std::move(owned));
}

Result<void> Filter::order_by(std::string_view ordering) {
    if (auto fault = set_order(ordering, false))
        return refuse(*table_, std::move(fault->path), std::move(fault->message));
    return {};
}

Filter& Filter::limit(std::int64_t rows) noexcept {
    limit_ = std::max<std::int64_t>(rows, 0);
    return *this;
}

Filter& Filter::offset(std::int64_t rows) noexcept {
    offset_ = std::max<std::int64_t>(rows, 0);
    return *this;
}

Result<void> Filter::after(std::vector<sql::OwnedValue> values) {
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
    after_ = std::move(values);
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

FilterStatement Filter::select(sql::Engine engine) const {
    return Builder(*this, engine).select();
}

FilterStatement Filter::count(sql::Engine engine) const {
    return Builder(*this, engine).count();
}

}  // namespace segurifai::model
