#pragma once

#include <vector>

#include "model/table.hpp"

namespace segurifai::apps {

/// Every table of the product in number order: the one place generic code starts from.
[[nodiscard]] std::vector<const model::Table*> all_tables();

}  // namespace segurifai::apps
