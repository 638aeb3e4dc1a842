#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "model/record.hpp"
#include "model/table.hpp"
#include "sql/engine.hpp"
#include "sql/statement.hpp"
#include "sql/value.hpp"

namespace segurifai::model {

/// Limits on what one list may ask.
inline constexpr std::size_t kFilterTermsMax = 50;
inline constexpr std::size_t kFilterOrderMax = 8;
inline constexpr std::size_t kFilterInMax = 100;
inline constexpr std::size_t kFilterTextMax = 1'000;  ///< bytes of one value
inline constexpr std::size_t kSearchWordsMax = 10;

/// Something of a row that is no column and is compared like one: an SQL expression over the
/// table's columns, in the subset both engines speak, which gives the stated type on both. It may
/// name `{person}` and `{today}`, who and when it is asked for (Filter::give). Lives as long as the
/// program.
struct Expression {
    std::string_view name;        ///< "service_code"
    std::string_view expression;  ///< "metadata ->> 'service_code'"
    Type type = Type::kText;      ///< no decimal
    std::span<const std::string_view> choices = {};
};

/// What expressions may name that is not of the row.
struct Given {
    Uuid person{};  ///< who asks
    Date today{};   ///< in Guatemala
};

/// Texts of the row that a column refers to, searched together with the row's own. Lives as long
/// as the program.
struct ReferredTexts {
    std::string_view column;       ///< "user_id"
    const Table* table = nullptr;  ///< the column holds its primary key
    std::span<const std::string_view> texts;
    std::string_view phone = {};  ///< a column of it too, found by the digits of a word
};

/// A statement made at run time, with the values of its parameters.
struct FilterStatement {
    std::string_view name;  ///< "<table>.list" or "<table>.count"
    std::string text;
    std::vector<sql::OwnedValue> params;

    /// Borrow from this.
    [[nodiscard]] sql::Statement statement() const noexcept { return {name, text}; }
    [[nodiscard]] std::vector<sql::Value> values() const;
};

/// Which rows of a table, in which order: the dynamic filters of API §1.3. Both engines give the
/// same answer: texts compare bytewise, `icontains` ignores the case of ASCII letters only, NULL
/// is neither equal nor different, and in an order NULL is the largest value (last ascending,
/// first descending). The order always ends with the primary key, in the direction of the column
/// before it unless it is named, so it is total and an index can follow it.
class Filter {
public:
    enum class Operator : std::uint8_t {
        kEqual,
        kIn,
        kGreater,
        kGreaterOrEqual,
        kLess,
        kLessOrEqual,
        kIsNull,    ///< with a boolean
        kContains,  ///< texts; case matters
        kIContains,
    };
    using Term = std::pair<std::string_view, std::string_view>;  ///< "price__gte", "10.00"

    /// Every row. `table` lives as long as the program.
    explicit Filter(const Table& table);

    /// Reads terms and an ordering ("-created_at,name"; may be empty) as they come in a URL,
    /// already decoded: `f`, `f__in` (joined by commas), `f__gt|gte|lt|lte`, `f__isnull`,
    /// `f__contains`, `f__icontains`. kInvalid with every fault by the term's name: columns and
    /// operators that are not there, ill-typed values, limits. Columns tagged kCredential are not
    /// there for it.
    [[nodiscard]] static Result<Filter> parse(const Table& table, std::span<const Term> terms,
                                              std::string_view ordering = {});

    // The same from code. kInvalid, and the filter unchanged, when column, operator and value do
    // not go together.
    [[nodiscard]] Result<void> where(std::string_view column, Operator op, const sql::Value& value);
    [[nodiscard]] Result<void> where_in(std::string_view column,
                                        std::span<const sql::Value> values);
    [[nodiscard]] Result<void> where(const Expression& expression, Operator op,
                                     const sql::Value& value);
    /// Columns among `ranked`, never NULL, are ordered by the place of their word among their
    /// choices.
    [[nodiscard]] Result<void> order_by(std::string_view ordering,
                                        std::span<const std::string_view> ranked = {});

    /// One more term as parse() reads it, of a column or of one of `expressions`; their names come
    /// first. kInvalid with one fault by the term's name.
    [[nodiscard]] Result<void> where_term(const Term& term,
                                          std::span<const Expression> expressions);

    /// What the expressions of this filter may name; nobody and 1970 until it is called.
    void give(const Given& given) noexcept { given_ = given; }

    /// Rows in which every word of `text` (parted by spaces) stands in one of the text columns
    /// `columns` or in what the row refers to, without case and accents (base/text_folding). No
    /// word: every row. kInvalid past the limits above.
    [[nodiscard]] Result<void> search(std::span<const std::string_view> columns,
                                      std::string_view text,
                                      const ReferredTexts* referred = nullptr);

    /// Reads these columns only, by their positions, and those of the order; the others of a row
    /// struct stay as in a new one. Without it, or with none, all are read.
    void only(std::span<const std::size_t> columns);
    /// The positions of the columns that are read; empty for all.
    [[nodiscard]] const std::vector<std::size_t>& columns() const noexcept { return columns_; }

    Filter& limit(std::int64_t rows) noexcept;
    [[nodiscard]] std::optional<std::int64_t> limit() const noexcept { return limit_; }
    Filter& offset(std::int64_t rows) noexcept;

    /// Continues after the row that has these values in the columns of the order (keyset paging:
    /// stable while rows arrive). kInvalid when they are not of those columns.
    [[nodiscard]] Result<void> after(std::vector<sql::OwnedValue> values);

    /// The same backwards: the rows before that row, the nearest first, so that a limit keeps those
    /// next to it. select() gives them in the reverse of the order.
    [[nodiscard]] Result<void> before(std::vector<sql::OwnedValue> values);
    [[nodiscard]] bool is_backward() const noexcept { return backward_; }
    /// The values given to after() or before(); empty without.
    [[nodiscard]] const std::vector<sql::OwnedValue>& place() const noexcept { return place_; }

    /// What after() and before() want, taken from the last or first row of a page.
    [[nodiscard]] std::vector<sql::OwnedValue> place_of(const Record& record) const;
    [[nodiscard]] std::vector<sql::OwnedValue> place_of_struct(const void* row) const;

    /// The columns of the order, the key at the end.
    struct Order {
        std::size_t column;
        bool descending;
        bool by_rank = false;  ///< of the column's choices
    };
    [[nodiscard]] const std::vector<Order>& order() const noexcept { return order_; }
    [[nodiscard]] const Table& table() const noexcept { return *table_; }

    /// The table's columns in their order, or those of only(), of the rows selected.
    [[nodiscard]] FilterStatement select(sql::Engine engine) const;
    /// The same in the order of its first column alone, an instant, and one row more than the
    /// limit: where no two of its rows are equals() there, they are those of select(), in its
    /// order. PostgreSQL follows the index of that column then; for the key after it, it would
    /// sort. Nothing where that wins nothing.
    [[nodiscard]] std::optional<FilterStatement> select_by_first(sql::Engine engine) const;
    /// Whether two rows have the same in the first column of the order.
    [[nodiscard]] bool equals(const void* one, const void* other) const;
    /// Whether the conditions and the search select a row that is not in the database; order, limit
    /// and place do not matter. kUnsupported where that takes SQL: with an expression, or with
    /// texts of others.
    [[nodiscard]] Result<bool> matches(const Record& record) const;
    /// The number of rows the conditions select; order, limit and place do not matter.
    [[nodiscard]] FilterStatement count(sql::Engine engine) const;

private:
    struct Condition {
        std::string_view column;      ///< empty for an expression
        std::string_view expression;  ///< empty for a column
        bool is_text;
        Operator op;
        std::vector<sql::OwnedValue> values;
    };
    struct Search {
        std::vector<std::string_view> columns;
        const ReferredTexts* referred = nullptr;
        std::vector<std::string> words;  ///< folded
    };
    class Builder;

    void parse_term(const Term& term, std::span<const Expression> expressions,
                    std::vector<Fault>& faults);
    [[nodiscard]] std::optional<Fault> set_order(std::string_view ordering, bool from_outside,
                                                 std::span<const std::string_view> ranked = {});
    [[nodiscard]] Result<void> add(const Column& column, std::string_view expression, Operator op,
                                   std::vector<sql::OwnedValue> values);
    [[nodiscard]] Result<void> check_place(const std::vector<sql::OwnedValue>& values) const;

    const Table* table_;
    std::vector<Condition> conditions_;
    std::vector<Order> order_;
    std::vector<std::size_t> columns_;
    std::optional<std::int64_t> limit_;
    std::optional<std::int64_t> offset_;
    std::optional<Search> search_;
    Given given_;
    std::vector<sql::OwnedValue> place_;
    bool backward_ = false;  ///< reads what is before place_
};

}  // namespace segurifai::model
