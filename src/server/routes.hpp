#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::server {

/// Every operation of the platform.
[[nodiscard]] std::vector<http::Route> all_routes();

}  // namespace segurifai::server
