#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::services {

/// Every operation of this app.
[[nodiscard]] std::vector<http::Route> routes();

// By story, one file each.
[[nodiscard]] std::vector<http::Route> catalogue_routes();
[[nodiscard]] std::vector<http::Route> subscription_routes();
[[nodiscard]] std::vector<http::Route> coverage_routes();

}  // namespace segurifai::services
