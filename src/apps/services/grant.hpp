#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "apps/services/subscription_view.hpp"
#include "base/task.hpp"
#include "http/call.hpp"

namespace segurifai::services {

/// Staff give a member a plan: for a cycle, or to a date (API admin.subscription.grant).
struct Grant {
    static constexpr std::string_view kShape = "SubscriptionGrantRequest";
    users::UserId user_id;
    ServicePlanId plan_id;
    std::optional<Cycle> cycle;
    std::optional<Date> end_date;
    std::string reason;
    static consteval auto fields() {
        return std::array{http::field<&Grant::user_id>("user_id"),
                          http::field<&Grant::plan_id>("plan_id"),
                          http::field<&Grant::cycle>("cycle", {.help = "This or end_date"}),
                          http::field<&Grant::end_date>("end_date"),
                          http::field<&Grant::reason>("reason", {.length = 500, .length_min = 1})};
    }
};

/// Makes the member's row for the plan ACTIVE, or moves its dates: a grant for a cycle begins
/// after what is still covered, or today. Refuses who is no active member, a plan that is not on
/// offer and an end before today, as faults of the fields.
[[nodiscard]] Task<Result<SubscriptionView>> grant(http::Call& call, Grant input);

}  // namespace segurifai::services
