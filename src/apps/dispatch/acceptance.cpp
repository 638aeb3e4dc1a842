// A unit takes a request: the one place where two may want the same, and one gets it.

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "apps/assistance/request_row.hpp"
#include "apps/assistance/status_change.hpp"
#include "apps/dispatch/earnings.hpp"
#include "apps/dispatch/offer_closing.hpp"
#include "apps/dispatch/offers.hpp"
#include "apps/dispatch/positions.hpp"
#include "apps/platform.hpp"
#include "apps/providers/closed_offer.hpp"
#include "apps/providers/estimator.hpp"
#include "apps/unit_of_work.hpp"
#include "base/guatemala.hpp"
#include "model/cells.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using assistance::RequestStatus;
using sql::Value;

/// When a desk calls back, at the latest.
constexpr std::int64_t kDeskPromiseSeconds = std::int64_t{15} * 60;

const sql::Query kHoldUnit{
    "dispatch.unit.hold_for_job",
    "SELECT p.status, EXISTS (SELECT 1 FROM providers_capability c WHERE c.provider_id = p.id AND "
    "c.code = 'DESK' AND c.approved) FROM providers_provider p WHERE p.id = $1",
    "SELECT p.status, EXISTS (SELECT 1 FROM providers_capability c WHERE c.provider_id = p.id AND "
    "c.code = 'DESK' AND c.approved) FROM providers_provider p WHERE p.id = $1 "
    "FOR NO KEY UPDATE OF p",
    sql::Query::Kind::kPoint};
const sql::Query kHasJob{"dispatch.unit.has_job",
                         "SELECT id FROM dispatch_assignment WHERE provider_id = $1 AND "
                         "ended_at IS NULL AND NOT is_desk",
                         sql::Query::Kind::kPoint};
const sql::Query kOwnVehicle{
    "dispatch.unit.own_vehicle",
    "SELECT id FROM providers_vehicle WHERE provider_id = $1 AND is_active AND "
    "(id = $2 OR ($2 IS NULL AND (in_use OR (SELECT COUNT(*) FROM providers_vehicle o "
    "WHERE o.provider_id = $1 AND o.is_active) = 1))) ORDER BY in_use DESC, id LIMIT 1",
    sql::Query::Kind::kPoint};
const sql::Query kAccept{"dispatch.offer.accept",
                         "UPDATE dispatch_offer SET state = 'ACCEPTED', closed_at = $2 "
                         "WHERE id = $1 AND state = 'OPEN' AND expires_at > $2"};
const sql::Query kFound{
    "dispatch.search.found",
    "UPDATE dispatch_search SET state = 'ASSIGNED', next_at = NULL, updated_at = $2 "
    "WHERE request_id = $1"};

/// What is promised at acceptance.
struct Promise {
    Instant promised_at;
    Instant expected_at;
};

/// Everything an acceptance stands on, its rows held: the request's, then the unit's.
struct Acceptance {
    Offer offer;
    assistance::AssistanceRequest request;
    bool is_desk = false;
    std::optional<providers::VehicleId> vehicle;
};

/// The unit's row, held. `is_desk` tells whether it is a desk.
Task<Result<bool>> hold_unit(sql::Transaction& transaction, providers::ProviderId unit) {
    std::optional<providers::ProviderStatus> status;
    bool is_desk = false;
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        model::Cells cells(row);
        cells >> status >> is_desk;
        good = cells.good();
    });
    const std::array params{Value::integer(unit.value)};
    const auto ran = co_await transaction.run(kHoldUnit, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A stored unit does not read back.");
    if (!status) co_return refuse(Refusal::kNotFound);
    if (*status != providers::ProviderStatus::kActive)
        co_return refuse(Refusal::kProviderNotActive);
    co_return is_desk;
}

Task<Result<bool>> has_job(sql::Transaction& transaction, providers::ProviderId unit) {
    const std::array params{Value::integer(unit.value)};
    auto sink = sql::each_row([](const sql::Row&) {});
    const auto ran = co_await transaction.run(kHasJob, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return *ran > 0;
}

/// The vehicle the unit comes with: the one it names, else the one it has in use, else its only
/// one. Of several the member is shown none: they look out for its plate.
Task<Result<std::optional<providers::VehicleId>>> vehicle_of(
    sql::Transaction& transaction, providers::ProviderId unit,
    std::optional<providers::VehicleId> named) {
    std::optional<providers::VehicleId> vehicle;
    auto sink = sql::each_row([&](const sql::Row& row) {
        vehicle = providers::VehicleId{static_cast<std::int32_t>(row.integer(0))};
    });
    const std::array params{
        Value::integer(unit.value),
        named ? Value::integer(named->value) : Value::null(sql::ValueType::kInteger)};
    const auto ran = co_await transaction.run(kOwnVehicle, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (named && !vehicle) co_return fault("vehicle_id", "There is no such row.");
    co_return vehicle;
}

/// Why this offer cannot be accepted any more; nothing = it can.
std::optional<Refusal> why_closed(const Offer& offer, RequestStatus status, Instant now) {
    if (offer.state == OfferState::kTaken) return Refusal::kAlreadyAssigned;
    if (offer.state != OfferState::kOpen) return Refusal::kOfferClosed;
    if (status == RequestStatus::kCancelled) return Refusal::kOfferClosed;
    if (status != RequestStatus::kPending) return Refusal::kAlreadyAssigned;
    if (offer.expires_at <= now) return Refusal::kOfferClosed;
    return std::nullopt;
}

Task<Result<Acceptance>> hold(sql::Transaction& transaction, const http::Call& call,
                              const AcceptInput& input) {
    SEGURIFAI_CO_TRY_AS(const OfferId id, call.path_id<OfferId>());
    const auto seen = co_await model::find<Offer>(transaction, id);
    if (!seen) co_return std::unexpected(seen.error());
    if (!*seen || (*seen)->provider_id.value != call.caller.provider_id)
        co_return refuse(Refusal::kNotFound);
    const providers::ProviderId unit = (*seen)->provider_id;
    const auto request = co_await assistance::find_for_update(transaction, (*seen)->request_id);
    if (!request) co_return std::unexpected(request.error());
    if (!*request) co_return refuse(Refusal::kNotFound);
    Acceptance made{.request = **request};
    SEGURIFAI_CO_TRY_AS(made.is_desk, co_await hold_unit(transaction, unit));
    const auto offer = co_await model::find<Offer>(transaction, id);  // as it stands under the lock
    if (!offer) co_return std::unexpected(offer.error());
    if (!*offer) co_return refuse(Refusal::kNotFound);
    made.offer = **offer;
    if (const auto closed = why_closed(made.offer, made.request.status, call.at))
        co_return refuse(*closed);
    if (!made.is_desk) {
        SEGURIFAI_CO_TRY_AS(const bool busy, co_await has_job(transaction, unit));
        if (busy) co_return refuse(Refusal::kUnitBusy);
    }
    SEGURIFAI_CO_TRY_AS(made.vehicle, co_await vehicle_of(transaction, unit, input.vehicle_id));
    co_return made;
}

/// The promise: four arrivals of five are within it, from where the unit is now. A unit that says
/// it takes longer is believed.
Task<Result<Promise>> promise(sql::Transaction& transaction, const Acceptance& made,
                              const AcceptInput& input, Instant now) {
    Promise given{.promised_at = add_seconds(now, kDeskPromiseSeconds),
                  .expected_at = add_seconds(now, kDeskPromiseSeconds)};
    const std::optional<apps::Position> place = place_of(made.request);
    if (!made.is_desk && place) {
        const providers::ProviderId unit = made.offer.provider_id;
        SEGURIFAI_CO_TRY_AS(const auto from, co_await fresh_position(transaction, unit, now));
        providers::Estimate way{
            .road_km = static_cast<double>(made.offer.distance_km.unscaled) / 100.0,
            .minutes = static_cast<double>(made.offer.eta_minutes)};
        if (from) {
            SEGURIFAI_CO_TRY_AS(const auto kind,
                                co_await vehicle_kind_of(transaction, unit, made.vehicle));
            way = providers::estimate(*from, *place, kind, now);
        }
        given = {.promised_at = providers::promised_at(now, way),
                 .expected_at = providers::arrival_at(now, way)};
    }
    if (!input.eta_minutes) co_return given;
    given.expected_at = add_seconds(now, std::int64_t{*input.eta_minutes} * 60);
    given.promised_at = std::max(given.promised_at, given.expected_at);
    co_return given;
}

/// The request's metadata with the promise, as members see it.
Result<Json> with_promise(const Json& metadata, const Promise& given, Instant now) {
    boost::system::error_code failed;
    boost::json::value tree = boost::json::parse(metadata.text, failed);
    if (failed || !tree.is_object())
        return fail(Code::kCorrupt, "A request's metadata is no JSON object.");
    const double minutes = seconds_between(now, given.promised_at) / 60.0;
    boost::json::object& promised = tree.as_object()["promise"].emplace_object();
    promised["arrival_at"] = given.promised_at.to_string();
    promised["minutes"] = static_cast<std::int64_t>(std::ceil(minutes));
    promised["made_at"] = now.to_string();
    return Json::parse(boost::json::serialize(tree));
}

/// Which race was lost, when a unique index says so in the end.
Error lost_race(Error error) {
    if (error.code != Code::kUniqueViolation) return error;
    const bool unit =
        error.column == "provider_id" || error.constraint.find("active_unit") != std::string::npos;
    return {.code = Code::kConflict,
            .message = {},
            .refusal = unit ? Refusal::kUnitBusy : Refusal::kAlreadyAssigned};
}

Task<Result<Assignment>> assign(sql::Transaction& transaction, const http::Call& call,
                                const Acceptance& made, const Promise& given) {
    // The pay that was offered stands: it is reckoned by the distance of the offer.
    const Earnings pay = earnings(service_code_of(made.request), made.offer.distance_km);
    Assignment row{.request_id = made.request.id,
                   .provider_id = made.offer.provider_id,
                   .offer_id = made.offer.id,
                   .vehicle_id = made.vehicle,
                   .is_desk = made.is_desk,
                   .distance_km = made.offer.distance_km,
                   .assigned_at = call.at,
                   .promised_at = given.promised_at,
                   .arrival_estimate_at = given.expected_at,
                   .pay_base = pay.base,
                   .pay_distance_bonus = pay.distance_bonus};
    row.photo_document_ids.text = "[]";
    const auto inserted = co_await model::insert(transaction, call.platform.clock, row);
    if (!inserted) co_return std::unexpected(lost_race(inserted.error()));
    co_return row;
}

/// The offers of the request are over, and its search.
Task<Result<void>> close_search(sql::Transaction& transaction, const http::Call& call,
                                const Acceptance& made) {
    const assistance::AssistanceRequestId request = made.request.id;
    const providers::ClosedOffer closed{
        .offer = made.offer.id, .unit = made.offer.provider_id, .request = request};
    SEGURIFAI_CO_TRY(
        co_await providers::publish_closed(transaction, call.at, closed, "ACCEPTED", "ACCEPTED"));
    const auto siblings = co_await close_siblings(transaction, call.at, request, made.offer.id);
    if (!siblings) co_return std::unexpected(siblings.error());
    const std::array found{Value::integer(request.value), Value::instant(call.at)};
    const auto settled = co_await transaction.run(kFound, found);
    if (!settled) co_return std::unexpected(settled.error());
    co_return Result<void>();
}

Task<Result<JobView>> accept_now(sql::Transaction& transaction, http::Call& call,
                                 const AcceptInput& input) {
    SEGURIFAI_CO_TRY_AS(const Acceptance made, co_await hold(transaction, call, input));
    SEGURIFAI_CO_TRY_AS(const Promise given, co_await promise(transaction, made, input, call.at));
    const std::array closing{Value::integer(made.offer.id.value), Value::instant(call.at)};
    const auto accepted = co_await transaction.run(kAccept, closing);
    if (!accepted) co_return std::unexpected(accepted.error());
    if (*accepted == 0) co_return refuse(Refusal::kOfferClosed);
    SEGURIFAI_CO_TRY_AS(Json metadata, with_promise(made.request.metadata, given, call.at));
    assistance::StatusChange change{.request_id = made.request.id,
                                    .from = RequestStatus::kPending,
                                    .to = RequestStatus::kAssigned,
                                    .actor = assistance::Actor::kUnit,
                                    .provider_id = made.offer.provider_id,
                                    .estimated_arrival_time = given.expected_at,
                                    .metadata = std::move(metadata)};
    SEGURIFAI_CO_TRY(co_await assistance::change_status(transaction, call, std::move(change)));
    SEGURIFAI_CO_TRY_AS(const Assignment assignment,
                        co_await assign(transaction, call, made, given));
    SEGURIFAI_CO_TRY(co_await close_search(transaction, call, made));
    co_return co_await job_view(transaction, call, assignment);
}

}  // namespace

Task<Result<JobView>> accept(http::Call& call, AcceptInput input) {
    if (!call.caller.provider_id) co_return refuse(Refusal::kNotFound);
    if (!call.caller.provider_active) co_return refuse(Refusal::kProviderNotActive);
    const apps::Work<JobView> work = [&](sql::Transaction& transaction) -> Task<Result<JobView>> {
        co_return co_await accept_now(transaction, call, input);
    };
    const auto done = co_await apps::perform<JobView>(call, work);
    // Other offers the unit holds are withdrawn, and their requests go on to other units.
    if (done) call.platform.wake_dispatch();
    co_return done;
}

}  // namespace segurifai::dispatch
