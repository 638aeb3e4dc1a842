#pragma once

#include <map>
#include <string>
#include <string_view>

namespace segurifai::migrate {

/// Old name → new name of columns.
using Renames = std::map<std::string, std::string, std::less<>>;

/// Whether a check's expression or an index's predicate names the column. Only identifiers count:
/// text in quotes, and words followed by "(" (functions), do not.
[[nodiscard]] bool mentions(std::string_view sql, std::string_view column);

/// The expression after all the renames at once, as both engines rewrite it when a column is
/// renamed. Everything but the identifiers stays as it is written.
[[nodiscard]] std::string renamed(std::string_view sql, const Renames& renames);

}  // namespace segurifai::migrate
