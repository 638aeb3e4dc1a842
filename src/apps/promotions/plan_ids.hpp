#pragma once

#include <optional>
#include <string>

#include "sql/value.hpp"

namespace segurifai::promotions {

/// The validator of `applicable_services`: a JSON array of ids of service plans, each a positive
/// whole number and none twice. Empty means all plans (RULES §3).
[[nodiscard]] std::optional<std::string> plan_ids_fault(const sql::Value& value);

}  // namespace segurifai::promotions
