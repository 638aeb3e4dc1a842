#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::dispatch {

/// The jobs of a unit (API §2.7).
[[nodiscard]] std::vector<http::Route> routes();

}  // namespace segurifai::dispatch
