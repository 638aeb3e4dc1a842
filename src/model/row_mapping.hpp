#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "model/description.hpp"
#include "model/record.hpp"
#include "sql/row.hpp"

namespace segurifai::model {

/// The failure of a stored value that the column's description cannot have written.
[[nodiscard]] std::unexpected<Error> corrupt(const Table& table, const Column& column);

/// The failure of a statement that does not select the table's columns.
[[nodiscard]] std::unexpected<Error> unexpected_shape(const Table& table, int columns);

/// Fills a struct of `table` from a row that selects the table's columns in their order. kCorrupt,
/// with table and column, when a stored value is not of its column. Templates below are its faces.
[[nodiscard]] Result<void> decode_into(const Table& table, const sql::Row& row, void* out);

/// The same from a row that selects the columns at these positions, in this order.
[[nodiscard]] Result<void> decode_into(const Table& table, std::span<const std::size_t> columns,
                                       const sql::Row& row, void* out);

template <Described T>
[[nodiscard]] Result<T> decode(const sql::Row& row) {
    Result<T> out;
    if (auto decoded = decode_into(table_of<T>(), row, &*out); !decoded)
        out = std::unexpected(std::move(decoded).error());
    return out;
}

/// Collects one row, or all rows, as structs. Stops at the first row that does not decode and
/// keeps its failure in `error`.
template <Described T>
class RowsOf final : public sql::RowSink {
public:
    RowsOf() = default;
    /// Of rows that select these columns, by their positions; all when there are none.
    explicit RowsOf(std::span<const std::size_t> columns) noexcept : columns_(columns) {}

    bool on_row(const sql::Row& row) override {
        T& out = rows.emplace_back();
        auto decoded = columns_.empty() ? decode_into(table_of<T>(), row, &out)
                                        : decode_into(table_of<T>(), columns_, row, &out);
        if (!decoded) {
            error = std::move(decoded).error();
            return false;
        }
        return true;
    }

    std::vector<T> rows;
    std::optional<Error> error;

private:
    std::span<const std::size_t> columns_;
};

template <Described T>
class RowOf final : public sql::RowSink {
public:
    bool on_row(const sql::Row& row) override {
        if (auto decoded = decode_into(table_of<T>(), row, &found.emplace()); !decoded)
            error = std::move(decoded).error();
        return false;  // a point read: what is asked for has at most one row
    }

    std::optional<T> found;
    std::optional<Error> error;
};

/// Collects rows of any table as Records, likewise.
class RecordsOf final : public sql::RowSink {
public:
    explicit RecordsOf(const Table& table) noexcept : table_(&table) {}
    bool on_row(const sql::Row& row) override;

    std::vector<Record> rows;
    std::optional<Error> error;

private:
    const Table* table_;
};

}  // namespace segurifai::model
