#include "apps/dispatch/positions.hpp"

#include <array>

#include "apps/providers/eligibility.hpp"
#include "apps/providers/estimator.hpp"
#include "apps/providers/location_fix.hpp"
#include "base/guatemala.hpp"
#include "model/cells.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using providers::VehicleKind;

const sql::Query kPosition{"dispatch.unit.position",
                           "SELECT latitude, longitude FROM providers_providerlocation "
                           "WHERE provider_id = $1 AND last_updated >= $2",
                           sql::Query::Kind::kPoint};
const sql::Query kVehicle{"dispatch.unit.vehicle",
                          "SELECT kind FROM providers_vehicle WHERE provider_id = $1 AND "
                          "(id = $2 OR is_active) ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END, "
                          "in_use DESC, id LIMIT 1",
                          sql::Query::Kind::kPoint};

}  // namespace

std::optional<apps::Position> place_of(const std::optional<Coordinate>& latitude,
                                       const std::optional<Coordinate>& longitude) {
    if (!latitude || !longitude) return std::nullopt;
    return apps::position_of(*latitude, *longitude);
}

std::optional<apps::Position> place_of(const assistance::AssistanceRequest& request) {
    return place_of(request.location_latitude, request.location_longitude);
}

Task<Result<std::optional<apps::Position>>> fresh_position(sql::Executor& executor,
                                                           providers::ProviderId unit,
                                                           Instant now) {
    const Instant since = add_seconds(now, -providers::kSilenceMaxSeconds);
    const std::array params{sql::Value::integer(unit.value), sql::Value::instant(since)};
    std::optional<Coordinate> latitude;
    std::optional<Coordinate> longitude;
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        model::Cells cells(row);
        cells >> latitude >> longitude;
        good = cells.good();
    });
    const auto ran = co_await executor.run(kPosition, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A stored position does not read back.");
    co_return place_of(latitude, longitude);
}

Task<Result<VehicleKind>> vehicle_kind_of(sql::Executor& executor, providers::ProviderId unit,
                                          std::optional<providers::VehicleId> vehicle) {
    const std::array params{
        sql::Value::integer(unit.value),
        vehicle ? sql::Value::integer(vehicle->value) : sql::Value::null(sql::ValueType::kInteger)};
    VehicleKind kind = VehicleKind::kCar;
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        model::Cells cells(row);
        cells >> kind;
        good = cells.good();
    });
    const auto ran = co_await executor.run(kVehicle, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A stored vehicle does not read back.");
    co_return kind;
}

Task<Result<Instant>> estimate_arrival(sql::Executor& executor, const Job& job,
                                       std::optional<apps::Position> given, Instant now) {
    const Instant before = job.assignment.arrival_estimate_at;
    const std::optional<apps::Position> place = place_of(job.request);
    if (job.assignment.is_desk || !place) co_return before;
    std::optional<apps::Position> from = given;
    if (!from) {
        SEGURIFAI_CO_TRY_AS(from,
                            co_await fresh_position(executor, job.assignment.provider_id, now));
    }
    if (!from) co_return before;
    SEGURIFAI_CO_TRY_AS(
        const VehicleKind kind,
        co_await vehicle_kind_of(executor, job.assignment.provider_id, job.assignment.vehicle_id));
    co_return providers::arrival_at(now, providers::estimate(*from, *place, kind, now));
}

Task<Result<bool>> is_far_from_place(sql::Executor& executor, const Job& job,
                                     std::optional<apps::Position> given, Instant now) {
    const std::optional<apps::Position> place = place_of(job.request);
    if (job.assignment.is_desk || !place) co_return false;
    std::optional<apps::Position> unit = given;
    if (!unit) {
        SEGURIFAI_CO_TRY_AS(unit,
                            co_await fresh_position(executor, job.assignment.provider_id, now));
    }
    co_return providers::is_arrival_in_doubt(unit, *place);
}

}  // namespace segurifai::dispatch
