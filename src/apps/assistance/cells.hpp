#pragma once

#include <optional>
#include <string_view>

#include "model/codec.hpp"
#include "sql/row.hpp"

namespace segurifai::assistance {

/// Reads the cells of a joined row one after another, each as its C++ type. A std::optional takes
/// NULL as nothing. After a cell that is not of its type, `good()` is false.
class Cells {
public:
    explicit Cells(const sql::Row& row, int first = 0) noexcept : row_(row), next_(first) {}

    template <class T>
    Cells& operator>>(T& out) {
        good_ = take(out) && good_;
        return *this;
    }
    template <class T>
    Cells& operator>>(std::optional<T>& out) {
        if (row_.is_null(next_)) {
            ++next_;
            out.reset();
            return *this;
        }
        return *this >> out.emplace();
    }
    /// Passes over cells.
    void skip(int count) noexcept { next_ += count; }
    /// Whether the next cell is NULL.
    [[nodiscard]] bool next_is_null() const noexcept { return row_.is_null(next_); }
    [[nodiscard]] bool good() const noexcept { return good_; }

private:
    template <class T>
    bool take(T& out) {
        sql::Value value;
        return row_.get(next_++, model::value_type(model::Codec<T>::kType), model::kScaleOf<T>,
                        value) &&
               !value.is_null() && model::Codec<T>::store(out, value);
    }

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

}  // namespace segurifai::assistance
