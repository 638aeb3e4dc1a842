#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "base/task.hpp"
#include "model/codec.hpp"
#include "model/column.hpp"
#include "sql/database.hpp"
#include "sql/row.hpp"

/// Reading rows that are no rows of one table: joins, counts, a few columns.
namespace segurifai::model {

/// Reads the cells of a row from left to right, each as its C++ type. A std::optional takes NULL as
/// nothing. After a cell that is not of its type, which is left as it was, `good()` is false.
class Cells {
public:
    explicit Cells(const sql::Row& row, int first = 0) noexcept : row_(row), next_(first) {}

    template <class T>
    void take(T& out) {
        sql::Value value;
        const sql::ValueType type = value_type(Codec<T>::kType);
        const bool read = row_.get(next_++, type, kScaleOf<T>, value) && !value.is_null();
        if (!read || !Codec<T>::store(out, value)) good_ = false;
    }
    template <class T>
    void take(std::optional<T>& out) {
        if (!row_.is_null(next_)) return take(out.emplace());
        ++next_;
        out.reset();
    }
    /// The same, for many in one line.
    template <class T>
    Cells& operator>>(T& out) {
        take(out);
        return *this;
    }

    /// Passes over cells.
    void skip(int count) noexcept { next_ += count; }
    /// Whether the next cell is NULL.
    [[nodiscard]] bool next_is_null() const noexcept { return row_.is_null(next_); }
    [[nodiscard]] bool good() const noexcept { return good_; }

private:
    const sql::Row& row_;
    int next_;
    bool good_ = true;
};

/// The first `size` cells of a row, as a row: for decoding a table's columns that stand first in
/// a join.
class FirstCells final : public sql::Row {
public:
    FirstCells(const sql::Row& row, int size) noexcept : row_(row), size_(size) {}

    [[nodiscard]] int size() const noexcept override { return size_; }
    [[nodiscard]] std::string_view name(int column) const noexcept override {
        return row_.name(column);
    }
    [[nodiscard]] bool is_null(int column) const noexcept override { return row_.is_null(column); }
    [[nodiscard]] bool get(int column, sql::ValueType want, int scale,
                           sql::Value& out) const override {
        return row_.get(column, want, scale, out);
    }

private:
    const sql::Row& row_;
    int size_;
};

/// Takes the first row of a statement as a `T`, which has `void read(Cells&)`.
template <class T>
class OneRow final : public sql::RowSink {
public:
    bool on_row(const sql::Row& row) override {
        Cells cells(row);
        found_.emplace().read(cells);
        good_ = cells.good();
        return false;
    }
    /// Nothing without a row; kCorrupt when a cell is not of its type.
    [[nodiscard]] Result<std::optional<T>> take() {
        if (!good_) return fail(Code::kCorrupt, "A stored value is not of its column.");
        return std::move(found_);
    }

private:
    std::optional<T> found_;
    bool good_ = true;
};

/// The first row of a statement, as OneRow gives it. What `params` point at stays alive until it
/// resumes.
template <class T>
[[nodiscard]] Task<Result<std::optional<T>>> read_one(sql::Executor& executor,
                                                      const sql::Query& query, sql::Params params) {
    OneRow<T> row;
    const auto ran = co_await executor.run(query, params, &row);
    if (!ran) co_return std::unexpected(ran.error());
    co_return row.take();
}

}  // namespace segurifai::model
