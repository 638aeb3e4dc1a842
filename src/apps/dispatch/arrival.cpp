#include "apps/dispatch/arrival.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/assistance/request_row.hpp"
#include "apps/assistance/timeline.hpp"
#include "apps/assistance/transitions.hpp"
#include "apps/audit/service.hpp"
#include "apps/dispatch/positions.hpp"
#include "apps/events/service.hpp"
#include "apps/providers/estimator.hpp"
#include "base/json_object.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using sql::Value;

const sql::Query kArrived{
    "dispatch.job.arrived",
    "UPDATE dispatch_assignment SET arrived_at = $2, arrival_in_doubt = $3, "
    "arrival_estimate_at = $2 WHERE id = $1 AND ended_at IS NULL AND arrived_at IS NULL"};
const sql::Query kThere{
    "dispatch.job.there",
    "UPDATE assistance_assistancerequest SET actual_arrival_time = $2, updated_at = $3 "
    "WHERE id = $1"};
const sql::Query kUnderWay{
    "dispatch.job.under_way",
    "SELECT id FROM dispatch_assignment WHERE provider_id = $1 AND ended_at IS NULL AND "
    "NOT is_desk AND departed_at IS NOT NULL AND arrived_at IS NULL",
    sql::Query::Kind::kPoint};
const sql::Query kApproach{
    "dispatch.job.approach",
    "UPDATE dispatch_assignment SET near_fixes = $2, near_at = $3, arrival_estimate_at = $4 "
    "WHERE id = $1 AND ended_at IS NULL AND arrived_at IS NULL"};

constexpr std::string_view kRequests = "assistance_assistancerequest";

Task<Result<void>> tell(sql::Transaction& transaction, Instant now, assistance::UpdateEntry entry) {
    const auto added = co_await assistance::add_update(transaction, now, std::move(entry));
    if (!added) co_return std::unexpected(added.error());
    co_return Result<void>();
}

Task<Result<void>> note_doubt(sql::Transaction& transaction, Instant now,
                              assistance::AssistanceRequestId request) {
    JsonObject metadata;
    metadata.text("audience", "staff").text("kind", "arrival.in_doubt");
    assistance::UpdateEntry entry{
        .request_id = request,
        .author = std::nullopt,
        .type = assistance::UpdateType::kNote,
        .message =
            "La unidad dijo que llegó a más de 500 m del lugar, o desde un lugar "
            "desconocido.",
        .metadata = metadata.to_string()};
    co_return co_await tell(transaction, now, std::move(entry));
}

Task<Result<std::optional<Job>>> job_under_way(sql::Transaction& transaction,
                                               providers::ProviderId unit) {
    const std::array params{Value::integer(unit.value)};
    std::optional<AssignmentId> id;
    auto sink = sql::each_row(
        [&](const sql::Row& row) { id = AssignmentId{static_cast<std::int32_t>(row.integer(0))}; });
    const auto ran = co_await transaction.run(kUnderWay, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!id) co_return std::optional<Job>();
    auto assignment = co_await model::find<Assignment>(transaction, *id);
    if (!assignment) co_return std::unexpected(std::move(assignment).error());
    if (!*assignment) co_return std::optional<Job>();
    auto request =
        co_await model::find<assistance::AssistanceRequest>(transaction, (*assignment)->request_id);
    if (!request) co_return std::unexpected(std::move(request).error());
    if (!*request) co_return std::optional<Job>();
    co_return Job{.request = std::move(**request), .assignment = std::move(**assignment)};
}

/// What the positions say, one after another.
struct Approaching {
    std::int32_t near_fixes = 0;
    std::optional<Instant> near_at;     ///< first within 500 m
    std::optional<Instant> arrived_at;  ///< the second in a row within 50 m
    apps::Position last;
};

Approaching approach_of(const Job& job, const apps::Position& place,
                        const std::vector<providers::Fix>& fixes) {
    Approaching seen{.near_fixes = job.assignment.near_fixes, .near_at = job.assignment.near_at};
    for (const providers::Fix& fix : fixes) {
        if (job.assignment.departed_at && fix.recorded_at < *job.assignment.departed_at) continue;
        seen.last = fix.position();
        if (!seen.near_at && apps::distance_km(seen.last, place) < assistance::kArrivingKm)
            seen.near_at = fix.recorded_at;
        seen.near_fixes = providers::near_fixes_after(seen.near_fixes, seen.last, place);
        if (!providers::has_arrived(seen.near_fixes)) continue;
        seen.arrived_at = fix.recorded_at;
        break;
    }
    return seen;
}

/// Arrival is told once: the request's row is held first, and the job read again under it.
Task<Result<void>> arrive(sql::Transaction& transaction, Instant now, const Job& seen, Instant at) {
    const auto held = co_await assistance::find_for_update(transaction, seen.request.id);
    if (!held) co_return std::unexpected(held.error());
    const auto again = co_await model::find<Assignment>(transaction, seen.assignment.id);
    if (!again) co_return std::unexpected(again.error());
    if (!*held || !*again || (*again)->ended_at || (*again)->arrived_at) co_return Result<void>();
    Job job{.request = **held, .assignment = **again};
    // A phone's clock may stand a little ahead of ours; what is stored never lies in the future.
    const Arrival arrival{.at = std::min(at, now), .author = std::nullopt};
    SEGURIFAI_CO_TRY(co_await set_arrived(transaction, now, job, arrival));
    JsonObject after;
    after.text("at", arrival.at.to_string()).integer("request_id", job.request.id.value);
    audit::Change change = change_of(job.assignment, after.to_string());
    change.action = "dispatch.arrived";
    co_return co_await audit::record_by_platform(transaction, now, std::move(change));
}

}  // namespace

Task<Result<void>> set_arrived(sql::Transaction& transaction, Instant now, Job& job,
                               Arrival arrival) {
    const std::array step{Value::integer(job.assignment.id.value), Value::instant(arrival.at),
                          Value::boolean(arrival.in_doubt)};
    const auto changed = co_await transaction.run(kArrived, step);
    if (!changed) co_return std::unexpected(changed.error());
    if (*changed == 0) co_return refuse(Refusal::kInvalidTransition);
    const std::array there{Value::integer(job.request.id.value), Value::instant(arrival.at),
                           Value::instant(now)};
    const auto shown = co_await transaction.run(kThere, there);
    if (!shown) co_return std::unexpected(shown.error());
    job.assignment.arrived_at = arrival.at;
    job.assignment.arrival_estimate_at = arrival.at;
    job.assignment.arrival_in_doubt = arrival.in_doubt;
    job.request.actual_arrival_time = arrival.at;
    JsonObject metadata;
    metadata.text("at", arrival.at.to_string()).text("state", "ARRIVED");
    assistance::UpdateEntry entry{
        .request_id = job.request.id,
        .author = arrival.author,
        .type = assistance::UpdateType::kLocationUpdate,
        .message = job.assignment.is_desk ? "Ya le estamos atendiendo." : "La unidad llegó.",
        .metadata = metadata.to_string()};
    SEGURIFAI_CO_TRY(co_await tell(transaction, now, std::move(entry)));
    if (arrival.in_doubt) SEGURIFAI_CO_TRY(co_await note_doubt(transaction, now, job.request.id));
    JsonObject payload;
    payload.text("at", arrival.at.to_string())
        .boolean("in_doubt", arrival.in_doubt)
        .integer("provider_id", job.assignment.provider_id.value)
        .integer("request_id", job.request.id.value);
    events::Event event{.name = "request.arrived",
                        .object_table = kRequests,
                        .object_id = std::to_string(job.request.id.value),
                        .payload = payload.to_string()};
    co_return co_await events::publish(transaction, now, std::move(event));
}

Task<Result<void>> on_fixes(sql::Transaction& transaction, Instant now, providers::ProviderId unit,
                            std::vector<providers::Fix> fixes) {
    if (fixes.empty()) co_return Result<void>();
    SEGURIFAI_CO_TRY_AS(const std::optional<Job> job, co_await job_under_way(transaction, unit));
    if (!job) co_return Result<void>();
    const std::optional<apps::Position> place = place_of(job->request);
    if (!place) co_return Result<void>();
    const Approaching seen = approach_of(*job, *place, fixes);
    if (seen.arrived_at) co_return co_await arrive(transaction, now, *job, *seen.arrived_at);
    SEGURIFAI_CO_TRY_AS(const auto kind,
                        co_await vehicle_kind_of(transaction, unit, job->assignment.vehicle_id));
    const Instant expected =
        providers::arrival_at(now, providers::estimate(fixes.back().position(), *place, kind, now));
    const std::array params{
        Value::integer(job->assignment.id.value), Value::integer(seen.near_fixes),
        seen.near_at ? Value::instant(*seen.near_at) : Value::null(sql::ValueType::kInstant),
        Value::instant(expected)};
    const auto written = co_await transaction.run(kApproach, params);
    if (!written) co_return std::unexpected(written.error());
    if (!seen.near_at || job->assignment.near_at) co_return Result<void>();
    JsonObject metadata;
    metadata.text("at", seen.near_at->to_string()).text("state", "ARRIVING");
    assistance::UpdateEntry entry{.request_id = job->request.id,
                                  .author = std::nullopt,
                                  .type = assistance::UpdateType::kLocationUpdate,
                                  .message = "La unidad está por llegar.",
                                  .metadata = metadata.to_string()};
    co_return co_await tell(transaction, now, std::move(entry));
}

}  // namespace segurifai::dispatch
