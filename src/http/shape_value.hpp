#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/json_tree.hpp"
#include "http/shape_plan.hpp"

/// Single values of a field, from the three places they come from, into the member of a struct.
namespace segurifai::http {

/// Reads the value at `index`, which is not null, into `target`, a scalar of this field. Says what
/// is wrong with it, or nothing.
[[nodiscard]] std::optional<std::string> read_scalar(const FieldPlan& plan, const JsonTree& tree,
                                                     std::size_t index, void* target);

/// The same from the text of a query parameter.
[[nodiscard]] std::optional<std::string> read_scalar(const FieldPlan& plan, std::string_view text,
                                                     void* target);

}  // namespace segurifai::http
