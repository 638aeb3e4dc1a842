#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::audit {

/// Who did what to which row, and when.
struct AuditEvent {
    SEGURIFAI_TABLE(AuditEvent, {.number = 22,
                                 .app = "audit",
                                 .name = "audit_event",
                                 .retention = Retention::kAudit,
                                 .help = "Who did what to which row, and when."})

    SEGURIFAI_COLUMN(1, kNone, AuditEventId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, Instant, at, .help = "When it happened")
    SEGURIFAI_COLUMN(3, kReference, std::optional<users::UserId>, actor_id,
                     .help = "The account that did it; NULL = the platform itself")
    SEGURIFAI_COLUMN(4, kNone, std::string, action, .length = 80,
                     .help = "The operation: requests.create")
    SEGURIFAI_COLUMN(5, kNone, std::string, object_table, .length = 80,
                     .help = "Table of the row it was done to")
    SEGURIFAI_COLUMN(6, kReference, std::string, object_id, .length = 64, .help = "Key of that row")
    SEGURIFAI_COLUMN(7, kContent, Json, before, .preset = "{}", .json = JsonKind::kObject,
                     .help = "Changed columns before, without credentials")
    SEGURIFAI_COLUMN(8, kContent, Json, after, .preset = "{}", .json = JsonKind::kObject,
                     .help = "Changed columns after, without credentials")
    SEGURIFAI_COLUMN(9, kNone, std::string, request_id, .length = 64, .preset = "",
                     .help = "X-Request-Id of the call")
    SEGURIFAI_COLUMN(10, kContact, std::string, address, .length = 45, .preset = "",
                     .help = "Network address of the caller")

    static constexpr std::array kIndexes{
        model::Index{.name = "object_idx", .columns = {"object_table", "object_id", "id"}},
        model::Index{.name = "at_idx", .columns = {"at"}},
    };
};

/// A month of audit events that was written to a segment outside the database. The row says what
/// the files must be; the files say what the row must be.
struct AuditSegment {
    SEGURIFAI_TABLE(AuditSegment,
                    {.number = 60,
                     .app = "audit",
                     .name = "audit_segment",
                     .retention = Retention::kOperational,
                     .help = "A month of audit events that was written to a segment outside the "
                             "database."})

    SEGURIFAI_COLUMN(1, kNone, AuditSegmentId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, std::string, month, .unique = true, .length = 7,
                     .help = "2026-11, in UTC")
    SEGURIFAI_COLUMN(3, kNone, std::int64_t, events, .min = "1", .help = "Events in the segment")
    SEGURIFAI_COLUMN(4, kNone, std::int64_t, bytes, .min = "1", .help = "Size of its file")
    SEGURIFAI_COLUMN(5, kNone, std::string, head, .length = 64,
                     .help = "The chain's hash after its last event, hexadecimal")
    SEGURIFAI_COLUMN(6, kNone, std::string, manifest_sha256, .length = 64,
                     .help = "SHA-256 of its manifest, hexadecimal")
    SEGURIFAI_COLUMN(7, kNone, Instant, closed_at, .help = "When it was written")
    SEGURIFAI_COLUMN(8, kNone, std::optional<Instant>, removed_at,
                     .help = "When its file went, two years after the month; the manifest stays")
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::audit
