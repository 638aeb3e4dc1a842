#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/archive/choices.hpp"
#include "apps/assistance/choices.hpp"
#include "apps/keys.hpp"
#include "apps/services/choices.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::archive {

/// A request in the archive: what staff finds it by, and the whole of it packed into one column.
struct ArchivedRequest {
    SEGURIFAI_TABLE(ArchivedRequest,
                    {.number = 50,
                     .app = "archive",
                     .name = "archive_request",
                     .retention = Retention::kRequest,
                     .help = "A request in the archive, with everything that hung on it."})

    SEGURIFAI_COLUMN(1, kNone, ArchivedRequestId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, std::string, request_number, .unique = true, .length = 20,
                     .help = "Tracking number")
    SEGURIFAI_COLUMN(3, kReference, std::int32_t, request_id, .unique = true,
                     .help = "The key the request had, and has again when it is restored")
    SEGURIFAI_COLUMN(4, kReference, users::UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kRestrict, .help = "Requesting user")
    SEGURIFAI_COLUMN(5, kReference, std::optional<providers::ProviderId>, provider_id,
                     .references = "providers_provider", .on_delete = OnDelete::kSetNull,
                     .help = "Assigned provider")
    SEGURIFAI_COLUMN(6, kNone, std::optional<services::CategoryType>, category, .length = 20,
                     .help = "Line of assistance")
    SEGURIFAI_COLUMN(7, kNone, assistance::RequestStatus, status, .length = 20,
                     .help = "How the request ended")
    SEGURIFAI_COLUMN(8, kContent, std::string, title, .length = 200, .help = "Request title")
    SEGURIFAI_COLUMN(9, kLocation, std::string, city, .length = 100, .preset = "", .help = "City")
    SEGURIFAI_COLUMN(10, kHealth, std::string, search_text, .preset = "",
                     .help = "Title, description and address without accents and capitals")
    SEGURIFAI_COLUMN(11, kNone, Instant, created_at, .help = "When the request was made")
    SEGURIFAI_COLUMN(12, kNone, Instant, ended_at, .help = "When it was completed or cancelled")
    SEGURIFAI_COLUMN(13, kNone, Instant, archived_at, .help = "When it was moved here")
    SEGURIFAI_COLUMN(14, kNone, Instant, purge_at, .help = "Seven years after its end")
    SEGURIFAI_COLUMN(15, kNone, std::string, schema_version,
                     .help = "Newest migrations of the apps whose rows are packed")
    SEGURIFAI_COLUMN(16, kNone, std::int32_t, row_count, .min = "1",
                     .help = "Rows packed, the request among them")
    SEGURIFAI_COLUMN(17, kNone, std::int32_t, text_bytes, .min = "1",
                     .help = "Size of the text before it was packed")
    SEGURIFAI_COLUMN(18, kNone, std::string, text_sha256, .length = 64,
                     .help = "SHA-256 of that text, hexadecimal")
    SEGURIFAI_COLUMN(19, kHealth, std::string, packed,
                     .help = "The rows as lines of a dump, Zstandard, base64url")

    static constexpr std::array kIndexes{
        model::Index{.name = "user_idx", .columns = {"user_id", "ended_at"}},
        model::Index{.name = "provider_idx", .columns = {"provider_id", "ended_at"}},
        model::Index{.name = "created_at_idx", .columns = {"created_at"}},
        model::Index{.name = "ended_at_idx", .columns = {"ended_at"}},
        model::Index{.name = "purge_at_idx", .columns = {"purge_at"}},
    };
};

/// Something that no retention policy may move or delete.
struct LegalHold {
    SEGURIFAI_TABLE(LegalHold, {.number = 51,
                                .app = "archive",
                                .name = "archive_legalhold",
                                .retention = Retention::kOperational,
                                .help = "Something that no retention policy may move or delete."})

    SEGURIFAI_COLUMN(1, kNone, LegalHoldId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, HoldKind, kind, .length = 20, .help = "What is held")
    SEGURIFAI_COLUMN(3, kReference, std::string, object, .length = 64,
                     .help = "Number of the request, id of the account or provider, or the month")
    SEGURIFAI_COLUMN(4, kContent, std::string, reason, .length = 500, .help = "Why")
    SEGURIFAI_COLUMN(5, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Since when")

    static constexpr std::array kIndexes{
        model::Index{.name = "object_uniq", .columns = {"kind", "object"}, .unique = true},
    };
};

/// That a row which stays (a payment, a review) belongs to a request which moved away. The row's
/// own foreign key is NULL since then; a restore sets it again.
struct RequestLink {
    SEGURIFAI_TABLE(RequestLink,
                    {.number = 52,
                     .app = "archive",
                     .name = "archive_requestlink",
                     .retention = Retention::kLedger,
                     .help = "That a row which stays belongs to a request which moved away."})

    SEGURIFAI_COLUMN(1, kNone, RequestLinkId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, std::string, request_number, .length = 20,
                     .help = "The request, also after it is purged")
    SEGURIFAI_COLUMN(3, kNone, std::string, table_name, .length = 63, .help = "Table of the row")
    SEGURIFAI_COLUMN(4, kReference, std::string, row_id, .length = 64, .help = "Key of the row")
    SEGURIFAI_COLUMN(5, kNone, std::string, column_name, .length = 63,
                     .help = "Its column that pointed at the request, or at a row of it")
    SEGURIFAI_COLUMN(6, kReference, std::string, target_id, .length = 64,
                     .help = "Key of what it pointed at")

    static constexpr std::array kIndexes{
        model::Index{.name = "request_number_idx", .columns = {"request_number"}},
        model::Index{
            .name = "row_uniq", .columns = {"table_name", "row_id", "column_name"}, .unique = true},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::archive
