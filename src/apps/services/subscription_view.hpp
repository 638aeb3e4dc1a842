#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "apps/services/tables.hpp"
#include "base/time.hpp"
#include "http/shape.hpp"

namespace segurifai::services {

struct PlanLabel {
    static constexpr std::string_view kShape = "ServicePlanLabel";
    ServicePlanId id;
    std::string name;
    CategoryType category_type = CategoryType::kRoadside;
    static consteval auto fields() {
        return std::array{http::field<&PlanLabel::id>("id"), http::field<&PlanLabel::name>("name"),
                          http::field<&PlanLabel::category_type>("category_type")};
    }
};

/// A subscription with what follows from its dates today (API §2.4).
struct SubscriptionView {
    static constexpr std::string_view kShape = "Subscription";
    UserService subscription;
    PlanLabel plan;
    bool covered_now = false;
    std::optional<std::int32_t> days_left;  ///< of cover, today included; nothing = open end
    std::optional<Date> grace_until;
    std::optional<Date> ends_on;  ///< once cancelled
    std::optional<Cycle> cycle;   ///< of the last payment or grant
    static consteval auto fields() {
        return std::array{http::row<&SubscriptionView::subscription>(),
                          http::field<&SubscriptionView::plan>("plan"),
                          http::field<&SubscriptionView::covered_now>("covered_now"),
                          http::field<&SubscriptionView::days_left>("days_left"),
                          http::field<&SubscriptionView::grace_until>("grace_until"),
                          http::field<&SubscriptionView::ends_on>("ends_on"),
                          http::field<&SubscriptionView::cycle>("cycle")};
    }
};

/// The view of a subscription on a day.
[[nodiscard]] SubscriptionView subscription_view(const UserService& row, PlanLabel plan,
                                                 std::optional<Cycle> cycle, Date today);

}  // namespace segurifai::services
