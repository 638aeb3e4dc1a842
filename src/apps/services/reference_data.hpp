#pragma once

#include <vector>

#include "apps/services/tables.hpp"
#include "base/error.hpp"

namespace segurifai::services {

/// The categories every installation has, one per CategoryType. Keyed by `category_type`.
[[nodiscard]] std::vector<ServiceCategory> reference_categories();

/// A plan and the category it goes under: the category's number is the database's to give.
struct ReferencePlan {
    CategoryType category;
    ServicePlan plan;  ///< without category_id
};

/// The plans every installation starts with. Keyed by `name`. `coverage_details` comes from the
/// files in plans/, `features` from it. Fails only when such a file is not right.
[[nodiscard]] Result<std::vector<ReferencePlan>> reference_plans();

}  // namespace segurifai::services
