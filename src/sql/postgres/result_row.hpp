#pragma once

#include <deque>
#include <string>

#include "sql/postgres/wire.hpp"
#include "sql/row.hpp"

namespace segurifai::sql::postgres {

/// One row of a libpq result whose cells are all binary.
class ResultRow final : public Row {
public:
    /// `first`: the result's column that is the row's first.
    explicit ResultRow(const PGresult* result, int first = 0) noexcept
        : result_(result), first_(first) {}

    /// Moves to a row of the result. Values got from the row before are gone.
    void move_to(int row) noexcept {
        row_ = row;
        kept_.clear();
    }

    [[nodiscard]] int size() const noexcept override { return PQnfields(result_) - first_; }
    [[nodiscard]] std::string_view name(int column) const noexcept override {
        return PQfname(result_, first_ + column);
    }
    [[nodiscard]] bool is_null(int column) const noexcept override {
        return PQgetisnull(result_, row_, first_ + column) != 0;
    }
    [[nodiscard]] bool get(int column, ValueType want, int scale, Value& out) const override;

private:
    const PGresult* result_;
    int first_;
    int row_ = 0;
    mutable std::deque<std::string> kept_;  // canonical JSON of the present row
};

/// Gives the rows of `result` to `sink`, if any. Returns the rows given, or the rows changed when
/// the statement gives none.
[[nodiscard]] std::int64_t deliver(const PGresult* result, RowSink* sink);
/// The same for one of the reads gathered into a statement: gives the rows whose first column says
/// `place`, without that column.
[[nodiscard]] std::int64_t deliver_gathered(const PGresult* result, std::int64_t place,
                                            RowSink* sink);

/// The rows a statement says it changed; 0 where it says nothing.
[[nodiscard]] std::int64_t rows_changed(const PGresult* result) noexcept;

}  // namespace segurifai::sql::postgres
