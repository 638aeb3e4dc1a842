#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
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
/// first descending). The order always ends with the primary key, so it is total.
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
    [[nodiscard]] Result<void> order_by(std::string_view ordering);

    Filter& limit(std::int64_t rows) noexcept;
    Filter& offset(std::int64_t rows) noexcept;

    /// Continues after the row that has these values in the columns of the order (keyset paging:
    /// stable while rows arrive). kInvalid when they are not of those columns.
    [[nodiscard]] Result<void> after(std::vector<sql::OwnedValue> values);

    /// What after() wants, taken from the last row of a page.
    [[nodiscard]] std::vector<sql::OwnedValue> place_of(const Record& record) const;
    [[nodiscard]] std::vector<sql::OwnedValue> place_of_struct(const void* row) const;

    /// The columns of the order, the key at the end.
    struct Order {
        std::size_t column;
        bool descending;
    };
    [[nodiscard]] const std::vector<Order>& order() const noexcept { return order_; }
    [[nodiscard]] const Table& table() const noexcept { return *table_; }

    /// The table's columns in their order, of the rows selected.
    [[nodiscard]] FilterStatement select(sql::Engine engine) const;
    /// The number of rows the conditions select; order, limit and place do not matter.
    [[nodiscard]] FilterStatement count(sql::Engine engine) const;

private:
    struct Condition {
        std::size_t column;
        Operator op;
        std::vector<sql::OwnedValue> values;
    };
    class Builder;

    void parse_term(const Term& term, std::vector<Fault>& faults);
    [[nodiscard]] std::optional<Fault> set_order(std::string_view ordering, bool from_outside);
    [[nodiscard]] Result<void> add(std::size_t column, Operator op,
                                   std::vector<sql::OwnedValue> values);

    const Table* table_;
    std::vector<Condition> conditions_;
    std::vector<Order> order_;
    std::optional<std::int64_t> limit_;
    std::optional<std::int64_t> offset_;
    std::vector<sql::OwnedValue> after_;
};

}  // namespace segurifai::model
