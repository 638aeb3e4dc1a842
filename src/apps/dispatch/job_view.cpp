#include "apps/dispatch/job_view.hpp"

#include <fmt/format.h>

#include <utility>

#include "apps/assistance/json_members.hpp"
#include "apps/assistance/request_detail.hpp"
#include "apps/dispatch/job.hpp"
#include "model/cells.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using assistance::RequestStatus;

const sql::Query kIsHealth{"dispatch.job.is_health",
                           "SELECT 1 FROM services_servicecategory "
                           "WHERE id = $1 AND category_type = 'HEALTH'",
                           sql::Query::Kind::kPoint};
const sql::Query kEvidence{"dispatch.job.evidence",
                           "SELECT id, document_type, review_status, mime_type "
                           "FROM assistance_requestdocument WHERE request_id = $1 AND "
                           "uploaded_by_id = (SELECT user_id FROM providers_provider "
                           "WHERE id = $2) AND review_status <> 'REJECTED' AND "
                           "document_type NOT IN ('ID_FRONT', 'ID_BACK', 'LICENSE', 'INVOICE') "
                           "ORDER BY id"};

std::optional<NavigationView> navigation_to(const assistance::AssistanceRequest& request) {
    if (!request.location_latitude || !request.location_longitude) return std::nullopt;
    const std::string place =
        request.location_latitude->to_string() + "," + request.location_longitude->to_string();
    return NavigationView{
        .geo = fmt::format("geo:{0}?q={0}", place),
        .google_maps = fmt::format("https://www.google.com/maps/dir/?api=1&destination={}", place),
        .waze = fmt::format("https://waze.com/ul?ll={}&navigate=yes", place)};
}

}  // namespace

StepsView steps_of(const Assignment& job) {
    return {.assigned_at = job.assigned_at,
            .promised_at = job.promised_at,
            .arrival_estimate_at = job.arrival_estimate_at,
            .departed_at = job.departed_at,
            .arrived_at = job.arrived_at,
            .arrival_in_doubt = job.arrival_in_doubt,
            .started_at = job.started_at,
            .ended_at = job.ended_at};
}

std::vector<JobStep> next_steps(RequestStatus status, const Assignment& job) {
    if (job.ended_at) return {};
    if (status == RequestStatus::kInProgress) return {JobStep::kComplete};
    if (status != RequestStatus::kAssigned) return {};
    if (job.arrived_at) return {JobStep::kStart, JobStep::kWithdraw};
    if (job.departed_at) return {JobStep::kArrived, JobStep::kWithdraw};
    return {JobStep::kDepart, JobStep::kArrived, JobStep::kWithdraw};
}

std::vector<Proof> required_proofs(bool is_desk, bool for_patient) {
    if (is_desk) return {Proof::kNotes};
    if (for_patient) return {Proof::kSignature, Proof::kForm};
    return {Proof::kPhoto, Proof::kSignature};
}

Task<Result<bool>> is_health(sql::Executor& executor,
                             const assistance::AssistanceRequest& request) {
    if (!request.service_category_id) co_return false;
    const std::array params{sql::Value::integer(request.service_category_id->value)};
    bool health = false;
    auto sink = sql::each_row([&](const sql::Row&) { health = true; });
    const auto ran = co_await executor.run(kIsHealth, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return health;
}

Task<Result<std::vector<EvidenceDocument>>> evidence_of(sql::Executor& executor,
                                                        const Assignment& job) {
    std::vector<EvidenceDocument> documents;
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        EvidenceDocument& document = documents.emplace_back();
        std::string mime_type;
        model::Cells cells(row);
        cells >> document.id >> document.document_type >> document.review_status >> mime_type;
        document.is_picture = mime_type.starts_with("image/");
        good = good && cells.good();
    });
    const std::array params{sql::Value::integer(job.request_id.value),
                            sql::Value::integer(job.provider_id.value)};
    const auto ran = co_await executor.run(kEvidence, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A stored document does not read back.");
    co_return documents;
}

Task<Result<JobView>> job_view(sql::Executor& executor, const http::Call& call,
                               Assignment assignment) {
    auto detail = co_await assistance::find_detail(executor, assignment.request_id);
    if (!detail) co_return std::unexpected(std::move(detail).error());
    if (!*detail) co_return refuse(Refusal::kNotFound);
    SEGURIFAI_CO_TRY(co_await assistance::add_member(executor, **detail));
    const assistance::AssistanceRequest& request = (*detail)->row;
    SEGURIFAI_CO_TRY_AS(const bool health, co_await is_health(executor, request));
    JobView view;
    SEGURIFAI_CO_TRY_AS(view.evidence.present, co_await evidence_of(executor, assignment));
    view.evidence.required = required_proofs(assignment.is_desk, is_for_patient(request, health));
    view.evidence.form_complete =
        assistance::member_of(request.metadata.text, "form_complete") == "true";
    view.id = assignment.id;
    view.request_id = assignment.request_id;
    view.is_desk = assignment.is_desk;
    view.distance_km = assignment.distance_km;
    view.steps = steps_of(assignment);
    view.next_steps = next_steps(request.status, assignment);
    if (!assignment.is_desk && !assignment.ended_at) view.navigation = navigation_to(request);
    view.outcome = assignment.outcome;
    view.completion_notes = std::move(assignment.completion_notes);
    view.request =
        assistance::view_of(std::move(**detail), assistance::Audience::kUnit, call.caller);
    co_return view;
}

}  // namespace segurifai::dispatch
