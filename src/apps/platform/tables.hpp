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

namespace segurifai::platform {

/// A call that was answered, so that repeating it has no second effect.
struct IdempotencyKey {
    SEGURIFAI_TABLE(
        IdempotencyKey,
        {.number = 29,
         .app = "platform",
         .name = "platform_idempotencykey",
         .retention = Retention::kSession,
         .retained_from = "created_at",
         .help = "A call that was answered, so that repeating it has no second effect."})

    SEGURIFAI_COLUMN(1, kNone, IdempotencyKeyId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, std::string, caller, .length = 64,
                     .help = "The account, or the address of a stranger")
    SEGURIFAI_COLUMN(3, kNone, std::string, operation, .length = 80,
                     .help = "requests.create, with its path")
    SEGURIFAI_COLUMN(4, kNone, std::string, key, .length = 255,
                     .help = "Idempotency-Key as it was sent")
    SEGURIFAI_COLUMN(5, kNone, std::string, body_hash, .length = 64,
                     .help = "SHA-256 of path and body, hexadecimal")
    SEGURIFAI_COLUMN(6, kNone, std::int32_t, status, .min = "200", .max = "599",
                     .help = "Status of the answer")
    SEGURIFAI_COLUMN(7, kNone, Json, headers, .preset = "{}", .json = JsonKind::kObject,
                     .help = "Headers of the answer that belong to the effect")
    SEGURIFAI_COLUMN(8, kContent, std::string, body, .preset = "", .help = "Body of the answer")
    SEGURIFAI_COLUMN(9, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Kept 24 hours from here")

    static constexpr std::array kIndexes{
        model::Index{
            .name = "call_uniq", .columns = {"caller", "operation", "key"}, .unique = true},
        model::Index{.name = "created_at_idx", .columns = {"created_at"}},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::platform
