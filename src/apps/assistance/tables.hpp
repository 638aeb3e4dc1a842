#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/assistance/choices.hpp"
#include "apps/keys.hpp"
#include "base/decimal.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::assistance {

/// Service assistance requests.
struct AssistanceRequest {
    SEGURIFAI_TABLE(AssistanceRequest, {.number = 9,
                                        .app = "assistance",
                                        .name = "assistance_assistancerequest",
                                        .retention = Retention::kRequest,
                                        .help = "Service assistance requests."})

    SEGURIFAI_COLUMN(1, kReference, AssistanceRequestId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, std::string, request_number, .unique = true, .length = 20,
                     .help = "Tracking number")
    SEGURIFAI_COLUMN(3, kReference, users::UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kRestrict, .help = "Requesting user")
    SEGURIFAI_COLUMN(4, kReference, std::optional<services::UserServiceId>, user_service_id,
                     .references = "services_userservice", .on_delete = OnDelete::kSetNull,
                     .help = "User subscription")
    SEGURIFAI_COLUMN(5, kNone, std::optional<services::ServiceCategoryId>, service_category_id,
                     .references = "services_servicecategory", .on_delete = OnDelete::kSetNull,
                     .help = "Service category")
    SEGURIFAI_COLUMN(6, kReference, std::optional<providers::ProviderId>, provider_id,
                     .references = "providers_provider", .on_delete = OnDelete::kSetNull,
                     .help = "Assigned provider")
    SEGURIFAI_COLUMN(7, kContent, std::string, title, .length = 200, .help = "Request title")
    SEGURIFAI_COLUMN(8, kHealth, std::string, description, .preset = "", .help = "Request details")
    SEGURIFAI_COLUMN(9, kLocation, std::optional<Coordinate>, location_latitude, .min = "-90",
                     .max = "90", .help = "User latitude")
    SEGURIFAI_COLUMN(10, kLocation, std::optional<Coordinate>, location_longitude, .min = "-180",
                     .max = "180", .help = "User longitude")
    SEGURIFAI_COLUMN(11, kLocation, std::string, location_address, .length = 500, .preset = "",
                     .help = "User address")
    SEGURIFAI_COLUMN(12, kLocation, std::string, location_city, .length = 100, .preset = "",
                     .help = "City")
    SEGURIFAI_COLUMN(13, kNone, Priority, priority, .length = 20, .preset = "MEDIUM",
                     .help = "How urgent the request is")
    SEGURIFAI_COLUMN(14, kNone, RequestStatus, status, .length = 20, .preset = "PENDING",
                     .help = "Where the request stands")
    SEGURIFAI_COLUMN(15, kFinancial, std::optional<Money>, estimated_cost, .min = "0",
                     .help = "Estimated cost")
    SEGURIFAI_COLUMN(16, kFinancial, std::optional<Money>, actual_cost, .min = "0",
                     .help = "Final cost")
    SEGURIFAI_COLUMN(17, kNone, std::optional<Instant>, estimated_arrival_time, .help = "ETA")
    SEGURIFAI_COLUMN(18, kNone, std::optional<Instant>, actual_arrival_time,
                     .help = "Actual arrival")
    SEGURIFAI_COLUMN(19, kNone, std::optional<Instant>, completed_at, .help = "Completion time")
    SEGURIFAI_COLUMN(20, kContent, std::string, cancellation_reason, .preset = "",
                     .help = "Cancellation reason")
    SEGURIFAI_COLUMN(21, kHealth, std::string, notes, .preset = "", .help = "Internal notes")
    SEGURIFAI_COLUMN(22, kHealth, Json, metadata, .preset = "{}", .json = JsonKind::kObject,
                     .help = "Additional data")
    SEGURIFAI_COLUMN(23, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(24, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "user_requests_idx", .columns = {"user_id", "created_at"}},
        model::Index{.name = "provider_requests_idx", .columns = {"provider_id", "status"}},
        model::Index{.name = "geo_idx", .columns = {"location_latitude", "location_longitude"}},
        model::Index{.name = "status_idx", .columns = {"status"}},
        model::Index{.name = "user_id_idx", .columns = {"user_id"}},
        model::Index{.name = "provider_id_idx", .columns = {"provider_id"}},
        model::Index{.name = "created_at_idx", .columns = {"created_at"}},
    };
};

/// Request status updates and timeline.
struct RequestUpdate {
    SEGURIFAI_TABLE(RequestUpdate, {.number = 10,
                                    .app = "assistance",
                                    .name = "assistance_requestupdate",
                                    .retention = Retention::kRequest,
                                    .help = "Request status updates and timeline."})

    SEGURIFAI_COLUMN(1, kNone, RequestUpdateId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, AssistanceRequestId, request_id,
                     .references = "assistance_assistancerequest", .on_delete = OnDelete::kCascade,
                     .help = "Parent request")
    SEGURIFAI_COLUMN(3, kReference, std::optional<users::UserId>, user_id,
                     .references = "users_user", .on_delete = OnDelete::kSetNull,
                     .help = "Update author")
    SEGURIFAI_COLUMN(4, kNone, UpdateType, update_type, .length = 50, .help = "Update type")
    SEGURIFAI_COLUMN(5, kContent, std::string, message, .help = "Update message")
    SEGURIFAI_COLUMN(6, kContent, Json, metadata, .preset = "{}", .json = JsonKind::kObject,
                     .help = "Additional data")
    SEGURIFAI_COLUMN(7, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "request_id_created_at_idx", .columns = {"request_id", "created_at"}},
    };
};

/// Documents attached to requests.
struct RequestDocument {
    SEGURIFAI_TABLE(RequestDocument, {.number = 11,
                                      .app = "assistance",
                                      .name = "assistance_requestdocument",
                                      .retention = Retention::kRequest,
                                      .help = "Documents attached to requests."})

    SEGURIFAI_COLUMN(1, kNone, RequestDocumentId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, AssistanceRequestId, request_id,
                     .references = "assistance_assistancerequest", .on_delete = OnDelete::kCascade,
                     .help = "Parent request")
    SEGURIFAI_COLUMN(3, kReference, users::UserId, uploaded_by_id, .references = "users_user",
                     .on_delete = OnDelete::kRestrict, .help = "Uploader")
    SEGURIFAI_COLUMN(4, kNone, DocumentType, document_type, .length = 50, .help = "Document type")
    SEGURIFAI_COLUMN(5, kContent, std::string, file, .length = 100, .help = "Stored file path")
    SEGURIFAI_COLUMN(6, kContent, std::string, filename, .length = 255, .help = "Original filename")
    SEGURIFAI_COLUMN(7, kNone, std::int32_t, file_size, .preset = 0, .min = "0",
                     .help = "Size in bytes")
    SEGURIFAI_COLUMN(8, kNone, std::string, mime_type, .length = 100, .preset = "",
                     .help = "MIME type")
    SEGURIFAI_COLUMN(9, kNone, ReviewStatus, review_status, .length = 20, .preset = "PENDING",
                     .help = "Where the review stands")
    SEGURIFAI_COLUMN(10, kIdentity, Json, ai_analysis, .preset = "{}", .json = JsonKind::kObject,
                     .help = "AI review results")
    SEGURIFAI_COLUMN(11, kContent, std::string, reviewer_notes, .preset = "",
                     .help = "Manual review notes")
    SEGURIFAI_COLUMN(12, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Upload timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "request_idx", .columns = {"request_id"}},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::assistance
