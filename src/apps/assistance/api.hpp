#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::assistance {

/// Every operation of this app.
[[nodiscard]] std::vector<http::Route> routes();

// By story, one file each.
[[nodiscard]] std::vector<http::Route> request_routes();
[[nodiscard]] std::vector<http::Route> creation_routes();
[[nodiscard]] std::vector<http::Route> cancellation_routes();
[[nodiscard]] std::vector<http::Route> update_routes();
[[nodiscard]] std::vector<http::Route> tracking_routes();
[[nodiscard]] std::vector<http::Route> document_routes();

}  // namespace segurifai::assistance
