#pragma once

#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/task.hpp"
#include "model/codec.hpp"
#include "model/column.hpp"
#include "sql/database.hpp"
#include "sql/row.hpp"

namespace segurifai::sessions {

/// Reads the cells of a row from left to right as C++ types. A cell that is not of its type is
/// left as it was and makes `sound()` false.
class Cells {
public:
    explicit Cells(const sql::Row& row) noexcept : row_(row) {}

    template <class T>
    void take(T& out) {
        sql::Value value;
        const sql::ValueType type = model::value_type(model::Codec<T>::kType);
        const bool read = row_.get(next_++, type, model::kScaleOf<T>, value) && !value.is_null();
        if (!read || !model::Codec<T>::store(out, value)) is_sound_ = false;
    }
    template <class T>
    void take(std::optional<T>& out) {
        if (row_.is_null(next_)) {
            ++next_;
            out.reset();
        } else {
            take(out.emplace());
        }
    }

    [[nodiscard]] bool sound() const noexcept { return is_sound_; }

private:
    const sql::Row& row_;
    int next_ = 0;
    bool is_sound_ = true;
};

/// The first row of a statement as a `T`, which has `void read(Cells&)`; nothing without a row.
/// kCorrupt when a cell is not of its type. What `params` point at stays alive until it resumes.
template <class T>
[[nodiscard]] Task<Result<std::optional<T>>> read_one(sql::Executor& executor,
                                                      const sql::Query& query, sql::Params params) {
    std::optional<T> found;
    bool is_sound = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        Cells cells(row);
        found.emplace().read(cells);
        is_sound = cells.sound();
        return false;
    });
    const auto ran = co_await executor.run(query, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!is_sound) co_return fail(Code::kCorrupt, "A stored value is not of its column.");
    co_return std::move(found);
}

}  // namespace segurifai::sessions
