#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "apps/services/choices.hpp"
#include "apps/services/coverage.hpp"
#include "base/decimal.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"
#include "model/validators.hpp"

namespace segurifai::services {

/// Service categories offered.
struct ServiceCategory {
    SEGURIFAI_TABLE(ServiceCategory, {.number = 2,
                                      .app = "services",
                                      .name = "services_servicecategory",
                                      .retention = Retention::kReferenceData,
                                      .help = "Service categories offered."})

    SEGURIFAI_COLUMN(1, kNone, ServiceCategoryId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, std::string, name, .length = 100, .help = "Category name")
    SEGURIFAI_COLUMN(3, kNone, CategoryType, category_type, .unique = true, .length = 20,
                     .help = "Line of assistance, one category each")
    SEGURIFAI_COLUMN(4, kNone, std::string, description, .preset = "",
                     .help = "Category description")
    SEGURIFAI_COLUMN(5, kNone, std::string, icon, .length = 50, .preset = "",
                     .help = "Icon identifier")
    SEGURIFAI_COLUMN(6, kNone, bool, is_active, .preset = true, .help = "Active status")
    SEGURIFAI_COLUMN(7, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(8, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")
};

/// Available service plans with pricing.
struct ServicePlan {
    SEGURIFAI_TABLE(ServicePlan, {.number = 3,
                                  .app = "services",
                                  .name = "services_serviceplan",
                                  .retention = Retention::kReferenceData,
                                  .help = "Available service plans with pricing."})

    SEGURIFAI_COLUMN(1, kNone, ServicePlanId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, ServiceCategoryId, category_id,
                     .references = "services_servicecategory", .on_delete = OnDelete::kRestrict,
                     .help = "Service category")
    SEGURIFAI_COLUMN(3, kNone, std::string, name, .length = 100, .help = "Plan name")
    SEGURIFAI_COLUMN(4, kNone, std::string, description, .preset = "", .help = "Plan description")
    SEGURIFAI_COLUMN(5, kNone, Money, price_monthly, .min = "0", .help = "Monthly price (GTQ)")
    SEGURIFAI_COLUMN(6, kNone, Money, price_yearly, .min = "0", .help = "Yearly price (GTQ)")
    SEGURIFAI_COLUMN(7, kNone, Json, features, .preset = "[]", .json = JsonKind::kArray,
                     .validate = &model::validators::strings,
                     .help = "One Spanish line per service, made from coverage_details")
    SEGURIFAI_COLUMN(8, kNone, Json, coverage_details, .preset = "{}", .json = JsonKind::kObject,
                     .validate = &coverage_fault, .help = "What the plan covers (RULES §2)")
    SEGURIFAI_COLUMN(9, kNone, bool, is_active, .preset = true, .help = "Active status")
    SEGURIFAI_COLUMN(10, kNone, bool, is_featured, .preset = false, .help = "Shown first")
    SEGURIFAI_COLUMN(11, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(12, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")
};

/// User subscriptions to service plans.
struct UserService {
    SEGURIFAI_TABLE(UserService, {.number = 4,
                                  .app = "services",
                                  .name = "services_userservice",
                                  .retention = Retention::kAccount,
                                  .help = "User subscriptions to service plans."})

    SEGURIFAI_COLUMN(1, kNone, UserServiceId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, users::UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kRestrict, .help = "Subscriber")
    SEGURIFAI_COLUMN(3, kFinancial, ServicePlanId, plan_id, .references = "services_serviceplan",
                     .on_delete = OnDelete::kRestrict, .help = "Service plan")
    SEGURIFAI_COLUMN(
        4, kFinancial, SubscriptionStatus, status, .length = 20,
        .help = "Where the subscription stands; covered now = ACTIVE and today <= end_date")
    SEGURIFAI_COLUMN(5, kFinancial, Date, start_date, .help = "Subscription start")
    SEGURIFAI_COLUMN(6, kFinancial, std::optional<Date>, end_date, .help = "Subscription end")
    SEGURIFAI_COLUMN(7, kFinancial, bool, auto_renew, .preset = true, .help = "Auto-renewal")
    SEGURIFAI_COLUMN(8, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(9, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")

    static constexpr std::array kIndexes{
        model::Index{
            .name = "user_id_plan_id_uniq", .columns = {"user_id", "plan_id"}, .unique = true},
        model::Index{.name = "status_idx", .columns = {"status"}},
        model::Index{.name = "end_date_idx", .columns = {"end_date"}},
    };

    static constexpr std::array kChecks{
        model::Check{.name = "dates_order",
                     .expression = "end_date IS NULL OR end_date >= start_date"},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::services
