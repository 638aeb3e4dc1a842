#include "apps/providers/duty.hpp"

#include <string>
#include <utility>
#include <vector>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/providers/changes.hpp"
#include "apps/providers/closed_offer.hpp"
#include "apps/providers/position_buffer.hpp"
#include "apps/providers/provider_view.hpp"
#include "apps/unit_of_work.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::providers {
namespace {

using sql::Value;

// Offers, searches and jobs are dispatch's, which stands above.
const sql::Query kWithdraw{"providers.duty.withdraw_offers",
                           "UPDATE dispatch_offer SET state = 'WITHDRAWN', closed_at = $2 "
                           "WHERE provider_id = $1 AND state = 'OPEN' RETURNING id, request_id"};
const sql::Query kLookAgain{"providers.duty.look_again",
                            "UPDATE dispatch_search SET next_at = $2, updated_at = $2 "
                            "WHERE request_id = $1 AND state = 'WAITING' AND next_at > $2"};
const sql::Query kActiveJob{
    "providers.duty.active_job",
    "SELECT 1 FROM dispatch_assignment WHERE provider_id = $1 AND ended_at IS NULL AND "
    "(NOT is_desk OR $2) LIMIT 1",
    sql::Query::Kind::kPoint};

const sql::Query kIsDesk{"providers.duty.is_desk",
                         "SELECT 1 FROM providers_capability WHERE provider_id = $1 AND "
                         "code = 'DESK' AND approved",
                         sql::Query::Kind::kPoint};

const sql::Query kFlag{"providers.duty.flag",
                       "UPDATE providers_provider SET is_available = $2, updated_at = $3 "
                       "WHERE id = $1 AND status = 'ACTIVE'"};
const sql::Query kDrive{"providers.duty.drive",
                        "UPDATE providers_vehicle SET in_use = (id = $2), updated_at = $3 "
                        "WHERE provider_id = $1 AND in_use <> (id = $2)"};
const sql::Query kPlace{
    "providers.duty.place",
    "INSERT INTO providers_providerlocation (provider_id, latitude, longitude, is_online, "
    "last_updated) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (provider_id) DO UPDATE SET "
    "latitude = excluded.latitude, longitude = excluded.longitude, heading = NULL, speed = NULL, "
    "accuracy = NULL, is_online = excluded.is_online, last_updated = excluded.last_updated"};
const sql::Query kOnline{
    "providers.duty.online",
    "UPDATE providers_providerlocation SET is_online = $2 WHERE provider_id = $1"};

Result<void> check_pair(const Duty& duty) {
    if (duty.latitude.has_value() == duty.longitude.has_value()) return {};
    return fault(duty.latitude ? "longitude" : "latitude", "This field is required.");
}

/// Marks the vehicle it drives, and no other.
Task<Result<void>> drive(sql::Transaction& transaction, Instant at, ProviderId id,
                         VehicleId vehicle_id) {
    SEGURIFAI_CO_TRY_AS(const auto vehicle, co_await model::find<Vehicle>(transaction, vehicle_id));
    if (!vehicle || vehicle->provider_id != id || !vehicle->is_active)
        co_return fault("vehicle_id", "Must be an active vehicle of yours.");
    const std::array params{Value::integer(id.value), Value::integer(vehicle_id.value),
                            Value::instant(at)};
    const auto ran = co_await transaction.run(kDrive, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return Result<void>();
}

/// Writes where the unit is, and whether it is online.
Task<Result<void>> place(sql::Transaction& transaction, Instant at, const Provider& unit,
                         const Duty& duty) {
    const Value id = Value::integer(unit.id.value);
    if (duty.latitude && duty.longitude) {
        const std::array params{id, Value::decimal(duty.latitude->unscaled, Coordinate::kScale),
                                Value::decimal(duty.longitude->unscaled, Coordinate::kScale),
                                Value::boolean(duty.is_online), Value::instant(at)};
        const auto ran = co_await transaction.run(kPlace, params);
        if (!ran) co_return std::unexpected(ran.error());
        co_return Result<void>();
    }
    const std::array params{id, Value::boolean(duty.is_online)};
    const auto ran = co_await transaction.run(kOnline, params);
    if (!ran) co_return std::unexpected(ran.error());
    if (*ran > 0 || !duty.is_online) co_return Result<void>();
    if (!unit.latitude || !unit.longitude) {
        const std::array key{id};
        const auto desk = co_await transaction.run(kIsDesk, key);
        if (!desk) co_return std::unexpected(desk.error());
        if (*desk > 0) co_return Result<void>();  // without position (API §2.6)
        co_return fault("latitude", "This field is required.");
    }
    const std::array made{id, Value::decimal(unit.latitude->unscaled, Coordinate::kScale),
                          Value::decimal(unit.longitude->unscaled, Coordinate::kScale),
                          Value::boolean(true), Value::instant(kNeverHeard)};
    const auto inserted = co_await transaction.run(kPlace, made);
    if (!inserted) co_return std::unexpected(inserted.error());
    co_return Result<void>();
}

/// Leaving: offers first, so that one being accepted at this moment either is closed here or shows
/// as the job it has become.
Task<Result<void>> leave(sql::Transaction& transaction, Instant at, ProviderId id,
                         const Duty& duty) {
    SEGURIFAI_CO_TRY(co_await withdraw_open_offers(transaction, at, id));
    if (duty.is_online) co_return Result<void>();
    SEGURIFAI_CO_TRY_AS(const bool busy, co_await has_active_job(transaction, id, false));
    if (busy) co_return refuse(Refusal::kUnitBusy);
    co_return Result<void>();
}

Task<Result<void>> record(sql::Transaction& transaction, const http::Call& call,
                          const Provider& unit, const Duty& duty) {
    Provider after = unit;
    after.is_available = duty.is_available;
    audit::Change change = change_of(unit, after);
    change.after.pop_back();
    if (change.after.size() > 1) change.after += ',';
    change.after += R"("is_online":)";
    change.after += duty.is_online ? "true" : "false";
    if (duty.vehicle_id)
        change.after += R"(,"vehicle_id":)" + std::to_string(duty.vehicle_id->value);
    change.after += '}';
    co_return co_await audit::record(transaction, call, std::move(change));
}

}  // namespace

Task<Result<void>> withdraw_open_offers(sql::Transaction& transaction, Instant at, ProviderId id) {
    const std::array params{Value::integer(id.value), Value::instant(at)};
    std::vector<ClosedOffer> closed;
    auto sink = sql::each_row([&](const sql::Row& row) {
        closed.push_back({.offer = {static_cast<std::int32_t>(row.integer(0))},
                          .unit = id,
                          .request = {static_cast<std::int32_t>(row.integer(1))}});
    });
    const auto ran = co_await transaction.run(kWithdraw, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    for (const ClosedOffer& one : closed) {
        const std::array search{Value::integer(one.request.value), Value::instant(at)};
        const auto looked = co_await transaction.run(kLookAgain, search);
        if (!looked) co_return std::unexpected(looked.error());
        SEGURIFAI_CO_TRY(co_await publish_closed(transaction, at, one, "WITHDRAWN", "WITHDRAWN"));
    }
    co_return Result<void>();
}

Task<Result<bool>> has_active_job(sql::Executor& executor, ProviderId id, bool desks_count) {
    const std::array params{Value::integer(id.value), Value::boolean(desks_count)};
    const auto ran = co_await executor.run(kActiveJob, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return *ran > 0;
}

Task<Result<OwnView>> set_duty(http::Call& call, Duty duty) {
    if (!call.caller.provider_id) co_return refuse(Refusal::kNotFound);
    if (!call.caller.provider_active) co_return refuse(Refusal::kProviderNotActive);
    SEGURIFAI_CO_TRY(check_pair(duty));
    const ProviderId id{*call.caller.provider_id};
    const auto work = [&](sql::Transaction& transaction) -> Task<Result<OwnView>> {
        SEGURIFAI_CO_TRY_AS(const Provider unit, co_await hold_provider(transaction, id));
        const std::array flag{Value::integer(id.value), Value::boolean(duty.is_available),
                              Value::instant(call.at)};
        const auto flagged = co_await transaction.run(kFlag, flag);
        if (!flagged) co_return std::unexpected(flagged.error());
        if (*flagged == 0) co_return refuse(Refusal::kProviderNotActive);
        if (!duty.is_available || !duty.is_online)
            SEGURIFAI_CO_TRY(co_await leave(transaction, call.at, id, duty));
        if (duty.vehicle_id)
            SEGURIFAI_CO_TRY(co_await drive(transaction, call.at, id, *duty.vehicle_id));
        SEGURIFAI_CO_TRY(co_await place(transaction, call.at, unit, duty));
        SEGURIFAI_CO_TRY(co_await record(transaction, call, unit, duty));
        co_return co_await own_view(transaction, id, call.at, call.caller);
    };
    auto done = co_await apps::perform<OwnView>(call, work);
    if (!done) co_return std::unexpected(std::move(done).error());
    if (duty.latitude && call.platform.positions != nullptr) call.platform.positions->forget(id);
    call.platform.wake_dispatch();
    co_return done;
}

}  // namespace segurifai::providers
