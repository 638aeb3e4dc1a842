#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "apps/services/tables.hpp"
#include "http/shape.hpp"

namespace segurifai::services {

/// A category where it stands beside a row that belongs to it.
struct CategoryLabel {
    static constexpr std::string_view kShape = "ServiceCategoryLabel";
    ServiceCategoryId id;
    std::string name;
    CategoryType category_type = CategoryType::kRoadside;
    static consteval auto fields() {
        return std::array{http::field<&CategoryLabel::id>("id"),
                          http::field<&CategoryLabel::name>("name"),
                          http::field<&CategoryLabel::category_type>("category_type")};
    }
};

/// A plan with its category (API §2.4).
struct PlanView {
    static constexpr std::string_view kShape = "ServicePlan";
    ServicePlan plan;
    CategoryLabel category;
    static consteval auto fields() {
        return std::array{http::row<&PlanView::plan>(),
                          http::field<&PlanView::category>("category")};
    }
};

/// The view of a plan; its category is among `categories`.
[[nodiscard]] PlanView plan_view(const ServicePlan& plan,
                                 std::span<const ServiceCategory> categories);

}  // namespace segurifai::services
