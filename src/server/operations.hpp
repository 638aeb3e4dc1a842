#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::server {

/// The platform's own operations (API §2.1): health, metrics, schema, and the pages.
[[nodiscard]] std::vector<http::Route> platform_routes();

}  // namespace segurifai::server
