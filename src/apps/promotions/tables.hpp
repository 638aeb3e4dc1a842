#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "apps/promotions/choices.hpp"
#include "apps/promotions/plan_ids.hpp"
#include "base/decimal.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::promotions {

/// Promotional code definitions.
struct PromoCode {
    SEGURIFAI_TABLE(PromoCode, {.number = 20,
                                .app = "promotions",
                                .name = "promotions_promocode",
                                .retention = Retention::kReferenceData,
                                .help = "Promotional code definitions."})

    SEGURIFAI_COLUMN(1, kNone, PromoCodeId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, std::string, code, .unique = true, .length = 50,
                     .help = "Promo code")
    SEGURIFAI_COLUMN(3, kNone, std::string, name, .length = 100, .help = "Code name")
    SEGURIFAI_COLUMN(4, kNone, std::string, description, .preset = "", .help = "Description")
    SEGURIFAI_COLUMN(5, kNone, DiscountType, discount_type, .length = 20,
                     .help = "Percentage or fixed amount")
    SEGURIFAI_COLUMN(6, kNone, Money, discount_value, .min = "0",
                     .help = "Percent or GTQ, by discount_type")
    SEGURIFAI_COLUMN(7, kNone, std::optional<Money>, max_discount_amount, .min = "0",
                     .help = "Most a percentage may take off (GTQ)")
    SEGURIFAI_COLUMN(8, kNone, Money, min_purchase_amount, .preset = "0.00", .min = "0",
                     .help = "Least purchase it applies to (GTQ)")
    SEGURIFAI_COLUMN(9, kNone, std::optional<std::int32_t>, max_uses, .min = "0",
                     .help = "Total use limit")
    SEGURIFAI_COLUMN(10, kNone, std::int32_t, max_uses_per_user, .preset = 1, .min = "0",
                     .help = "Per-user limit")
    SEGURIFAI_COLUMN(11, kNone, std::int32_t, current_uses, .preset = 0, .min = "0",
                     .help = "Current usage")
    SEGURIFAI_COLUMN(12, kNone, Instant, valid_from, .help = "Start date")
    SEGURIFAI_COLUMN(13, kNone, Instant, valid_until, .help = "End date")
    SEGURIFAI_COLUMN(14, kNone, Json, applicable_services, .preset = "[]", .json = JsonKind::kArray,
                     .validate = &plan_ids_fault, .help = "Service plan ids; [] = all")
    SEGURIFAI_COLUMN(15, kNone, PromoCodeStatus, status, .length = 20, .preset = "ACTIVE",
                     .help = "Whether the code may be used")
    SEGURIFAI_COLUMN(16, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(17, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "status_valid_from_valid_until_idx",
                     .columns = {"status", "valid_from", "valid_until"}},
    };

    static constexpr std::array kChecks{
        model::Check{.name = "validity_order", .expression = "valid_until > valid_from"},
        model::Check{.name = "percentage_max",
                     .expression = "discount_type <> 'PERCENTAGE' OR discount_value <= 100"},
    };
};

/// Promo code usage tracking.
struct PromoCodeUsage {
    SEGURIFAI_TABLE(PromoCodeUsage, {.number = 21,
                                     .app = "promotions",
                                     .name = "promotions_promocodeusage",
                                     .retention = Retention::kLedger,
                                     .help = "Promo code usage tracking."})

    SEGURIFAI_COLUMN(1, kNone, PromoCodeUsageId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, PromoCodeId, promo_code_id, .references = "promotions_promocode",
                     .on_delete = OnDelete::kRestrict, .help = "Promo code")
    SEGURIFAI_COLUMN(3, kReference, users::UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kRestrict, .help = "User")
    SEGURIFAI_COLUMN(4, kReference, std::optional<assistance::AssistanceRequestId>,
                     assistance_request_id, .references = "assistance_assistancerequest",
                     .on_delete = OnDelete::kSetNull, .help = "Request applied")
    SEGURIFAI_COLUMN(5, kFinancial, Money, discount_applied, .min = "0", .help = "Actual discount")
    SEGURIFAI_COLUMN(6, kNone, Instant, used_at, .auto_time = AutoTime::kInsert,
                     .help = "Usage timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "request_idx", .columns = {"assistance_request_id"}},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::promotions
