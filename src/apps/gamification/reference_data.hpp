#pragma once

#include <vector>

#include "apps/gamification/tables.hpp"

namespace segurifai::gamification {

/// The achievements every installation starts with. Keyed by `nombre`.
[[nodiscard]] std::vector<Achievement> reference_achievements();

}  // namespace segurifai::gamification
