#pragma once

#include <optional>

#include "apps/dispatch/job.hpp"
#include "apps/geography.hpp"
#include "apps/providers/choices.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::dispatch {

/// A place, when both coordinates are there.
[[nodiscard]] std::optional<apps::Position> place_of(const std::optional<Coordinate>& latitude,
                                                     const std::optional<Coordinate>& longitude);

/// Where a request is to be served; nothing where no place was given.
[[nodiscard]] std::optional<apps::Position> place_of(const assistance::AssistanceRequest& request);

/// Where a unit was heard from in the last five minutes before `now`; nothing when it was not.
[[nodiscard]] Task<Result<std::optional<apps::Position>>> fresh_position(sql::Executor& executor,
                                                                         providers::ProviderId unit,
                                                                         Instant now);

/// What a unit drives: that vehicle, else the one it has in use, else a car.
[[nodiscard]] Task<Result<providers::VehicleKind>> vehicle_kind_of(
    sql::Executor& executor, providers::ProviderId unit,
    std::optional<providers::VehicleId> vehicle);

/// When the unit of a job will be at its place, leaving `given` (else its fresh position) at
/// `now`. What was expected before stands where neither is known, and for desks.
[[nodiscard]] Task<Result<Instant>> estimate_arrival(sql::Executor& executor, const Job& job,
                                                     std::optional<apps::Position> given,
                                                     Instant now);

/// Whether the unit is more than 500 m from the place of its job, or nobody knows where. Never for
/// desks and requests without a place.
[[nodiscard]] Task<Result<bool>> is_far_from_place(sql::Executor& executor, const Job& job,
                                                   std::optional<apps::Position> given,
                                                   Instant now);

}  // namespace segurifai::dispatch
