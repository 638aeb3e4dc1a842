#pragma once

#include <span>

#include "http/permission.hpp"

namespace segurifai::apps {

/// Who may call what (RULES §1): one row per operation, sorted by name. An operation without a row
/// stops the server from starting; so does a row without an operation.
[[nodiscard]] std::span<const http::Permission> permissions() noexcept;

}  // namespace segurifai::apps
