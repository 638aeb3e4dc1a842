#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/keys.hpp"
#include "apps/services/allowance.hpp"
#include "apps/services/choices.hpp"
#include "apps/services/coverage.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::services {

/// A subscription that covers its member today (RULES §2: ACTIVE and today <= end_date), with its
/// plan's coverage read.
struct CoveredSubscription {
    UserServiceId id;
    ServicePlanId plan_id;
    ServiceCategoryId category_id;
    CategoryType category_type = CategoryType::kRoadside;
    std::optional<Date> end_date;
    Instant created_at;  ///< the anniversary of its Guatemala date begins the plan-year
    Coverage coverage;
};

/// The member's covered subscriptions on `today` (a Guatemala day), by key.
[[nodiscard]] Task<Result<std::vector<CoveredSubscription>>> covered_subscriptions(
    sql::Executor& executor, users::UserId member, Date today);

/// The same, every row held until the transaction ends: two creations of one member come one after
/// the other, so that what is counted afterwards is what counts (RULES §2).
[[nodiscard]] Task<Result<std::vector<CoveredSubscription>>> hold_covered_subscriptions(
    sql::Transaction& transaction, users::UserId member, Date today);

/// A request that counts: not CANCELLED, under a subscription.
struct CountedRequest {
    UserServiceId subscription_id;
    std::string service_code;
    Instant created_at;
    Money cost;  ///< actual, else estimated, else 0
};

/// The member's requests that count, created at `since` or later. One range read of the index on
/// (user_id, created_at).
[[nodiscard]] Task<Result<std::vector<CountedRequest>>> counted_requests(sql::Executor& executor,
                                                                         users::UserId member,
                                                                         Instant since);

/// The first instant that matters to the counts of these subscriptions: of the earliest of their
/// plan-years and of this month.
[[nodiscard]] Instant counted_since(std::span<const CoveredSubscription> subscriptions, Date today);

/// What one subscription has used for one of its lines, from the member's requests.
[[nodiscard]] Counts counts_of(const CoveredSubscription& subscription, const ServiceLine& line,
                               std::span<const CountedRequest> requests, Date today);

/// The plan-year of a subscription that `today` is in.
[[nodiscard]] Period plan_year_of(const CoveredSubscription& subscription, Date today) noexcept;

/// What a member hands in for a line: its own evidence, else its category's (RULES §8, §13).
[[nodiscard]] std::vector<Evidence> evidence_of(const ServiceLine& line, CategoryType category);

/// What a service costs who is not covered for it; nothing where staff have set no price.
[[nodiscard]] Task<Result<std::optional<Money>>> pay_per_use_price(sql::Executor& executor,
                                                                   std::string service_code);

}  // namespace segurifai::services
