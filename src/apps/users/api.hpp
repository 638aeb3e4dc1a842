#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::users {

/// auth.* and users.* (API §2.2, §2.3).
[[nodiscard]] std::vector<http::Route> routes();

// By story; `routes()` joins them.
[[nodiscard]] std::vector<http::Route> access_routes();
[[nodiscard]] std::vector<http::Route> code_routes();
[[nodiscard]] std::vector<http::Route> account_routes();
[[nodiscard]] std::vector<http::Route> archive_routes();

}  // namespace segurifai::users
