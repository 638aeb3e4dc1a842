#include "apps/dispatch/completion.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/assistance/json_members.hpp"
#include "apps/assistance/status_change.hpp"
#include "apps/audit/service.hpp"
#include "apps/dispatch/earnings.hpp"
#include "apps/dispatch/job.hpp"
#include "apps/dispatch/job_steps.hpp"
#include "apps/platform.hpp"
#include "apps/unit_of_work.hpp"
#include "base/json_object.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using assistance::RequestStatus;
using sql::Value;

const sql::Query kClose{
    "dispatch.job.close",
    "UPDATE dispatch_assignment SET ended_at = $2, outcome = $3, completion_notes = $4, "
    "photo_document_ids = $5, signature_document_id = $6, pay_base = $7, pay_distance_bonus = $8 "
    "WHERE id = $1 AND ended_at IS NULL AND started_at IS NOT NULL"};
const sql::Query kCountCompleted{
    "dispatch.unit.count_completed",
    "UPDATE providers_provider SET total_completed = total_completed + 1, updated_at = $2 "
    "WHERE id = $1"};
const sql::Query kEndSearch{
    "dispatch.search.end",
    "UPDATE dispatch_search SET state = 'ENDED', next_at = NULL, updated_at = $2 "
    "WHERE request_id = $1"};

using DocumentIds = std::vector<assistance::RequestDocumentId>;

const EvidenceDocument* find_document(std::span<const EvidenceDocument> documents,
                                      assistance::RequestDocumentId id) {
    const auto found = std::ranges::find(documents, id, &EvidenceDocument::id);
    return found == documents.end() ? nullptr : &*found;
}

bool has_photos(const CompleteInput& input, std::span<const EvidenceDocument> documents) {
    const DocumentIds photos = input.photo_document_ids.value_or(DocumentIds{});
    return !photos.empty() && std::ranges::all_of(photos, [&](const auto id) {
        const EvidenceDocument* document = find_document(documents, id);
        return document != nullptr && document->is_picture && id != input.signature_document_id;
    });
}

std::string ids_json(const DocumentIds& ids) {
    std::string json = "[";
    for (const auto id : ids) {
        if (json.size() > 1) json += ',';
        json += std::to_string(id.value);
    }
    return json + ']';
}

std::string missing_json(const std::vector<Proof>& missing) {
    std::string json = "\"missing\":[";
    for (const Proof proof : missing) {
        if (json.back() != '[') json += ',';
        append_json_string(json, model::word(proof));
    }
    return json + ']';
}

/// Refuses what the completion form lacks; what it names beyond need must be the request's too.
Task<Result<void>> check_evidence(sql::Transaction& transaction, const Job& job,
                                  const CompleteInput& input) {
    SEGURIFAI_CO_TRY_AS(const bool health, co_await is_health(transaction, job.request));
    SEGURIFAI_CO_TRY_AS(const auto documents, co_await evidence_of(transaction, job.assignment));
    const bool form = assistance::member_of(job.request.metadata.text, "form_complete") == "true";
    const std::vector<Proof> required =
        required_proofs(job.assignment.is_desk, is_for_patient(job.request, health));
    const std::vector<Proof> missing = missing_proofs(required, input, documents, form);
    if (!missing.empty()) co_return refuse(Refusal::kEvidenceMissing, missing_json(missing));
    const bool photos_known = !input.photo_document_ids || input.photo_document_ids->empty() ||
                              has_photos(input, documents);
    if (!photos_known)
        co_return fault("photo_document_ids", "There is no such picture of this request.");
    const bool signature_known = !input.signature_document_id ||
                                 find_document(documents, *input.signature_document_id) != nullptr;
    if (!signature_known)
        co_return fault("signature_document_id", "There is no such picture of this request.");
    if (!job.assignment.is_desk && !input.actual_cost)
        co_return fault("actual_cost", "This field is required.");
    co_return Result<void>();
}

/// Closes the assignment with what it earns. Its row changes once; so does the pay.
Task<Result<void>> close_job(sql::Transaction& transaction, Job& job, const CompleteInput& input,
                             Instant at) {
    const Earnings pay = earnings(service_code_of(job.request), job.assignment.distance_km);
    const DocumentIds photos = input.photo_document_ids.value_or(DocumentIds{});
    job.assignment.ended_at = at;
    job.assignment.outcome = input.outcome;
    job.assignment.completion_notes = input.notes.value_or("");
    job.assignment.photo_document_ids.text = ids_json(photos);
    job.assignment.signature_document_id = input.signature_document_id;
    job.assignment.pay_base = pay.base;
    job.assignment.pay_distance_bonus = pay.distance_bonus;
    const std::array params{Value::integer(job.assignment.id.value),
                            Value::instant(at),
                            Value::text(model::word(input.outcome)),
                            Value::text(job.assignment.completion_notes),
                            Value::json(job.assignment.photo_document_ids.text),
                            input.signature_document_id
                                ? Value::integer(input.signature_document_id->value)
                                : Value::null(sql::ValueType::kInteger),
                            Value::decimal(pay.base.unscaled, Money::kScale),
                            Value::decimal(pay.distance_bonus.unscaled, Money::kScale)};
    const auto closed = co_await transaction.run(kClose, params);
    if (!closed) co_return std::unexpected(closed.error());
    if (*closed == 0) co_return refuse(Refusal::kInvalidTransition);
    co_return Result<void>();
}

Task<Result<void>> count_and_end(sql::Transaction& transaction, const Job& job, Instant now) {
    const std::array unit{Value::integer(job.assignment.provider_id.value), Value::instant(now)};
    const auto counted = co_await transaction.run(kCountCompleted, unit);
    if (!counted) co_return std::unexpected(counted.error());
    const std::array search{Value::integer(job.request.id.value), Value::instant(now)};
    const auto ended = co_await transaction.run(kEndSearch, search);
    if (!ended) co_return std::unexpected(ended.error());
    co_return Result<void>();
}

Task<Result<void>> audit_completion(sql::Transaction& transaction, const http::Call& call,
                                    const Job& job) {
    JsonObject after;
    after.text("ended_at", job.assignment.ended_at.value_or(call.at).to_string())
        .text("outcome", model::word(job.assignment.outcome.value_or(Outcome::kCompleted)))
        .text("pay_base", job.assignment.pay_base.to_string())
        .text("pay_distance_bonus", job.assignment.pay_distance_bonus.to_string())
        .integer("request_id", job.request.id.value);
    co_return co_await audit::record(transaction, call,
                                     change_of(job.assignment, after.to_string()));
}

Task<Result<JobView>> complete_now(sql::Transaction& transaction, http::Call& call,
                                   const CompleteInput& input) {
    SEGURIFAI_CO_TRY_AS(Job job, co_await hold_job(transaction, call));
    if (job.request.status != RequestStatus::kInProgress)
        co_return refuse(Refusal::kInvalidTransition);
    SEGURIFAI_CO_TRY_AS(const Instant at, step_time(call.at, job.assignment, input.occurred_at));
    SEGURIFAI_CO_TRY(co_await check_evidence(transaction, job, input));
    assistance::StatusChange change{.request_id = job.request.id,
                                    .from = RequestStatus::kInProgress,
                                    .to = RequestStatus::kCompleted,
                                    .actor = assistance::Actor::kUnit,
                                    .actual_cost = input.actual_cost,
                                    .completed_at = at};
    SEGURIFAI_CO_TRY(co_await assistance::change_status(transaction, call, std::move(change)));
    SEGURIFAI_CO_TRY(co_await close_job(transaction, job, input, at));
    SEGURIFAI_CO_TRY(co_await count_and_end(transaction, job, call.at));
    SEGURIFAI_CO_TRY(co_await audit_completion(transaction, call, job));
    co_return co_await job_view(transaction, call, job.assignment);
}

}  // namespace

std::vector<Proof> missing_proofs(std::span<const Proof> required, const CompleteInput& input,
                                  std::span<const EvidenceDocument> documents, bool form_complete) {
    const auto is_there = [&](Proof proof) {
        switch (proof) {
            case Proof::kPhoto: return has_photos(input, documents);
            case Proof::kSignature:
                return input.signature_document_id &&
                       find_document(documents, *input.signature_document_id) != nullptr;
            case Proof::kForm: return form_complete;
            case Proof::kNotes: return input.notes && !input.notes->empty();
        }
        return false;
    };
    std::vector<Proof> missing;
    for (const Proof proof : required)
        if (!is_there(proof)) missing.push_back(proof);
    return missing;
}

Task<Result<JobView>> complete(http::Call& call, CompleteInput input) {
    SEGURIFAI_CO_TRY(check_place(input.latitude, input.longitude));
    const apps::Work<JobView> work = [&](sql::Transaction& transaction) -> Task<Result<JobView>> {
        co_return co_await complete_now(transaction, call, input);
    };
    const auto done = co_await apps::perform<JobView>(call, work);
    if (done) call.platform.wake_dispatch();  // the unit is free
    co_return done;
}

}  // namespace segurifai::dispatch
