#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "apps/providers/choices.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::providers {

/// A vehicle that a unit drives.
struct Vehicle {
    SEGURIFAI_TABLE(Vehicle, {.number = 32,
                              .app = "providers",
                              .name = "providers_vehicle",
                              .retention = Retention::kAccount,
                              .help = "A vehicle that a unit drives."})

    SEGURIFAI_COLUMN(1, kReference, VehicleId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, ProviderId, provider_id, .references = "providers_provider",
                     .on_delete = OnDelete::kCascade, .help = "Whose")
    SEGURIFAI_COLUMN(3, kNone, VehicleKind, kind, .length = 20, .help = "What it is")
    SEGURIFAI_COLUMN(4, kReference, std::string, plate, .unique = true, .length = 12,
                     .help = "Number plate: C-001DMO")
    SEGURIFAI_COLUMN(5, kNone, std::string, make, .length = 60, .preset = "",
                     .help = "Manufacturer")
    SEGURIFAI_COLUMN(6, kNone, std::string, model, .length = 60, .preset = "", .help = "Model")
    SEGURIFAI_COLUMN(7, kNone, std::int32_t, year, .min = "1950", .max = "2100",
                     .help = "Model year")
    SEGURIFAI_COLUMN(8, kNone, std::string, color, .length = 30, .preset = "", .help = "Colour")
    SEGURIFAI_COLUMN(9, kNone, bool, is_active, .preset = true,
                     .help = "Retired vehicles stay for history")
    SEGURIFAI_COLUMN(10, kNone, bool, in_use, .preset = false,
                     .help = "The one the unit drives now")
    SEGURIFAI_COLUMN(11, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(12, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "provider_idx", .columns = {"provider_id"}},
    };
};

/// A service that a unit gives, once operations have approved it.
struct Capability {
    SEGURIFAI_TABLE(Capability,
                    {.number = 33,
                     .app = "providers",
                     .name = "providers_capability",
                     .retention = Retention::kAccount,
                     .help = "A service that a unit gives, once operations have approved it."})

    SEGURIFAI_COLUMN(1, kReference, CapabilityId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, ProviderId, provider_id, .references = "providers_provider",
                     .on_delete = OnDelete::kCascade, .help = "Whose")
    SEGURIFAI_COLUMN(3, kNone, std::string, code, .length = 40,
                     .help = "Service code; DESK marks a desk unit")
    SEGURIFAI_COLUMN(4, kNone, bool, approved, .preset = false, .help = "By operations")
    SEGURIFAI_COLUMN(5, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")

    static constexpr std::array kIndexes{
        model::Index{
            .name = "provider_code_uniq", .columns = {"provider_id", "code"}, .unique = true},
        model::Index{.name = "code_idx", .columns = {"code"}},
    };
};

}  // namespace segurifai::providers
