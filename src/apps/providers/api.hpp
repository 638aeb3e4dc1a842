#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::providers {

/// providers.*, admin.provider.* and reviews.* (API §2.5, §2.13).
[[nodiscard]] std::vector<http::Route> routes();

}  // namespace segurifai::providers
