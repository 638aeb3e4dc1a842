#pragma once

#include <deque>
#include <string>

#include "sql/postgres/wire.hpp"
#include "sql/row.hpp"

namespace segurifai::sql::postgres {

/// One row of a libpq result whose cells are all binary.
class ResultRow final : public Row {
public:
    explicit ResultRow(const PGresult* result) noexcept : result_(result) {}

    /// Moves to a row of the result. Values got from the row before are gone.
    void move_to(int row) noexcept {
        row_ = row;
        kept_.clear();
    }

    [[nodiscard]] int size() const noexcept override { return PQnfields(result_); }
    [[nodiscard]] std::string_view name(int column) const noexcept override {
        return PQfname(result_, column);
    }
    [[nodiscard]] bool is_null(int column) const noexcept override {
        return PQgetisnull(result_, row_, column) != 0;
    }
    [[nodiscard]] bool get(int column, ValueType want, int scale, Value& out) const override;

private:
    const PGresult* result_;
    int row_ = 0;
    mutable std::deque<std::string> kept_;  // canonical JSON of the present row
};

/// Gives the rows of `result` to `sink`, if any. Returns the rows given, or the rows changed when
/// the statement gives none.
[[nodiscard]] std::int64_t deliver(const PGresult* result, RowSink* sink);

/// The rows a statement says it changed; 0 where it says nothing.
[[nodiscard]] std::int64_t rows_changed(const PGresult* result) noexcept;

}  // namespace segurifai::sql::postgres
