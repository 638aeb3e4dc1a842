#include "apps/dispatch/job_steps.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/assistance/json_members.hpp"
#include "apps/assistance/status_change.hpp"
#include "apps/assistance/timeline.hpp"
#include "apps/audit/service.hpp"
#include "apps/dispatch/arrival.hpp"
#include "apps/dispatch/positions.hpp"
#include "apps/events/service.hpp"
#include "apps/platform.hpp"
#include "apps/unit_of_work.hpp"
#include "base/json_object.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using assistance::RequestStatus;
using sql::Value;

constexpr std::int64_t kStepAgeMaxMicros = std::int64_t{12} * 3'600 * 1'000'000;

// An estimate of the arrival is for members a promise kept or broken; the row of the request shows
// the latest one.
const sql::Query kDepart{
    "dispatch.job.depart",
    "UPDATE dispatch_assignment SET departed_at = $2, arrival_estimate_at = $3 "
    "WHERE id = $1 AND ended_at IS NULL AND departed_at IS NULL AND arrived_at IS NULL"};
const sql::Query kExpect{"dispatch.job.expect",
                         "UPDATE assistance_assistancerequest SET estimated_arrival_time = $2, "
                         "updated_at = $3 WHERE id = $1"};
const sql::Query kStart{
    "dispatch.job.start",
    "UPDATE dispatch_assignment SET started_at = $2 "
    "WHERE id = $1 AND ended_at IS NULL AND arrived_at IS NOT NULL AND started_at IS NULL"};
const sql::Query kGiveBack{"dispatch.job.give_back",
                           "UPDATE dispatch_assignment SET ended_at = $2, end_reason = $3 "
                           "WHERE id = $1 AND ended_at IS NULL"};
const sql::Query kSearchAgain{
    "dispatch.search.again",
    "UPDATE dispatch_search SET state = 'WAITING', wave = 0, next_at = $2, updated_at = $2 "
    "WHERE request_id = $1"};
const sql::Query kSearchAnew{
    "dispatch.search.anew",
    "INSERT INTO dispatch_search (request_id, state, wave, next_at, created_at, updated_at) "
    "VALUES ($1, 'WAITING', 0, $2, $2, $2)"};

/// Runs a compare-and-set; nothing changed means that somebody else was there before.
Task<Result<void>> set(sql::Transaction& transaction, const sql::Query& query, sql::Params params) {
    const auto changed = co_await transaction.run(query, params);
    if (!changed) co_return std::unexpected(changed.error());
    if (*changed == 0) co_return refuse(Refusal::kInvalidTransition);
    co_return Result<void>();
}

Task<Result<void>> audit_step(sql::Transaction& transaction, const http::Call& call, const Job& job,
                              Instant at) {
    JsonObject after;
    after.text("at", at.to_string()).integer("request_id", job.request.id.value);
    co_return co_await audit::record(transaction, call,
                                     change_of(job.assignment, after.to_string()));
}

Task<Result<JobView>> depart_now(sql::Transaction& transaction, http::Call& call,
                                 const StepInput& input) {
    SEGURIFAI_CO_TRY_AS(Job job, co_await hold_job(transaction, call));
    if (job.request.status != RequestStatus::kAssigned || job.assignment.departed_at ||
        job.assignment.arrived_at)
        co_return refuse(Refusal::kInvalidTransition);
    SEGURIFAI_CO_TRY_AS(const Instant at, step_time(call.at, job.assignment, input.occurred_at));
    const auto given = place_of(input.latitude, input.longitude);
    const auto arrival = co_await estimate_arrival(transaction, job, given, call.at);
    if (!arrival) co_return std::unexpected(arrival.error());
    job.assignment.departed_at = at;
    job.assignment.arrival_estimate_at = *arrival;
    job.request.estimated_arrival_time = *arrival;
    const Value expected = Value::instant(*arrival);
    const std::array step{Value::integer(job.assignment.id.value), Value::instant(at), expected};
    SEGURIFAI_CO_TRY(co_await set(transaction, kDepart, step));
    const std::array shown{Value::integer(job.request.id.value), expected, Value::instant(call.at)};
    SEGURIFAI_CO_TRY(co_await set(transaction, kExpect, shown));
    JsonObject metadata;
    metadata.text("at", at.to_string()).text("state", "EN_ROUTE");
    assistance::UpdateEntry entry{.request_id = job.request.id,
                                  .author = users::UserId{call.caller.user_id},
                                  .type = assistance::UpdateType::kLocationUpdate,
                                  .message = "La unidad va en camino.",
                                  .metadata = metadata.to_string()};
    const auto told = co_await assistance::add_update(transaction, call.at, std::move(entry));
    if (!told) co_return std::unexpected(told.error());
    SEGURIFAI_CO_TRY(co_await audit_step(transaction, call, job, at));
    co_return co_await job_view(transaction, call, job.assignment);
}

Task<Result<JobView>> arrive_now(sql::Transaction& transaction, http::Call& call,
                                 const StepInput& input) {
    SEGURIFAI_CO_TRY_AS(Job job, co_await hold_job(transaction, call));
    if (job.request.status != RequestStatus::kAssigned || job.assignment.arrived_at)
        co_return refuse(Refusal::kInvalidTransition);
    SEGURIFAI_CO_TRY_AS(const Instant at, step_time(call.at, job.assignment, input.occurred_at));
    const auto given = place_of(input.latitude, input.longitude);
    const auto doubted = co_await is_far_from_place(transaction, job, given, call.at);
    if (!doubted) co_return std::unexpected(doubted.error());
    Arrival arrival{.at = at, .author = users::UserId{call.caller.user_id}, .in_doubt = *doubted};
    SEGURIFAI_CO_TRY(co_await set_arrived(transaction, call.at, job, arrival));
    SEGURIFAI_CO_TRY(co_await audit_step(transaction, call, job, at));
    co_return co_await job_view(transaction, call, job.assignment);
}

Task<Result<JobView>> start_now(sql::Transaction& transaction, http::Call& call,
                                const StepInput& input) {
    SEGURIFAI_CO_TRY_AS(Job job, co_await hold_job(transaction, call));
    if (job.request.status != RequestStatus::kAssigned)
        co_return refuse(Refusal::kInvalidTransition);
    if (!job.assignment.arrived_at) co_return refuse(Refusal::kNotArrived);
    SEGURIFAI_CO_TRY_AS(const Instant at, step_time(call.at, job.assignment, input.occurred_at));
    assistance::StatusChange change{.request_id = job.request.id,
                                    .from = RequestStatus::kAssigned,
                                    .to = RequestStatus::kInProgress,
                                    .actor = assistance::Actor::kUnit};
    SEGURIFAI_CO_TRY(co_await assistance::change_status(transaction, call, std::move(change)));
    const std::array step{Value::integer(job.assignment.id.value), Value::instant(at)};
    SEGURIFAI_CO_TRY(co_await set(transaction, kStart, step));
    job.request.status = RequestStatus::kInProgress;
    job.assignment.started_at = at;
    co_return co_await job_view(transaction, call, job.assignment);
}

/// The search begins anew, at once, from the nearest wave.
Task<Result<void>> search_again(sql::Transaction& transaction, const Job& job, Instant now) {
    const std::array params{Value::integer(job.request.id.value), Value::instant(now)};
    const auto changed = co_await transaction.run(kSearchAgain, params);
    if (!changed) co_return std::unexpected(changed.error());
    if (*changed > 0) co_return Result<void>();
    const auto made = co_await transaction.run(kSearchAnew, params);
    if (!made) co_return std::unexpected(made.error());
    co_return Result<void>();
}

Task<Result<http::NoContent>> withdraw_now(sql::Transaction& transaction, http::Call& call,
                                           const WithdrawInput& input) {
    SEGURIFAI_CO_TRY_AS(const Job job, co_await hold_job(transaction, call));
    if (job.request.status != RequestStatus::kAssigned)
        co_return refuse(Refusal::kInvalidTransition);
    assistance::StatusChange change{.request_id = job.request.id,
                                    .from = RequestStatus::kAssigned,
                                    .to = RequestStatus::kPending,
                                    .actor = assistance::Actor::kUnit,
                                    .reason = input.reason};
    change.metadata.emplace(assistance::without_member(job.request.metadata.text, "promise"));
    SEGURIFAI_CO_TRY(co_await assistance::change_status(transaction, call, std::move(change)));
    const std::array ended{Value::integer(job.assignment.id.value), Value::instant(call.at),
                           Value::text(input.reason)};
    SEGURIFAI_CO_TRY(co_await set(transaction, kGiveBack, ended));
    SEGURIFAI_CO_TRY(co_await search_again(transaction, job, call.at));
    co_return http::NoContent{};
}

}  // namespace

Result<Instant> step_time(Instant now, const Assignment& job, std::optional<Instant> occurred_at) {
    const Instant previous = std::max({job.assigned_at, job.departed_at.value_or(job.assigned_at),
                                       job.arrived_at.value_or(job.assigned_at),
                                       job.started_at.value_or(job.assigned_at)});
    if (!occurred_at) return std::max(now, previous);
    if (*occurred_at > now) return fault("occurred_at", "Must not be in the future.");
    if (*occurred_at < previous)
        return fault("occurred_at", "Must not be before the previous step.");
    if (occurred_at->micros < now.micros - kStepAgeMaxMicros)
        return fault("occurred_at", "Must not be more than 12 hours ago.");
    return *occurred_at;
}

Result<void> check_place(const std::optional<Coordinate>& latitude,
                         const std::optional<Coordinate>& longitude) {
    if (latitude.has_value() == longitude.has_value()) return {};
    return fault(latitude ? "longitude" : "latitude", "This field is required.");
}

Task<Result<JobView>> depart(http::Call& call, StepInput input) {
    SEGURIFAI_CO_TRY(check_place(input.latitude, input.longitude));
    const apps::Work<JobView> work = [&](sql::Transaction& transaction) -> Task<Result<JobView>> {
        co_return co_await depart_now(transaction, call, input);
    };
    co_return co_await apps::perform<JobView>(call, work);
}

Task<Result<JobView>> arrived(http::Call& call, StepInput input) {
    SEGURIFAI_CO_TRY(check_place(input.latitude, input.longitude));
    const apps::Work<JobView> work = [&](sql::Transaction& transaction) -> Task<Result<JobView>> {
        co_return co_await arrive_now(transaction, call, input);
    };
    co_return co_await apps::perform<JobView>(call, work);
}

Task<Result<JobView>> start(http::Call& call, StepInput input) {
    SEGURIFAI_CO_TRY(check_place(input.latitude, input.longitude));
    const apps::Work<JobView> work = [&](sql::Transaction& transaction) -> Task<Result<JobView>> {
        co_return co_await start_now(transaction, call, input);
    };
    co_return co_await apps::perform<JobView>(call, work);
}

Task<Result<http::NoContent>> withdraw(http::Call& call, WithdrawInput input) {
    const apps::Work<http::NoContent> work =
        [&](sql::Transaction& transaction) -> Task<Result<http::NoContent>> {
        co_return co_await withdraw_now(transaction, call, input);
    };
    const auto done = co_await apps::perform<http::NoContent>(call, work);
    if (done) call.platform.wake_dispatch();
    co_return done;
}

}  // namespace segurifai::dispatch
