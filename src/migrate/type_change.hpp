#pragma once

#include "migrate/operation.hpp"

namespace segurifai::migrate {

/// What turning one column's values into another column's does to them: nothing (also when values
/// that do not fit are refused rather than cut), a loss (rounded, merged, written otherwise), or
/// kIrreversible when there is no conversion at all. Looks at type, length, precision and scale.
[[nodiscard]] Safety type_change(const ColumnState& from, const ColumnState& to) noexcept;

}  // namespace segurifai::migrate
