#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/table.hpp"
#include "sql/value.hpp"

namespace segurifai::model {

/// What a table's description asks of a row before it is written. Made once per table; checking
/// is const, thread-safe, and allocates nothing when there is no fault.
///
/// What is looked at: NULL in a NOT NULL column; the value's type; texts well-formed, without
/// U+0000, at most (CHAR: exactly) as many characters as the column holds, CHAR without a space
/// at the end (PostgreSQL would drop it); the words of an enumeration; ranges; integers, dates,
/// instants and decimals within what both engines hold; finite floats; the kind of a JSON
/// document, which is never a bare number (SQLite would turn it into one); the column's own
/// validator.
///
/// A NULL is taken where the database (identity) or the store (auto timestamps) fills it in.
class Validation {
public:
    explicit Validation(const Table& table) : Validation(table.columns) {}
    /// Of values that stand in no table but follow the same rules. `columns` outlive this.
    explicit Validation(std::span<const Column> columns);

    /// Every fault of a row struct of this table, in column order, each under its column's name.
    [[nodiscard]] std::vector<Fault> check_row(const void* row) const;

    /// The same of values in column order, as a Record keeps them.
    [[nodiscard]] std::vector<Fault> check_values(std::span<const sql::OwnedValue> values) const;

    /// What is wrong with one value of the column at `position`, or nothing.
    [[nodiscard]] std::optional<std::string> check(std::size_t position,
                                                   const sql::Value& value) const;

private:
    enum class Breach : std::uint8_t {
        kNone,
        kNull,
        kType,
        kText,
        kTooLong,
        kExactLength,
        kTrailingSpace,
        kChoice,
        kRange,
        kNotFinite,
        kJsonKind,
        kValidator,
    };

    /// A column's rules in the form that is quick to check.
    struct Rule {
        const Column* column = nullptr;
        sql::ValueType type = sql::ValueType::kText;
        bool may_be_null = false;
        bool exact_length = false;
        std::size_t length = 0;     ///< characters; 0 = no limit
        std::int64_t smallest = 0;  ///< integers, unscaled decimals, days, microseconds
        std::int64_t largest = 0;
        double smallest_real = 0;
        double largest_real = 0;
    };

    [[nodiscard]] static Rule rule_of(const Column& column);
    [[nodiscard]] static Breach breach(const Rule& rule, const sql::Value& value);
    [[nodiscard]] static Breach text_breach(const Rule& rule, std::string_view text);
    [[nodiscard]] static std::string explain(const Rule& rule, const sql::Value& value,
                                             Breach breach);

    std::vector<Rule> rules_;
};

/// The failure that carries the faults of one row: `return invalid(table, std::move(faults));`
[[nodiscard]] std::unexpected<Error> invalid(const Table& table, std::vector<Fault> faults);

}  // namespace segurifai::model
