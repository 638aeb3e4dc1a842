#pragma once

#include <string>

#include "base/error.hpp"
#include "migrate/state.hpp"
#include "sql/engine.hpp"

namespace segurifai::migrate {

/// `expression`, a value of `from`'s type, as an SQL expression of `to`'s type. Exact where the
/// types allow it: what cannot be converted is not turned into something else but makes the
/// statement fail (on SQLite by the new column's checks). Numbers are rounded half away from zero
/// where digits are lost. kUnsupported for types that have nothing to do with each other.
[[nodiscard]] Result<std::string> converted(sql::Engine engine, const ColumnState& from,
                                            const ColumnState& to, const std::string& expression);

}  // namespace segurifai::migrate
