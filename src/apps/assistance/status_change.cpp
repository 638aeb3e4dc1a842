#include "apps/assistance/status_change.hpp"

#include <array>
#include <utility>

#include "apps/assistance/timeline.hpp"
#include "apps/audit/service.hpp"
#include "apps/events/service.hpp"
#include "base/json_object.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

constexpr std::string_view kTable = "assistance_assistancerequest";

const sql::Query kAssign{
    "assistance.status.assign",
    "UPDATE assistance_assistancerequest SET status = 'ASSIGNED', provider_id = $3, "
    "estimated_arrival_time = $4, metadata = COALESCE($5, metadata), updated_at = $2 "
    "WHERE id = $1 AND status = $6"};
const sql::Query kRelease{
    "assistance.status.release",
    "UPDATE assistance_assistancerequest SET status = 'PENDING', provider_id = NULL, "
    "estimated_arrival_time = NULL, actual_arrival_time = NULL, "
    "metadata = COALESCE($4, metadata), updated_at = $2 WHERE id = $1 AND status = $3"};
const sql::Query kStart{
    "assistance.status.start",
    "UPDATE assistance_assistancerequest SET status = 'IN_PROGRESS', updated_at = $2 "
    "WHERE id = $1 AND status = $3"};
const sql::Query kComplete{
    "assistance.status.complete",
    "UPDATE assistance_assistancerequest SET status = 'COMPLETED', completed_at = $5, "
    "actual_cost = COALESCE($4, actual_cost), updated_at = $2 WHERE id = $1 AND status = $3"};
const sql::Query kCancel{
    "assistance.status.cancel",
    "UPDATE assistance_assistancerequest SET status = 'CANCELLED', cancellation_reason = $4, "
    "updated_at = $2 WHERE id = $1 AND status = $3"};

/// The sentence of a new status, for the timeline. Spanish: what is stored is read by members.
std::string_view sentence_of(RequestStatus status) noexcept {
    switch (status) {
        case RequestStatus::kPending: return "Buscamos otra unidad.";
        case RequestStatus::kAssigned: return "Una unidad tomó la solicitud.";
        case RequestStatus::kInProgress: return "El servicio comenzó.";
        case RequestStatus::kCompleted: return "El servicio terminó.";
        case RequestStatus::kCancelled: return "La solicitud fue cancelada.";
    }
    return {};
}

std::string_view event_of(RequestStatus status) noexcept {
    switch (status) {
        case RequestStatus::kPending: return "request.unassigned";
        case RequestStatus::kAssigned: return "request.assigned";
        case RequestStatus::kInProgress: return "request.started";
        case RequestStatus::kCompleted: return "request.completed";
        case RequestStatus::kCancelled: return "request.cancelled";
    }
    return {};
}

Task<Result<std::int64_t>> compare_and_set(sql::Transaction& transaction, Instant at,
                                           const StatusChange& change) {
    using sql::Value;
    const Value id = Value::integer(change.request_id.value);
    const Value now = Value::instant(at);
    const Value from = Value::text(model::word(change.from));
    const Value metadata =
        change.metadata ? Value::json(change.metadata->text) : Value::null(sql::ValueType::kJson);
    switch (change.to) {
        case RequestStatus::kAssigned: {
            if (!change.provider_id)
                co_return fail(Code::kInternal, "An assignment names its unit.");
            const Value arrival = change.estimated_arrival_time
                                      ? Value::instant(*change.estimated_arrival_time)
                                      : Value::null(sql::ValueType::kInstant);
            const std::array params{id,      now,      Value::integer(change.provider_id->value),
                                    arrival, metadata, from};
            co_return co_await transaction.run(kAssign, params);
        }
        case RequestStatus::kPending: {
            const std::array params{id, now, from, metadata};
            co_return co_await transaction.run(kRelease, params);
        }
        case RequestStatus::kInProgress: {
            const std::array params{id, now, from};
            co_return co_await transaction.run(kStart, params);
        }
        case RequestStatus::kCompleted: {
            const Value cost = change.actual_cost
                                   ? Value::decimal(change.actual_cost->unscaled, Money::kScale)
                                   : Value::null(sql::ValueType::kDecimal, Money::kScale);
            const Value completed = Value::instant(change.completed_at.value_or(at));
            const std::array params{id, now, from, cost, completed};
            co_return co_await transaction.run(kComplete, params);
        }
        case RequestStatus::kCancelled: {
            const std::array params{id, now, from, Value::text(change.reason)};
            co_return co_await transaction.run(kCancel, params);
        }
    }
    co_return fail(Code::kInternal, "There is no such status.");
}

std::string update_metadata(std::optional<RequestStatus> from, RequestStatus to, Actor actor,
                            std::string_view reason) {
    JsonObject metadata;
    if (from)
        metadata.text("from", model::word(*from));
    else
        metadata.null("from");
    metadata.text("to", model::word(to))
        .text("actor", model::word(actor))
        .text("reason", reason)
        .text("state", model::word(state_after(to)));
    return metadata.to_string();
}

/// Everything but the audit event, whose author differs.
Task<Result<void>> apply(sql::Transaction& transaction, Instant at,
                         std::optional<users::UserId> author, const StatusChange& change) {
    if (!is_allowed(change.from, change.to, change.actor))
        co_return refuse(Refusal::kInvalidTransition);
    SEGURIFAI_CO_TRY_AS(const std::int64_t changed,
                        co_await compare_and_set(transaction, at, change));
    if (changed == 0) co_return refuse(Refusal::kInvalidTransition);
    UpdateEntry entry{
        .request_id = change.request_id,
        .author = author,
        .type = UpdateType::kStatusChange,
        .message = change.message.empty() ? std::string(sentence_of(change.to)) : change.message,
        .metadata = update_metadata(change.from, change.to, change.actor, change.reason)};
    const auto added = co_await add_update(transaction, at, std::move(entry));
    if (!added) co_return std::unexpected(added.error());
    JsonObject payload;
    payload.text("from", model::word(change.from))
        .text("to", model::word(change.to))
        .text("actor", model::word(change.actor))
        .integer("request_id", change.request_id.value);
    if (change.provider_id) payload.integer("provider_id", change.provider_id->value);
    events::Event event{.name = event_of(change.to),
                        .object_table = kTable,
                        .object_id = std::to_string(change.request_id.value),
                        .payload = payload.to_string()};
    co_return co_await events::publish(transaction, at, std::move(event));
}

audit::Change audited(const StatusChange& change) {
    JsonObject before;
    before.text("status", model::word(change.from));
    JsonObject after;
    after.text("status", model::word(change.to));
    if (!change.reason.empty()) after.text("reason", change.reason);
    if (change.provider_id) after.integer("provider_id", change.provider_id->value);
    return {.action = {},
            .object_table = kTable,
            .object_id = std::to_string(change.request_id.value),
            .before = before.to_string(),
            .after = after.to_string()};
}

}  // namespace

Task<Result<void>> change_status(sql::Transaction& transaction, const http::Call& call,
                                 StatusChange asked) {
    const std::optional<users::UserId> author(users::UserId{call.caller.user_id});
    SEGURIFAI_CO_TRY(co_await apply(transaction, call.at, author, asked));
    audit::Change event = audited(asked);
    co_return co_await audit::record(transaction, call, std::move(event));
}

Task<Result<void>> change_status_by_platform(sql::Transaction& transaction, Instant at,
                                             StatusChange asked) {
    SEGURIFAI_CO_TRY(co_await apply(transaction, at, std::nullopt, asked));
    audit::Change event = audited(asked);
    event.action = event_of(asked.to);
    co_return co_await audit::record_by_platform(transaction, at, std::move(event));
}

Task<Result<void>> begin_status(sql::Transaction& transaction, Instant at,
                                AssistanceRequestId request_id, users::UserId author, Actor actor) {
    UpdateEntry entry{
        .request_id = request_id,
        .author = author,
        .type = UpdateType::kStatusChange,
        .message = "Recibimos la solicitud.",
        .metadata = update_metadata(std::nullopt, RequestStatus::kPending, actor, {})};
    const auto added = co_await add_update(transaction, at, std::move(entry));
    if (!added) co_return std::unexpected(added.error());
    co_return Result<void>();
}

}  // namespace segurifai::assistance
