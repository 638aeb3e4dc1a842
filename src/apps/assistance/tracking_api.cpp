// Where the help is, for polling (API §2.8).

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "apps/assistance/api.hpp"
#include "apps/assistance/json_members.hpp"
#include "apps/assistance/tracking_view.hpp"
#include "apps/assistance/visible_request.hpp"
#include "apps/geography.hpp"
#include "apps/platform.hpp"
#include "apps/providers/estimator.hpp"
#include "base/guatemala.hpp"
#include "model/cells.hpp"

namespace segurifai::assistance {
namespace {

/// The steps that have a state; a timeline is longer only by many reassignments.
const sql::Query kTimeline{
    "assistance.tracking.timeline",
    "SELECT update_type, metadata ->> 'state', created_at FROM assistance_requestupdate "
    "WHERE request_id = $1 AND metadata ->> 'state' IS NOT NULL ORDER BY created_at, id LIMIT 100",
    sql::Query::Kind::kPoint};

Task<Result<std::vector<TimelineView>>> timeline_of(sql::Executor& executor,
                                                    AssistanceRequestId id) {
    const std::array params{sql::Value::integer(id.value)};
    std::vector<TimelineView> steps;
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        TimelineView& step = steps.emplace_back();
        model::Cells cells(row);
        cells >> step.type >> step.state >> step.at;
        good = cells.good();
        return good;
    });
    const auto ran = co_await executor.run(kTimeline, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A timeline is not as it was described.");
    co_return steps;
}

TrackedUnitView unit_of(const RequestDetail& detail) {
    const UnitFacts& unit = *detail.unit;
    TrackedUnitView view;
    view.provider_id = unit.id;
    view.first_name = unit.first_name;
    view.company_name = unit.company_name;
    view.rating = unit.rating;
    if (unit.picture) view.picture = "/api/users/" + unit.user_id.value.to_string() + "/picture/";
    if (detail.job && detail.job->vehicle)
        view.vehicle = VehicleView{detail.job->vehicle->kind, detail.job->vehicle->plate,
                                   detail.job->vehicle->color};
    if (is_in_hands(detail.row.status)) view.phone = unit.phone.text();
    return view;
}

PositionView position_of(const PositionFacts& position, Instant now) {
    return {
        position.latitude,     position.longitude,
        position.heading,      position.speed,
        position.last_updated, seconds_between(position.last_updated, now) > kStaleAfterSeconds};
}

EtaView eta_of(const RequestDetail& detail, Instant now) {
    const JobFacts& job = *detail.job;
    EtaView eta;
    eta.arrival_at = job.arrival_estimate_at;
    const double seconds = std::max(seconds_between(now, job.arrival_estimate_at), 0.0);
    eta.minutes = static_cast<std::int32_t>(std::ceil(seconds / 60.0));
    eta.promised_at = job.promised_at;
    eta.source = "estimator";
    const AssistanceRequest& row = detail.row;
    if (detail.position && row.location_latitude && row.location_longitude) {
        const double straight = apps::distance_km(
            apps::position_of(*row.location_latitude, *row.location_longitude),
            apps::position_of(detail.position->latitude, detail.position->longitude));
        eta.remaining_km = std::round(straight * providers::kDetourFactor * 10.0) / 10.0;
    }
    return eta;
}

Task<Result<SnapshotView>> snapshot(http::Call& call) {
    sql::Database& database = call.platform.database;
    SEGURIFAI_CO_TRY_AS(const VisibleRequest seen, co_await find_visible(database, call));
    SEGURIFAI_CO_TRY_AS(std::vector<TimelineView> timeline,
                        co_await timeline_of(database, seen.detail->row.id));
    co_return snapshot_of(*seen.detail, std::move(timeline), seen.audience, call.caller, call.at);
}

}  // namespace

SnapshotView snapshot_of(const RequestDetail& detail, std::vector<TimelineView> timeline,
                         Audience audience, const http::Caller& caller, Instant now) {
    const AssistanceRequest& row = detail.row;
    SnapshotView view;
    view.request.id = row.id;
    view.request.request_number = row.request_number;
    view.request.status = row.status;
    view.request.tracking_state = state_of(detail);
    view.request.service_code = text_of(row.metadata.text, "service_code");
    if (row.location_latitude && row.location_longitude)
        view.request.destination =
            DestinationView{*row.location_latitude, *row.location_longitude, row.location_address};
    if (detail.unit) view.unit = unit_of(detail);
    const bool moving = detail.job && !detail.job->is_desk && is_in_hands(row.status);
    if (moving && detail.position) view.position = position_of(*detail.position, now);
    if (moving && row.status == RequestStatus::kAssigned && !detail.job->arrived_at)
        view.eta = eta_of(detail, now);
    view.timeline = std::move(timeline);
    view.can_cancel =
        may_cancel(audience, caller, row.status, detail.job && detail.job->arrived_at.has_value());
    view.can_call = detail.unit && is_in_hands(row.status);
    return view;
}

std::vector<http::Route> tracking_routes() {
    return {http::get<&snapshot>(
        "/api/assistance/tracking/{request_id}/", "tracking.snapshot",
        {.summary = "Where the help is", .etag = true, .early = &early_visible})};
}

}  // namespace segurifai::assistance
