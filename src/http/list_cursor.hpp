#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/filter.hpp"

/// What a cursor says once it is opened: a row's values in the columns of the order, and which way
/// to go from there.
namespace segurifai::http {

struct ListPlace {
    bool backward = false;
    std::vector<sql::OwnedValue> values;
};

[[nodiscard]] std::string write_place(const ListPlace& place);

/// Nothing when `text` holds no place in the order of `filter`.
[[nodiscard]] std::optional<ListPlace> read_place(const model::Filter& filter,
                                                  std::string_view text);

}  // namespace segurifai::http
