#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::server {

/// admin.retention and admin.retention.run (API §2.13).
[[nodiscard]] std::vector<http::Route> retention_routes();

}  // namespace segurifai::server
