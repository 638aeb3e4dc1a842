#include "apps/providers/decision.hpp"

#include <utility>

#include "apps/audit/service.hpp"
#include "apps/events/service.hpp"
#include "apps/platform.hpp"
#include "apps/providers/changes.hpp"
#include "apps/providers/duty.hpp"
#include "apps/unit_of_work.hpp"
#include "base/json_object.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::providers {
namespace {

using sql::Value;

const sql::Query kDecide{
    "providers.decide",
    "UPDATE providers_provider SET status = $3, is_available = $4, verification_notes = $5, "
    "updated_at = $6 WHERE id = $1 AND status = $2"};
// Before open requests are looked for: who makes one holds the account FOR KEY SHARE until it is
// there.
const sql::Query kHoldApplicant{
    "providers.decide.hold_applicant", "SELECT id FROM users_user WHERE id = $1",
    "SELECT id FROM users_user WHERE id = $1 FOR UPDATE", sql::Query::Kind::kPoint};
// Requests are assistance's, which stands above.
const sql::Query kOpenRequest{"providers.applicant.open_request",
                              "SELECT 1 FROM assistance_assistancerequest WHERE user_id = $1 AND "
                              "status IN ('PENDING', 'ASSIGNED', 'IN_PROGRESS') LIMIT 1",
                              sql::Query::Kind::kPoint};
const sql::Query kPromote{"providers.decide.promote",
                          "UPDATE users_user SET role = 'PROVIDER' "
                          "WHERE id = $1 AND is_active AND role IN ('USER', 'PROVIDER')"};
const sql::Query kApprove{
    "providers.decide.approve",
    "UPDATE providers_capability SET approved = TRUE WHERE provider_id = $1 AND NOT approved"};
const sql::Query kPlace{
    "providers.decide.place",
    "INSERT INTO providers_providerlocation (provider_id, latitude, longitude, is_online, "
    "last_updated) VALUES ($1, $2, $3, FALSE, $4) ON CONFLICT (provider_id) DO NOTHING"};
const sql::Query kOffline{
    "providers.decide.offline",
    "UPDATE providers_providerlocation SET is_online = FALSE WHERE provider_id = $1"};

ProviderStatus status_of(Verdict verdict) noexcept {
    return verdict == Verdict::kActive ? ProviderStatus::kActive : ProviderStatus::kSuspended;
}

/// PENDING to ACTIVE with all papers seen; ACTIVE and SUSPENDED to each other.
Result<void> check(const Provider& unit, const Decision& decision) {
    const ProviderStatus to = status_of(decision.status);
    const bool is_first = unit.status == ProviderStatus::kPending;
    if (unit.status == to || (is_first && to != ProviderStatus::kActive))
        return refuse(Refusal::kInvalidTransition);
    if (!is_first) return {};
    const SeenPapers seen = decision.seen.value_or(SeenPapers{});
    if (!seen.license || !seen.certificate || !seen.insurance)
        return refuse(Refusal::kEvidenceMissing);
    return {};
}

Task<Result<std::int64_t>> change(sql::Transaction& transaction, const sql::Query& query,
                                  ProviderId id) {
    const std::array params{Value::integer(id.value)};
    co_return co_await transaction.run(query, params);
}

/// What the first approval brings.
Task<Result<void>> welcome(sql::Transaction& transaction, const Provider& unit) {
    const std::array account{Value::uuid(unit.user_id.value)};
    const auto held = co_await transaction.run(kHoldApplicant, account);
    if (!held) co_return std::unexpected(held.error());
    SEGURIFAI_CO_TRY_AS(const bool waits, co_await has_open_request(transaction, unit.user_id));
    if (waits) co_return refuse(Refusal::kOpenRequest);
    const auto promoted = co_await transaction.run(kPromote, account);
    if (!promoted) co_return std::unexpected(promoted.error());
    if (*promoted == 0) co_return refuse(Refusal::kInvalidTransition);  // become staff, or archived
    const auto approved = co_await change(transaction, kApprove, unit.id);
    if (!approved) co_return std::unexpected(approved.error());
    co_return Result<void>();
}

Task<Result<void>> put_at_headquarters(sql::Transaction& transaction, const Provider& unit) {
    if (!unit.latitude || !unit.longitude) co_return Result<void>();
    const std::array params{
        Value::integer(unit.id.value), Value::decimal(unit.latitude->unscaled, Coordinate::kScale),
        Value::decimal(unit.longitude->unscaled, Coordinate::kScale), Value::instant(kNeverHeard)};
    const auto ran = co_await transaction.run(kPlace, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return Result<void>();
}

/// What a suspension takes away: offers first, as in leaving duty.
Task<Result<void>> dismiss(sql::Transaction& transaction, Instant at, ProviderId id) {
    SEGURIFAI_CO_TRY(co_await withdraw_open_offers(transaction, at, id));
    SEGURIFAI_CO_TRY_AS(const bool busy, co_await has_active_job(transaction, id, true));
    if (busy) co_return refuse(Refusal::kUnitBusy);
    const auto offline = co_await change(transaction, kOffline, id);
    if (!offline) co_return std::unexpected(offline.error());
    co_return Result<void>();
}

Task<Result<void>> tell(sql::Transaction& transaction, const http::Call& call,
                        const Provider& before, const Provider& after) {
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, change_of(before, after)));
    co_return co_await publish_status(transaction, call.at, after.id, before.status, after.status);
}

Task<Result<void>> write(sql::Transaction& transaction, Instant at, const Provider& before,
                         const Provider& after) {
    const std::array params{
        Value::integer(after.id.value),         Value::text(model::word(before.status)),
        Value::text(model::word(after.status)), Value::boolean(after.is_available),
        Value::text(after.verification_notes),  Value::instant(at)};
    const auto written = co_await transaction.run(kDecide, params);
    if (!written) co_return std::unexpected(written.error());
    if (*written == 0) co_return refuse(Refusal::kInvalidTransition);
    co_return Result<void>();
}

Task<Result<Full>> carry_out(sql::Transaction& transaction, http::Call& call, ProviderId id,
                             const Decision& decision) {
    SEGURIFAI_CO_TRY_AS(const Provider before, co_await hold_provider(transaction, id));
    SEGURIFAI_CO_TRY_AS(const Full current, co_await full_of(transaction, before, call.caller));
    SEGURIFAI_CO_TRY(call.require_match(etag_of_full(current)));
    SEGURIFAI_CO_TRY(check(before, decision));
    Provider after = before;
    after.status = status_of(decision.status);
    if (decision.verification_notes) after.verification_notes = *decision.verification_notes;
    if (after.status == ProviderStatus::kSuspended) after.is_available = false;
    SEGURIFAI_CO_TRY(co_await write(transaction, call.at, before, after));
    if (before.status == ProviderStatus::kPending)
        SEGURIFAI_CO_TRY(co_await welcome(transaction, before));
    if (after.status == ProviderStatus::kActive)
        SEGURIFAI_CO_TRY(co_await put_at_headquarters(transaction, before));
    else
        SEGURIFAI_CO_TRY(co_await dismiss(transaction, call.at, id));
    SEGURIFAI_CO_TRY(co_await tell(transaction, call, before, after));
    SEGURIFAI_CO_TRY_AS(Full view, co_await find_full(transaction, id, call.caller));
    call.answer.set("ETag", etag_of_full(view));
    co_return view;
}

}  // namespace

Task<Result<bool>> has_open_request(sql::Executor& executor, users::UserId user_id) {
    const std::array params{Value::uuid(user_id.value)};
    const auto ran = co_await executor.run(kOpenRequest, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return *ran > 0;
}

Task<Result<void>> publish_status(sql::Transaction& transaction, Instant at, ProviderId id,
                                  std::optional<ProviderStatus> from, ProviderStatus to) {
    JsonObject payload;
    payload.integer("provider_id", id.value).text("to", model::word(to));
    if (from)
        payload.text("from", model::word(*from));
    else
        payload.null("from");
    events::Event event{.name = "provider.status_changed",
                        .object_table = "providers_provider",
                        .object_id = std::to_string(id.value),
                        .payload = payload.to_string()};
    co_return co_await events::publish(transaction, at, std::move(event));
}

Task<Result<Full>> decide(http::Call& call, Decision decision) {
    SEGURIFAI_CO_TRY_AS(const ProviderId id, call.path_id<ProviderId>());
    const auto work = [&](sql::Transaction& transaction) -> Task<Result<Full>> {
        return carry_out(transaction, call, id, decision);
    };
    auto done = co_await apps::perform<Full>(call, work);
    if (!done) co_return std::unexpected(std::move(done).error());
    call.platform.wake_dispatch();
    co_return done;
}

}  // namespace segurifai::providers
