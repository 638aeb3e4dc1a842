#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::server {

/// admin.audit and admin.audit.verify (API §2.13).
[[nodiscard]] std::vector<http::Route> audit_routes();

}  // namespace segurifai::server
