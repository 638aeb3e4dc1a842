#pragma once

#include <string_view>

#include "base/error.hpp"
#include "sql/value.hpp"

namespace segurifai::sql {

/// One row of an answer, as the engine holds it: valid only while the sink that got it runs.
class Row {
public:
    virtual ~Row() = default;

    [[nodiscard]] virtual int size() const noexcept = 0;
    [[nodiscard]] virtual std::string_view name(int column) const noexcept = 0;
    [[nodiscard]] virtual bool is_null(int column) const noexcept = 0;

    /// Reads a cell as `want` (NULL included: then `out` is a typed null). `scale` matters for
    /// kDecimal only. False when the stored value is not of that type: data nobody described.
    [[nodiscard]] virtual bool get(int column, ValueType want, int scale, Value& out) const = 0;

    /// Short forms for the engines' catalogues and counts; 0 and "" for NULL or another type.
    [[nodiscard]] std::int64_t integer(int column) const {
        Value value;
        return get(column, ValueType::kInteger, 0, value) && !value.is_null() ? value.as_integer()
                                                                              : 0;
    }
    [[nodiscard]] std::string_view text(int column) const {
        Value value;
        return get(column, ValueType::kText, 0, value) && !value.is_null() ? value.as_text()
                                                                           : std::string_view();
    }
};

/// Where the rows of a statement go, one at a time, as they arrive.
class RowSink {
public:
    virtual ~RowSink() = default;
    /// False stops the statement: the rest is not read.
    virtual bool on_row(const Row& row) = 0;
};

/// A sink made of a callable: `auto sink = each_row([&](const Row& row) { …; return true; });`
template <class Function>
class CallingSink final : public RowSink {
public:
    explicit CallingSink(Function function) : function_(std::move(function)) {}
    bool on_row(const Row& row) override {
        if constexpr (std::is_void_v<decltype(function_(row))>) {
            function_(row);
            return true;
        } else {
            return function_(row);
        }
    }

private:
    Function function_;
};

template <class Function>
[[nodiscard]] CallingSink<Function> each_row(Function function) {
    return CallingSink<Function>(std::move(function));
}

}  // namespace segurifai::sql
