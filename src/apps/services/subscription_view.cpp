#include "apps/services/subscription_view.hpp"

#include <utility>

#include "apps/services/allowance.hpp"

namespace segurifai::services {

SubscriptionView subscription_view(const UserService& row, PlanLabel plan,
                                   std::optional<Cycle> cycle, Date today) {
    SubscriptionView view;
    view.subscription = row;
    view.plan = std::move(plan);
    view.covered_now = covered_now(row.status, row.end_date, today);
    view.days_left = days_left(row.status, row.end_date, today);
    view.grace_until = grace_until(row.status, row.end_date);
    if (row.status == SubscriptionStatus::kCancelled) view.ends_on = row.end_date;
    view.cycle = cycle;
    return view;
}

}  // namespace segurifai::services
