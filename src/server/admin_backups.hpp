#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::server {

/// admin.backups and admin.backups.run (API §2.13).
[[nodiscard]] std::vector<http::Route> backup_routes();

}  // namespace segurifai::server
