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

namespace segurifai::events {

/// Events to be told to others, written with what caused them.
struct OutboxEvent {
    SEGURIFAI_TABLE(OutboxEvent,
                    {.number = 23,
                     .app = "events",
                     .name = "events_outbox",
                     .retention = Retention::kOperational,
                     .help = "Events to be told to others, written with what caused them."})

    SEGURIFAI_COLUMN(1, kNone, OutboxEventId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, std::string, name, .length = 60,
                     .help = "request.created, offer.closed, …")
    SEGURIFAI_COLUMN(3, kNone, std::string, object_table, .length = 80,
                     .help = "Table of the object it is about")
    SEGURIFAI_COLUMN(4, kReference, std::string, object_id, .length = 64,
                     .help = "Key of the object")
    SEGURIFAI_COLUMN(5, kNone, std::int32_t, sequence, .min = "1",
                     .help = "Rises by one per object")
    SEGURIFAI_COLUMN(6, kContent, Json, payload, .preset = "{}", .json = JsonKind::kObject,
                     .help = "Ids and states, no personal data")
    SEGURIFAI_COLUMN(7, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "When it happened")
    SEGURIFAI_COLUMN(8, kNone, std::optional<Instant>, delivered_at,
                     .help = "When every consumer had it")

    static constexpr std::array kIndexes{
        model::Index{.name = "object_sequence_uniq",
                     .columns = {"object_table", "object_id", "sequence"},
                     .unique = true},
        model::Index{.name = "waiting_idx", .columns = {"id"}, .where = "delivered_at IS NULL"},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::events
