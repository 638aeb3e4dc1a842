#pragma once

#include <array>
#include <optional>

#include "apps/keys.hpp"
#include "apps/providers/own_view.hpp"
#include "apps/providers/tables.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"
#include "sql/database.hpp"

// Whether a unit is on duty (API §2.5, providers.availability), and what ends with it.

namespace segurifai::providers {

struct Duty {
    static constexpr std::string_view kShape = "ProviderDuty";
    bool is_available = false;
    bool is_online = false;
    std::optional<VehicleId> vehicle_id;
    std::optional<Coordinate> latitude;
    std::optional<Coordinate> longitude;
    static consteval auto fields() {
        return std::array{
            http::field<&Duty::is_available>("is_available"),
            http::field<&Duty::is_online>("is_online"),
            http::field<&Duty::vehicle_id>("vehicle_id", {.min = "1"}),
            http::field<&Duty::latitude>("latitude", {.min = "-90", .max = "90"}),
            http::field<&Duty::longitude>("longitude", {.min = "-180", .max = "180"})};
    }
};

/// providers.availability: the unit's flag, its location row, the vehicle it drives, and its open
/// offers, in one transaction. kProviderNotActive; kUnitBusy going offline with a job; a fault of
/// `vehicle_id` unless it is an active vehicle of its own, of `latitude` when nothing says where it
/// is.
[[nodiscard]] Task<Result<OwnView>> set_duty(http::Call& call, Duty duty);

/// Withdraws the open offers of a unit: each tells so through the outbox, and their requests are
/// looked at again now.
[[nodiscard]] Task<Result<void>> withdraw_open_offers(sql::Transaction& transaction, Instant at,
                                                      ProviderId id);

/// Whether the unit has a job in hands. Of desks only where `desks_count`: what they work binds
/// nobody to a place.
[[nodiscard]] Task<Result<bool>> has_active_job(sql::Executor& executor, ProviderId id,
                                                bool desks_count);

}  // namespace segurifai::providers
