// How a filter is written as SQL.
#include <algorithm>
#include <span>

#include "base/text_folding.hpp"
#include "model/filter.hpp"
#include "model/plan.hpp"
#include "sql/session.hpp"

namespace segurifai::model {
namespace {

/// "%50\%%": `text` anywhere, with LIKE's own characters escaped.
std::string pattern_of(std::string_view text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + "%";
}

/// The digits of a word that is a telephone number or a part of one, in any of the usual spellings;
/// nothing of another.
std::string digits_of(std::string_view word) {
    std::string digits;
    for (const char c : word) {
        if (c >= '0' && c <= '9')
            digits += c;
        else if (std::string_view("+-().").find(c) == std::string_view::npos)
            return {};
    }
    return digits;
}

/// The place of a word among the choices of its column; -1 for one that is none of them, in rows
/// that others wrote.
std::int64_t rank_of(const Column& column, std::string_view word) noexcept {
    const auto at = std::find(column.choices.begin(), column.choices.end(), word);
    return at == column.choices.end() ? -1 : at - column.choices.begin();
}

/// The same in SQL.
std::string rank_text(const Column& column) {
    std::string text = "CASE " + sql::quoted(column.name);
    for (std::size_t rank = 0; rank < column.choices.size(); ++rank)
        text += " WHEN '" + std::string(column.choices[rank]) + "' THEN " + std::to_string(rank);
    return text + " ELSE -1 END";
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
    Builder(const Filter& filter, sql::Engine engine)
        : filter_(filter), engine_(engine), order_(filter.order_), written_(order_.size()) {
        for (Order& order : order_)
            if (filter.backward_) order.descending = !order.descending;
    }

    FilterStatement select() {
        const TableStatements& statements = plan_of(*filter_.table_).statements;
        out_.name = statements.list.name();
        if (filter_.columns_.empty())
            out_.text = statements.list.on(engine_).text;
        else
            append_columns();
        append_conditions(true);
        append_order();
        append_window();
        return std::move(out_);
    }

    /// SQLite's indexes end with the key. Only instants hardly ever repeat.
    std::optional<FilterStatement> select_by_first() {
        const bool hardly_repeats =
            column(order_.front().column).value_type() == sql::ValueType::kInstant;
        const bool sorts = order_.size() == 2 && is_uniform() && hardly_repeats;
        if (on_sqlite() || !sorts || !filter_.limit_ || filter_.offset_) return std::nullopt;
        written_ = 1;
        surplus_ = 1;
        return select();
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
    /// What rows are ordered by, and the value of a place in it.
    [[nodiscard]] std::string key(const Order& order) const {
        const Column& described = column(order.column);
        return order.by_rank ? rank_text(described) : sql::quoted(described.name);
    }
    [[nodiscard]] sql::Value key_of_place(std::size_t i) const {
        const sql::Value place = filter_.place_[i].view();
        if (!order_[i].by_rank) return place;
        return sql::Value::integer(rank_of(column(order_[i].column), place.as_text()));
    }
    std::string parameter(const sql::Value& value) {
        out_.params.emplace_back(value);
        return "$" + std::to_string(out_.params.size());
    }

    void append_columns() {
        out_.text.reserve(512);
        std::string_view joint = "SELECT \"";  // with the quotes between: names of ours hold none
        for (const std::size_t position : filter_.columns_) {
            out_.text += joint;
            out_.text += column(position).name;
            joint = "\", \"";
        }
        out_.text += "\" FROM ";
        out_.text += sql::quoted(filter_.table_->name);
    }

    void append_conditions(bool with_place) {
        std::string_view joint = " WHERE ";
        for (const Condition& condition : filter_.conditions_) {
            out_.text += joint;
            out_.text += text_of(condition);
            joint = " AND ";
        }
        if (filter_.search_) {
            for (const std::string& word : filter_.search_->words) {
                out_.text += joint;
                out_.text += text_of(*filter_.search_, word);
                joint = " AND ";
            }
        }
        if (!with_place || filter_.place_.empty()) return;
        out_.text += joint;
        out_.text += is_uniform() ? rows_after() : bound() + "(" + after(0) + ")";
    }

    /// `word` in one of the columns, or in what the row refers to.
    std::string text_of(const Search& search, const std::string& word) {
        const std::string place = parameter(sql::Value::text(word));
        std::string text = "(";
        for (const std::string_view column : search.columns) {
            if (text.size() > 1) text += " OR ";
            text += holds(folded_of(sql::quoted(column)), place);
        }
        if (search.referred != nullptr) {
            if (text.size() > 1) text += " OR ";
            text += text_of(*search.referred, word, place);
        }
        return text + ")";
    }

    /// The same of the row referred to. SQLite, left alone, looks each up by its key: it is told to
    /// find all that match once. PostgreSQL does whichever costs less.
    std::string text_of(const ReferredTexts& referred, const std::string& word,
                        const std::string& place) {
        const auto its = [](std::string_view column) { return "referred." + sql::quoted(column); };
        const std::string key = its(referred.table->primary_key().name);
        const std::string from =
            " FROM " + sql::quoted(referred.table->name) + " AS referred WHERE ";
        const std::string column =
            sql::quoted(filter_.table_->name) + "." + sql::quoted(referred.column);
        std::string text = on_sqlite()
                               ? column + " IN (SELECT " + key + from + "("
                               : "EXISTS (SELECT 1" + from + key + " = " + column + " AND (";
        for (const std::string_view name : referred.texts) {
            if (name != referred.texts.front()) text += " OR ";
            text += holds(folded_of(its(name)), place);
        }
        const std::string digits = digits_of(word);
        if (!referred.phone.empty() && !digits.empty())
            text += " OR " + holds(its(referred.phone), parameter(sql::Value::text(digits)));
        return text + "))";
    }

    [[nodiscard]] std::string folded_of(const std::string& text) const {
        if (on_sqlite()) return "folded(" + text + ")";
        return "translate(" + text + ", '" + letters_folded_from() + "', '" + letters_folded_to() +
               "')";
    }
    [[nodiscard]] std::string holds(const std::string& text, const std::string& part) const {
        return (on_sqlite() ? "instr(" : "strpos(") + text + ", " + part + ") > 0";
    }

    /// An expression with what it is given.
    std::string filled(std::string_view expression) {
        std::string text(expression);
        const auto fill = [&](std::string_view name, const sql::Value& value) {
            const std::size_t first = text.find(name);
            if (first == std::string::npos) return;
            const std::string place = parameter(value);
            for (std::size_t at = first; at != std::string::npos; at = text.find(name))
                text.replace(at, name.size(), place);
        };
        fill("{person}", sql::Value::uuid(filter_.given_.person));
        fill("{today}", sql::Value::date(filter_.given_.today));
        return text;
    }

    /// What a condition compares. The bytes of a text decide, as in our columns; equality needs no
    /// word about it and so may use an index of the expression.
    [[nodiscard]] std::string subject_of(const Condition& condition) {
        if (condition.expression.empty()) return sql::quoted(condition.column);
        std::string text = "(" + filled(condition.expression) + ")";
        const bool by_equality = condition.op == Operator::kEqual || condition.op == Operator::kIn;
        if (condition.is_text && !by_equality && !on_sqlite()) text += " COLLATE \"C\"";
        return text;
    }

    /// A word among a column's choices stands in the statement itself: how many rows have it is
    /// very different from word to word, and so the plan is made for this one and kept.
    std::string compared(const Condition& condition, const sql::Value& value) {
        if (condition.expression.empty() && value.type() == sql::ValueType::kText) {
            const auto& choices = filter_.table_->find(condition.column)->choices;
            const auto word = std::ranges::find(choices, value.as_text());
            if (word != choices.end()) return "'" + std::string(*word) + "'";
        }
        return parameter(value);
    }

    std::string text_of(const Condition& condition) {
        const std::string left = subject_of(condition);
        const sql::Value value = condition.values.front().view();
        switch (condition.op) {
            case Operator::kEqual:
                // What is true by itself is written bare: SQLite then sees which index it can use.
                if (!condition.expression.empty() && value.type() == sql::ValueType::kBoolean)
                    return (value.as_boolean() ? "" : "NOT ") + left;
                return left + " = " + compared(condition, value);
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
                    text += compared(condition, condition.values[i].view());
                }
                return text + ")";
            }
            case Operator::kContains: return holds(left, parameter(value));
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
        return std::all_of(order_.begin(), order_.end(), [&](const Order& order) {
            return order.descending == order_.front().descending && !column(order.column).null;
        });
    }

    std::string rows_after() {
        std::string left;
        std::string right;
        for (std::size_t i = 0; i < order_.size(); ++i) {
            left += (i > 0 ? ", " : "") + key(order_[i]);
            right += (i > 0 ? ", " : "") + parameter(key_of_place(i));
        }
        return "(" + left + ")" + (order_.front().descending ? " < (" : " > (") + right + ")";
    }

    /// Before the alternatives of after(), which no index can follow: what is true of all of them
    /// for the first column, where that is one comparison.
    std::string bound() {
        const Order first = order_.front();
        const sql::Value place = key_of_place(0);
        if (place.is_null() || (column(first.column).null && !first.descending)) return {};
        return key(first) + (first.descending ? " <= " : " >= ") + parameter(place) + " AND ";
    }

    /// What comes after the place, from the i-th column of the order on.
    std::string after(std::size_t i) {
        const Order order = order_[i];
        const sql::Value place = key_of_place(i);
        const std::string left = key(order);
        std::string later;
        if (place.is_null()) {
            if (order.descending) later = left + " IS NOT NULL";
        } else {
            later = left + (order.descending ? " < " : " > ") + parameter(place);
            if (!order.descending && column(order.column).null) later += " OR " + left + " IS NULL";
        }
        if (i + 1 == order_.size()) return later.empty() ? "1 = 0" : later;
        std::string same =
            left + (place.is_null() ? std::string(" IS NULL") : " = " + parameter(place));
        std::string rest = same + " AND (" + after(i + 1) + ")";
        return later.empty() ? rest : later + " OR (" + rest + ")";
    }

    void append_order() {
        std::string_view joint = " ORDER BY ";
        for (const Order& order : std::span(order_).first(written_)) {
            out_.text += joint;
            out_.text += key(order);
            if (order.descending) out_.text += " DESC";
            // PostgreSQL takes NULL for the largest value by itself, SQLite for the smallest.
            if (on_sqlite() && column(order.column).null)
                out_.text += order.descending ? " NULLS FIRST" : " NULLS LAST";
            joint = ", ";
        }
    }

    void append_window() {
        if (filter_.limit_)
            // Written out: for a parameter PostgreSQL plans as if a tenth of the table came, and
            // plans again each time. Pages have few sizes.
            out_.text += " LIMIT " + std::to_string(*filter_.limit_ + surplus_);
        if (!filter_.offset_) return;
        if (!filter_.limit_ && on_sqlite()) out_.text += " LIMIT -1";  // it knows no bare OFFSET
        out_.text += " OFFSET " + parameter(sql::Value::integer(*filter_.offset_));
    }

    const Filter& filter_;
    sql::Engine engine_;
    std::vector<Order> order_;  ///< as the rows are read: the reverse of the filter's for before()
    std::size_t written_;       ///< of its columns
    std::int64_t surplus_ = 0;  ///< rows past the limit
    FilterStatement out_;
};

FilterStatement Filter::select(sql::Engine engine) const {
    return Builder(*this, engine).select();
}

std::optional<FilterStatement> Filter::select_by_first(sql::Engine engine) const {
    return Builder(*this, engine).select_by_first();
}

FilterStatement Filter::count(sql::Engine engine) const {
    return Builder(*this, engine).count();
}

}  // namespace segurifai::model
