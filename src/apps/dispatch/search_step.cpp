#include "apps/dispatch/search_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/assistance/tables.hpp"
#include "apps/assistance/timeline.hpp"
#include "apps/assistance/transitions.hpp"
#include "apps/audit/service.hpp"
#include "apps/dispatch/candidates.hpp"
#include "apps/dispatch/earnings.hpp"
#include "apps/dispatch/job.hpp"
#include "apps/dispatch/offer_closing.hpp"
#include "apps/dispatch/positions.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/events/service.hpp"
#include "apps/providers/registration.hpp"
#include "base/json_object.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using assistance::RequestStatus;
using sql::Value;

/// Candidates kept in the log of one decision.
constexpr std::size_t kLoggedMax = 50;

// Whoever holds the row is changing the request; it is looked at again a little later.
const sql::Query kClaim{
    "dispatch.search.claim", "SELECT id FROM assistance_assistancerequest WHERE id = $1",
    "SELECT id FROM assistance_assistancerequest WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED",
    sql::Query::Kind::kPoint};
const sql::Query kOpenOffers{
    "dispatch.search.open_offers",
    "SELECT provider_id, expires_at FROM dispatch_offer WHERE request_id = $1 AND state = 'OPEN' "
    "ORDER BY id"};
const sql::Query kSettle{"dispatch.search.settle",
                         "UPDATE dispatch_search SET state = $2, wave = $3, next_at = $4, "
                         "updated_at = $5 WHERE request_id = $1"};
// Two requests may choose the same unit at once: its row is held, and the limits are counted again
// under it (RULES §7: three open offers a unit).
const sql::Query kHoldUnit{
    "dispatch.unit.hold_for_offer", "SELECT id FROM providers_provider WHERE id = $1",
    "SELECT id FROM providers_provider WHERE id = $1 FOR NO KEY UPDATE", sql::Query::Kind::kPoint};
const sql::Query kOffer{
    "dispatch.offer.open",
    "INSERT INTO dispatch_offer (request_id, provider_id, wave, state, distance_km, eta_minutes, "
    "pay_base, pay_distance_bonus, created_at, expires_at, note) "
    "SELECT $1, p.id, $3, 'OPEN', $4, $5, $6, $7, $8, $9, '' FROM providers_provider p "
    "WHERE p.id = $2 AND (SELECT COUNT(*) FROM dispatch_offer o WHERE o.provider_id = p.id AND "
    "o.state = 'OPEN' AND o.expires_at > $8) < $10 AND NOT EXISTS (SELECT 1 FROM "
    "dispatch_assignment a WHERE a.provider_id = p.id AND a.ended_at IS NULL AND NOT a.is_desk) "
    "RETURNING id"};
const sql::Query kLog{"dispatch.decision.log",
                      "INSERT INTO dispatch_decision (request_id, policy, wave, at, candidates, "
                      "chosen) VALUES ($1, $2, $3, $4, $5, $6)"};

/// A request that is looked at.
struct Looked {
    assistance::AssistanceRequest request;
    Search search;
    Wanted wanted;
    Waiting waiting;
};

/// What was decided, and of whom.
struct Decided {
    WaveStep step;
    std::vector<Considered> units;
};

Value instant_or_null(const std::optional<Instant>& at) {
    return at ? Value::instant(*at) : Value::null(sql::ValueType::kInstant);
}

Task<Result<void>> settle(sql::Transaction& transaction, assistance::AssistanceRequestId request,
                          SearchState state, std::int32_t wave, std::optional<Instant> next_at,
                          Instant now) {
    const std::array params{Value::integer(request.value), Value::text(model::word(state)),
                            Value::integer(wave), instant_or_null(next_at), Value::instant(now)};
    const auto ran = co_await transaction.run(kSettle, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return Result<void>();
}

Task<Result<std::vector<OpenOffer>>> open_offers_of(sql::Transaction& transaction,
                                                    assistance::AssistanceRequestId request) {
    std::vector<OpenOffer> offers;
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        Value expires;
        good = row.get(1, sql::ValueType::kInstant, 0, expires) && !expires.is_null() && good;
        if (!good) return;
        offers.push_back({.provider_id = {static_cast<std::int32_t>(row.integer(0))},
                          .expires_at = expires.as_instant()});
    });
    const std::array params{Value::integer(request.value)};
    const auto ran = co_await transaction.run(kOpenOffers, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A stored offer does not read back.");
    co_return offers;
}

std::vector<Candidate> eligible(const std::vector<Considered>& units) {
    std::vector<Candidate> candidates;
    for (const Considered& unit : units)
        if (unit.unfit.empty()) candidates.push_back(unit.candidate);
    return candidates;
}

/// Reads the units of the present wave, and of the widest when that one has nobody left.
Task<Result<Decided>> decide(sql::Transaction& transaction, const Looked& looked, Instant now) {
    const std::int32_t first = std::clamp(looked.waiting.wave, 0, kLastWave);
    Decided decided;
    for (std::int32_t radius = first;; radius = kLastWave) {
        const double radius_km = kWaveRadiiKm.at(static_cast<std::size_t>(radius));
        SEGURIFAI_CO_TRY_AS(decided.units,
                            co_await consider_units(transaction, looked.wanted, radius_km, now));
        const std::vector<Candidate> candidates = eligible(decided.units);
        decided.step = next_wave_step(looked.waiting, candidates, now);
        const bool seen_all = radius == kLastWave || looked.wanted.desk;
        const bool reaches_out =
            decided.step.wave > radius || decided.step.state == SearchState::kQueued;
        if (seen_all || !reaches_out) co_return decided;
    }
}

std::string reasons_json(const std::vector<std::string_view>& reasons) {
    std::string json = "[";
    for (const std::string_view reason : reasons) {
        if (json.size() > 1) json += ',';
        append_json_string(json, reason);
    }
    return json + ']';
}

/// The nearest units with what spoke against them, as the log keeps them.
std::string candidates_json(const Looked& looked, const Decided& decided, Instant now) {
    std::vector<const Considered*> nearest;
    for (const Considered& unit : decided.units) nearest.push_back(&unit);
    std::ranges::sort(nearest, {}, [](const Considered* unit) {
        return std::pair(unit->candidate.road_km, unit->candidate.provider_id);
    });
    if (nearest.size() > kLoggedMax) nearest.resize(kLoggedMax);
    std::string json = "[";
    for (const Considered* unit : nearest) {
        std::vector<std::string_view> reasons;
        for (const providers::Unfit reason : unit->unfit) reasons.push_back(model::word(reason));
        const std::int32_t wave = std::min(decided.step.wave, kLastWave);
        if (const auto over = passed_over(looked.waiting, unit->candidate, wave, now);
            over && reasons.empty())
            reasons.push_back(model::word(*over));
        JsonObject entry;
        entry.raw("distance_km", fmt::format("{:.2f}", unit->candidate.distance_km))
            .integer("eta_minutes", providers::eta_minutes(unit->estimate))
            .integer("open_offers", unit->candidate.open_offers)
            .integer("provider_id", unit->candidate.provider_id.value)
            .raw("road_km", fmt::format("{:.2f}", unit->candidate.road_km))
            .raw("why_not", reasons_json(reasons));
        if (json.size() > 1) json += ',';
        json += entry.to_string();
    }
    return json + ']';
}

Task<Result<void>> log_decision(sql::Transaction& transaction, const Looked& looked,
                                const Decided& decided,
                                const std::vector<providers::ProviderId>& chosen, Instant now) {
    std::string chosen_json = "[";
    for (const providers::ProviderId unit : chosen) {
        if (chosen_json.size() > 1) chosen_json += ',';
        chosen_json += std::to_string(unit.value);
    }
    chosen_json += ']';
    const std::string candidates = candidates_json(looked, decided, now);
    const std::array params{Value::integer(looked.request.id.value),
                            Value::text(model::word(looked.waiting.policy)),
                            Value::integer(std::min(decided.step.wave, kLastWave)),
                            Value::instant(now),
                            Value::json(candidates),
                            Value::json(chosen_json)};
    const auto ran = co_await transaction.run(kLog, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return Result<void>();
}

Task<Result<void>> hold_units(sql::Transaction& transaction,
                              std::vector<providers::ProviderId> units) {
    std::ranges::sort(units);  // everybody in the same order: nobody waits in a circle
    for (const providers::ProviderId unit : units) {
        const std::array params{Value::integer(unit.value)};
        auto sink = sql::each_row([](const sql::Row&) {});
        const auto ran = co_await transaction.run(kHoldUnit, params, &sink);
        if (!ran) co_return std::unexpected(ran.error());
    }
    co_return Result<void>();
}

/// Opens one offer. False when the unit's offers have become full, or it has a job, meanwhile.
Task<Result<bool>> open_offer(sql::Transaction& transaction, const Looked& looked,
                              const Considered& unit, std::int32_t wave, Instant now) {
    const Kilometres distance = providers::stored_km(unit.estimate.road_km);
    const Earnings pay = earnings(looked.wanted.service_code, distance);
    const Instant expires_at = offer_expires_at(now);
    const providers::ProviderId provider = unit.candidate.provider_id;
    const std::array params{Value::integer(looked.request.id.value),
                            Value::integer(provider.value),
                            Value::integer(wave),
                            Value::decimal(distance.unscaled, Kilometres::kScale),
                            Value::integer(providers::eta_minutes(unit.estimate)),
                            Value::decimal(pay.base.unscaled, Money::kScale),
                            Value::decimal(pay.distance_bonus.unscaled, Money::kScale),
                            Value::instant(now),
                            Value::instant(expires_at),
                            Value::integer(kOpenOffersPerUnitMax)};
    std::optional<std::int64_t> id;
    auto sink = sql::each_row([&](const sql::Row& row) { id = row.integer(0); });
    const auto ran = co_await transaction.run(kOffer, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!id) co_return false;
    JsonObject payload;
    payload.text("expires_at", expires_at.to_string())
        .integer("offer_id", *id)
        .integer("provider_id", provider.value)
        .integer("request_id", looked.request.id.value)
        .integer("wave", wave);
    events::Event event{.name = "offer.created",
                        .object_table = "dispatch_offer",
                        .object_id = std::to_string(*id),
                        .payload = payload.to_string()};
    SEGURIFAI_CO_TRY(co_await events::publish(transaction, now, std::move(event)));
    co_return true;
}

Task<Result<std::vector<providers::ProviderId>>> open_offers(sql::Transaction& transaction,
                                                             const Looked& looked,
                                                             const Decided& decided, Instant now) {
    SEGURIFAI_CO_TRY(co_await hold_units(transaction, decided.step.offers));
    std::vector<providers::ProviderId> opened;
    for (const providers::ProviderId unit : decided.step.offers) {
        const auto found = std::ranges::find_if(decided.units, [&](const Considered& one) {
            return one.candidate.provider_id == unit;
        });
        SEGURIFAI_CO_TRY_AS(const bool open, co_await open_offer(transaction, looked, *found,
                                                                 decided.step.wave, now));
        if (open) opened.push_back(unit);
    }
    co_return opened;
}

/// No wave is left: the operators are alerted and the staff read why.
Task<Result<void>> hand_to_operators(sql::Transaction& transaction, const Looked& looked,
                                     Instant now) {
    const assistance::AssistanceRequestId id = looked.request.id;
    JsonObject payload;
    payload.text("kind", "dispatch.queue")
        .text("priority", model::word(looked.request.priority))
        .integer("request_id", id.value);
    events::Event event{.name = "alert.raised",
                        .object_table = "assistance_assistancerequest",
                        .object_id = std::to_string(id.value),
                        .payload = payload.to_string()};
    SEGURIFAI_CO_TRY(co_await events::publish(transaction, now, std::move(event)));
    JsonObject metadata;
    metadata.text("audience", "staff").text("kind", "dispatch.queue");
    assistance::UpdateEntry note{
        .request_id = id,
        .author = std::nullopt,
        .type = assistance::UpdateType::kNote,
        .message = "Ninguna unidad tomó la solicitud. Pasa a la cola de operaciones.",
        .metadata = metadata.to_string()};
    const auto told = co_await assistance::add_update(transaction, now, std::move(note));
    if (!told) co_return std::unexpected(told.error());
    JsonObject after;
    after.text("state", model::word(SearchState::kQueued));
    audit::Change change{.action = "dispatch.queue",
                         .object_table = "dispatch_search",
                         .object_id = std::to_string(looked.search.id.value),
                         .after = after.to_string()};
    co_return co_await audit::record_by_platform(transaction, now, std::move(change));
}

Task<Result<Look>> do_step(sql::Transaction& transaction, const Looked& looked, Instant now) {
    SEGURIFAI_CO_TRY_AS(const Decided decided, co_await decide(transaction, looked, now));
    const assistance::AssistanceRequestId id = looked.request.id;
    Look look;
    std::optional<Instant> next_at = decided.step.next_at;
    const bool is_queued = decided.step.state == SearchState::kQueued;
    // The operators were alerted when it came into their queue.
    const bool is_news = is_queued && looked.search.state != SearchState::kQueued;
    if (!decided.step.offers.empty() || is_news) {
        SEGURIFAI_CO_TRY_AS(const auto opened,
                            co_await open_offers(transaction, looked, decided, now));
        SEGURIFAI_CO_TRY(co_await log_decision(transaction, looked, decided, opened, now));
        look.offered = opened.size();
        // Somebody else filled a chosen unit: choose again at once.
        if (opened.size() < decided.step.offers.size()) next_at = now;
    }
    const std::int32_t wave = std::min(decided.step.wave, kLastWave);
    SEGURIFAI_CO_TRY(co_await settle(transaction, id, decided.step.state, wave, next_at, now));
    if (!is_news) co_return look;
    look.queued = true;
    SEGURIFAI_CO_TRY(co_await hand_to_operators(transaction, looked, now));
    co_return look;
}

/// The request is not PENDING any more: nothing is searched for, and nobody is asked.
Task<Result<void>> end_search(sql::Transaction& transaction, const Looked& looked, Instant now) {
    const bool ended = assistance::is_ended(looked.request.status);
    SEGURIFAI_CO_TRY(co_await settle(transaction, looked.request.id,
                                     ended ? SearchState::kEnded : SearchState::kAssigned,
                                     looked.search.wave, std::nullopt, now));
    const auto withdrawn = co_await withdraw_offers(transaction, now, looked.request.id);
    if (!withdrawn) co_return std::unexpected(withdrawn.error());
    co_return Result<void>();
}

}  // namespace

Task<Result<Look>> look_for_unit(sql::Transaction& transaction,
                                 assistance::AssistanceRequestId request, Policy policy,
                                 Instant now) {
    const std::array params{Value::integer(request.value)};
    auto sink = sql::each_row([](const sql::Row&) {});
    const auto held = co_await transaction.run(kClaim, params, &sink);
    if (!held) co_return std::unexpected(held.error());
    if (*held == 0) co_return Look{.held_elsewhere = true};
    const auto lapsed = co_await lapse_offers(transaction, now, request);
    if (!lapsed) co_return std::unexpected(lapsed.error());
    const auto withdrawn = co_await withdraw_offers_of_busy(transaction, now, request);
    if (!withdrawn) co_return std::unexpected(withdrawn.error());
    const auto row = co_await model::find<assistance::AssistanceRequest>(transaction, request);
    if (!row) co_return std::unexpected(row.error());
    const auto search = co_await model::find_by<Search>(transaction, "request_id", request);
    if (!search) co_return std::unexpected(search.error());
    const bool is_searched = *search && ((*search)->state == SearchState::kWaiting ||
                                         (*search)->state == SearchState::kQueued);
    if (!*row || !is_searched) co_return Look{};
    Looked looked{.request = **row, .search = **search};
    if (looked.request.status != RequestStatus::kPending) {
        SEGURIFAI_CO_TRY(co_await end_search(transaction, looked, now));
        co_return Look{};
    }
    const bool is_due = looked.search.next_at && *looked.search.next_at <= now;
    if (!is_due && *withdrawn == 0 && *lapsed == 0) co_return Look{};
    const std::string code = service_code_of(looked.request);
    looked.wanted = {.request = request,
                     .service_code = code,
                     .desk = providers::is_desk_service(code),
                     .place = place_of(looked.request)};
    looked.waiting = {.wave = looked.search.wave, .policy = policy, .desk = looked.wanted.desk};
    SEGURIFAI_CO_TRY_AS(looked.waiting.open_offers, co_await open_offers_of(transaction, request));
    co_return co_await do_step(transaction, looked, now);
}

}  // namespace segurifai::dispatch
