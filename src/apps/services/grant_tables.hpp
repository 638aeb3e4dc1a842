#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "apps/services/choices.hpp"
#include "base/decimal.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::services {

/// A plan given by staff: who, to whom, why.
struct SubscriptionGrant {
    SEGURIFAI_TABLE(SubscriptionGrant, {.number = 34,
                                        .app = "services",
                                        .name = "services_subscriptiongrant",
                                        .retention = Retention::kLedger,
                                        .help = "A plan given by staff: who, to whom, why."})

    SEGURIFAI_COLUMN(1, kReference, SubscriptionGrantId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, UserServiceId, user_service_id,
                     .references = "services_userservice", .on_delete = OnDelete::kRestrict,
                     .help = "The subscription")
    SEGURIFAI_COLUMN(3, kReference, users::UserId, granted_by_id, .references = "users_user",
                     .on_delete = OnDelete::kRestrict, .help = "The member of staff")
    SEGURIFAI_COLUMN(4, kFinancial, std::optional<Cycle>, cycle, .length = 20,
                     .help = "MONTHLY or YEARLY; NULL = an end date was given")
    SEGURIFAI_COLUMN(5, kFinancial, Date, start_date, .help = "From")
    SEGURIFAI_COLUMN(6, kFinancial, Date, end_date, .help = "To")
    SEGURIFAI_COLUMN(7, kContent, std::string, reason, .length = 500, .help = "Why")
    SEGURIFAI_COLUMN(8, kNone, Instant, created_at, .auto_time = AutoTime::kInsert, .help = "When")

    static constexpr std::array kIndexes{
        model::Index{.name = "subscription_idx", .columns = {"user_service_id"}},
    };
};

/// What a service costs who is not covered for it.
struct PayPerUsePrice {
    SEGURIFAI_TABLE(PayPerUsePrice, {.number = 35,
                                     .app = "services",
                                     .name = "services_payperuseprice",
                                     .retention = Retention::kReferenceData,
                                     .help = "What a service costs who is not covered for it."})

    SEGURIFAI_COLUMN(1, kNone, PayPerUsePriceId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, std::string, service_code, .unique = true, .length = 40,
                     .help = "Service code")
    SEGURIFAI_COLUMN(3, kNone, Money, price, .min = "0", .help = "Price (GTQ)")
    SEGURIFAI_COLUMN(4, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(5, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")
};

}  // namespace segurifai::services
