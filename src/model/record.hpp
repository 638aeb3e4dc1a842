#pragma once

#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/table.hpp"
#include "sql/row.hpp"
#include "sql/value.hpp"

namespace segurifai::model {

/// One row of any table as values, in the order of the table's columns: for code that works on
/// tables it does not name (dumps, CSV, the admin). A value may be NULL where the database or the
/// store will fill it in (see Validation).
class Record {
public:
    /// A row of typed NULLs.
    explicit Record(const Table& table);

    /// The row a struct of this table holds.
    [[nodiscard]] static Record of_struct(const Table& table, const void* row);

    /// The row a statement gave that selects the table's columns in their order. kCorrupt, with
    /// table and column, when a stored value is not of its column.
    [[nodiscard]] static Result<Record> of_row(const Table& table, const sql::Row& row);

    /// Writes the values into a struct of this table. A NULL where the struct has no NULL (an
    /// identity, an auto timestamp) leaves the member alone. kInvalid names what does not fit.
    [[nodiscard]] Result<void> to_struct(void* row) const;

    [[nodiscard]] const Table& table() const noexcept { return *table_; }
    [[nodiscard]] const std::vector<sql::OwnedValue>& values() const noexcept { return values_; }
    [[nodiscard]] sql::Value at(std::size_t position) const { return values_.at(position).view(); }
    /// The value of a column by name; a NULL text when the table has no such column.
    [[nodiscard]] sql::Value at(std::string_view column) const;
    void set(std::size_t position, const sql::Value& value) {
        values_.at(position) = sql::OwnedValue(value);
    }
    /// False when the table has no such column.
    bool set(std::string_view column, const sql::Value& value);

    friend bool operator==(const Record& a, const Record& b) {
        return a.table_ == b.table_ && a.values_ == b.values_;
    }

private:
    const Table* table_;
    std::vector<sql::OwnedValue> values_;
};

/// The NULL of a column.
[[nodiscard]] sql::Value null_of(const Column& column) noexcept;

}  // namespace segurifai::model
