#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "apps/providers/choices.hpp"
#include "apps/providers/working_hours.hpp"
#include "base/decimal.hpp"
#include "base/json.hpp"
#include "base/phone.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"
#include "model/validators.hpp"

namespace segurifai::providers {

/// The mean of the stars of the reviews, two decimals.
using StarAverage = Decimal<3, 2>;

/// Provider/assistant profiles.
struct Provider {
    SEGURIFAI_TABLE(Provider, {.number = 5,
                               .app = "providers",
                               .name = "providers_provider",
                               .retention = Retention::kAccount,
                               .help = "Provider/assistant profiles."})

    SEGURIFAI_COLUMN(1, kReference, ProviderId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, users::UserId, user_id, .unique = true,
                     .references = "users_user", .on_delete = OnDelete::kRestrict,
                     .help = "Associated user")
    SEGURIFAI_COLUMN(3, kIdentity, std::string, company_name, .length = 200, .help = "Company name")
    SEGURIFAI_COLUMN(4, kIdentity, std::string, business_license, .unique = true, .length = 100,
                     .help = "License number")
    SEGURIFAI_COLUMN(5, kIdentity, std::string, tax_id, .length = 50, .preset = "",
                     .help = "Tax ID (NIT)")
    SEGURIFAI_COLUMN(6, kContact, Phone, business_phone, .length = 20,
                     .validate = &model::validators::phone, .help = "Contact phone")
    SEGURIFAI_COLUMN(7, kContact, std::string, business_email, .length = 254,
                     .validate = &model::validators::email, .help = "Contact email")
    SEGURIFAI_COLUMN(8, kContact, std::string, website, .length = 200, .preset = "",
                     .validate = &model::validators::url_or_empty, .help = "Website URL")
    SEGURIFAI_COLUMN(9, kContact, std::string, address, .help = "Physical address")
    SEGURIFAI_COLUMN(10, kContact, std::string, city, .length = 100, .help = "City")
    SEGURIFAI_COLUMN(11, kContact, std::string, state, .length = 100, .help = "State/Department")
    SEGURIFAI_COLUMN(12, kContact, std::string, postal_code, .length = 20, .help = "Postal code")
    SEGURIFAI_COLUMN(13, kContact, std::string, country, .length = 100, .preset = "Guatemala",
                     .help = "Country")
    SEGURIFAI_COLUMN(14, kLocation, std::optional<Coordinate>, latitude, .min = "-90", .max = "90",
                     .help = "HQ latitude")
    SEGURIFAI_COLUMN(15, kLocation, std::optional<Coordinate>, longitude, .min = "-180",
                     .max = "180", .help = "HQ longitude")
    SEGURIFAI_COLUMN(16, kNone, std::int32_t, service_radius_km, .preset = 50, .min = "0",
                     .help = "Service radius")
    SEGURIFAI_COLUMN(17, kNone, Json, service_areas, .preset = "[]", .json = JsonKind::kArray,
                     .validate = &model::validators::strings, .help = "Service areas")
    SEGURIFAI_COLUMN(18, kNone, bool, is_available, .preset = true, .help = "Currently available")
    SEGURIFAI_COLUMN(19, kNone, Json, working_hours, .preset = "{}", .json = JsonKind::kObject,
                     .validate = &working_hours_fault,
                     .help = "Weekly schedule in Guatemala time; {} = always")
    SEGURIFAI_COLUMN(20, kNone, StarAverage, rating, .preset = "0.00", .min = "0", .max = "5",
                     .help = "Average rating")
    SEGURIFAI_COLUMN(21, kNone, std::int32_t, total_reviews, .preset = 0, .min = "0",
                     .help = "Review count")
    SEGURIFAI_COLUMN(22, kNone, std::int32_t, total_completed, .preset = 0, .min = "0",
                     .help = "Completed requests")
    SEGURIFAI_COLUMN(23, kContent, std::optional<std::string>, certificate, .length = 100,
                     .help = "Certificate file")
    SEGURIFAI_COLUMN(24, kContent, std::optional<std::string>, insurance_policy, .length = 100,
                     .help = "Insurance file")
    SEGURIFAI_COLUMN(25, kNone, ProviderStatus, status, .length = 20, .preset = "PENDING",
                     .help = "Approval by operations")
    SEGURIFAI_COLUMN(26, kContent, std::string, verification_notes, .preset = "",
                     .help = "Admin notes")
    SEGURIFAI_COLUMN(27, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(28, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "status_idx", .columns = {"status"}},
        model::Index{.name = "geo_idx", .columns = {"latitude", "longitude"}},
    };
};

/// Real-time provider location.
struct ProviderLocation {
    SEGURIFAI_TABLE(ProviderLocation, {.number = 6,
                                       .app = "providers",
                                       .name = "providers_providerlocation",
                                       .retention = Retention::kOperational,
                                       .help = "Real-time provider location."})

    SEGURIFAI_COLUMN(1, kNone, ProviderLocationId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, ProviderId, provider_id, .unique = true,
                     .references = "providers_provider", .on_delete = OnDelete::kCascade,
                     .help = "Provider")
    SEGURIFAI_COLUMN(3, kLocation, Coordinate, latitude, .min = "-90", .max = "90",
                     .help = "Current latitude")
    SEGURIFAI_COLUMN(4, kLocation, Coordinate, longitude, .min = "-180", .max = "180",
                     .help = "Current longitude")
    SEGURIFAI_COLUMN(5, kLocation, std::optional<double>, heading, .min = "0", .max = "360",
                     .help = "Direction (0-360)")
    SEGURIFAI_COLUMN(6, kLocation, std::optional<double>, speed, .min = "0", .help = "Speed (km/h)")
    SEGURIFAI_COLUMN(7, kLocation, std::optional<double>, accuracy, .min = "0",
                     .help = "GPS accuracy (m)")
    SEGURIFAI_COLUMN(8, kNone, bool, is_online, .preset = true, .help = "Online status")
    SEGURIFAI_COLUMN(9, kNone, Instant, last_updated, .auto_time = AutoTime::kWrite,
                     .help = "Last update")

    static constexpr std::array kIndexes{
        model::Index{.name = "online_idx", .columns = {"is_online", "last_updated"}},
        model::Index{.name = "is_online_idx", .columns = {"is_online"}},
        model::Index{.name = "last_updated_idx", .columns = {"last_updated"}},
    };
};

/// Historical location tracking.
struct ProviderLocationHistory {
    SEGURIFAI_TABLE(ProviderLocationHistory, {.number = 7,
                                              .app = "providers",
                                              .name = "providers_providerlocationhistory",
                                              .retention = Retention::kLocationHistory,
                                              .partition_by = "recorded_at",
                                              .retained_from = "recorded_at",
                                              .help = "Historical location tracking."})

    SEGURIFAI_COLUMN(1, kNone, ProviderLocationHistoryId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, ProviderId, provider_id, .references = "providers_provider",
                     .on_delete = OnDelete::kCascade, .help = "Provider")
    SEGURIFAI_COLUMN(3, kReference, std::optional<assistance::AssistanceRequestId>,
                     assistance_request_id, .references = "assistance_assistancerequest",
                     .on_delete = OnDelete::kSetNull, .help = "Associated request")
    SEGURIFAI_COLUMN(4, kLocation, Coordinate, latitude, .min = "-90", .max = "90",
                     .help = "Latitude")
    SEGURIFAI_COLUMN(5, kLocation, Coordinate, longitude, .min = "-180", .max = "180",
                     .help = "Longitude")
    SEGURIFAI_COLUMN(6, kLocation, std::optional<double>, heading, .min = "0", .max = "360",
                     .help = "Direction")
    SEGURIFAI_COLUMN(7, kLocation, std::optional<double>, speed, .min = "0", .help = "Speed")
    SEGURIFAI_COLUMN(8, kNone, Instant, recorded_at, .auto_time = AutoTime::kInsert,
                     .help = "Recording time")

    static constexpr std::array kIndexes{
        model::Index{.name = "provider_recorded_idx", .columns = {"provider_id", "recorded_at"}},
        model::Index{.name = "request_recorded_idx",
                     .columns = {"assistance_request_id", "recorded_at"}},
    };
};

/// Provider reviews from users.
struct ProviderReview {
    SEGURIFAI_TABLE(ProviderReview, {.number = 8,
                                     .app = "providers",
                                     .name = "providers_providerreview",
                                     .retention = Retention::kAccount,
                                     .help = "Provider reviews from users."})

    SEGURIFAI_COLUMN(1, kNone, ProviderReviewId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, ProviderId, provider_id, .references = "providers_provider",
                     .on_delete = OnDelete::kRestrict, .help = "Provider reviewed")
    SEGURIFAI_COLUMN(3, kReference, users::UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kRestrict, .help = "Reviewer")
    SEGURIFAI_COLUMN(4, kReference, std::optional<assistance::AssistanceRequestId>,
                     assistance_request_id, .references = "assistance_assistancerequest",
                     .on_delete = OnDelete::kSetNull, .help = "Associated request")
    SEGURIFAI_COLUMN(5, kContent, std::int32_t, rating, .min = "1", .max = "5",
                     .help = "Stars, 1 to 5")
    SEGURIFAI_COLUMN(6, kContent, std::string, comment, .preset = "", .help = "Review comment")
    SEGURIFAI_COLUMN(7, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(8, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "provider_user_request_uniq",
                     .columns = {"provider_id", "user_id", "assistance_request_id"},
                     .unique = true},
        model::Index{.name = "request_idx", .columns = {"assistance_request_id"}},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::providers
