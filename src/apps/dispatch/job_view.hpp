#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/assistance/choices.hpp"
#include "apps/assistance/request_view.hpp"
#include "apps/dispatch/choices.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"
#include "sql/database.hpp"

namespace segurifai::dispatch {

/// What a unit does next in a job.
enum class JobStep { kDepart, kArrived, kStart, kComplete, kWithdraw };

/// What a completion must bring (RULES §13).
enum class Proof { kPhoto, kSignature, kForm, kNotes };

}  // namespace segurifai::dispatch

namespace segurifai::model {

template <>
inline constexpr std::array kWords<dispatch::JobStep>{
    std::string_view("depart"), std::string_view("arrived"), std::string_view("start"),
    std::string_view("complete"), std::string_view("withdraw")};

template <>
inline constexpr std::array kWords<dispatch::Proof>{
    std::string_view("PHOTO"), std::string_view("SIGNATURE"), std::string_view("FORM"),
    std::string_view("NOTES")};

}  // namespace segurifai::model

namespace segurifai::dispatch {

/// The steps of a job that are done, and the arrival promised and expected.
struct StepsView {
    static constexpr std::string_view kShape = "JobSteps";
    Instant assigned_at;
    Instant promised_at;
    Instant arrival_estimate_at;
    std::optional<Instant> departed_at;
    std::optional<Instant> arrived_at;
    bool arrival_in_doubt = false;
    std::optional<Instant> started_at;
    std::optional<Instant> ended_at;
    static consteval auto fields() {
        return std::array{http::field<&StepsView::assigned_at>("assigned_at"),
                          http::field<&StepsView::promised_at>("promised_at"),
                          http::field<&StepsView::arrival_estimate_at>("arrival_estimate_at"),
                          http::field<&StepsView::departed_at>("departed_at"),
                          http::field<&StepsView::arrived_at>("arrived_at"),
                          http::field<&StepsView::arrival_in_doubt>("arrival_in_doubt"),
                          http::field<&StepsView::started_at>("started_at"),
                          http::field<&StepsView::ended_at>("ended_at")};
    }
};

/// A document of the request, as evidence.
struct EvidenceDocument {
    static constexpr std::string_view kShape = "EvidenceDocument";
    assistance::RequestDocumentId id;
    assistance::DocumentType document_type = assistance::DocumentType::kOther;
    assistance::ReviewStatus review_status = assistance::ReviewStatus::kPending;
    bool is_picture = false;
    static consteval auto fields() {
        return std::array{http::field<&EvidenceDocument::id>("id"),
                          http::field<&EvidenceDocument::document_type>("document_type"),
                          http::field<&EvidenceDocument::review_status>("review_status"),
                          http::field<&EvidenceDocument::is_picture>("is_picture")};
    }
};

struct EvidenceView {
    static constexpr std::string_view kShape = "JobEvidence";
    std::vector<Proof> required;
    std::vector<EvidenceDocument> present;
    bool form_complete = false;
    static consteval auto fields() {
        return std::array{http::field<&EvidenceView::required>("required"),
                          http::field<&EvidenceView::present>("present"),
                          http::field<&EvidenceView::form_complete>("form_complete")};
    }
};

/// Links that open a map with the way to the place.
struct NavigationView {
    static constexpr std::string_view kShape = "Navigation";
    std::string geo;
    std::string google_maps;
    std::string waze;
    static consteval auto fields() {
        return std::array{http::field<&NavigationView::geo>("geo", {.length = 200}),
                          http::field<&NavigationView::google_maps>("google_maps", {.length = 200}),
                          http::field<&NavigationView::waze>("waze", {.length = 200})};
    }
};

/// A job as its unit sees it (API §2.7). The request is the unit's view, with the pay.
struct JobView {
    static constexpr std::string_view kShape = "Job";
    AssignmentId id;
    assistance::AssistanceRequestId request_id;
    assistance::RequestView request;
    bool is_desk = false;
    Kilometres distance_km;
    StepsView steps;
    std::vector<JobStep> next_steps;
    EvidenceView evidence;
    std::optional<NavigationView> navigation;
    std::optional<Outcome> outcome;
    std::string completion_notes;
    static consteval auto fields() {
        return std::array{
            http::field<&JobView::id>("id"),
            http::field<&JobView::request_id>("request_id"),
            http::field<&JobView::request>("request"),
            http::field<&JobView::is_desk>("is_desk"),
            http::field<&JobView::distance_km>("distance_km"),
            http::field<&JobView::steps>("steps"),
            http::field<&JobView::next_steps>("next_steps"),
            http::field<&JobView::evidence>("evidence"),
            http::field<&JobView::navigation>("navigation"),
            http::field<&JobView::outcome>("outcome"),
            http::field<&JobView::completion_notes>("completion_notes", {.length = 2'000})};
    }
};

[[nodiscard]] StepsView steps_of(const Assignment& job);

/// The steps that a job of a request in `status` allows next.
[[nodiscard]] std::vector<JobStep> next_steps(assistance::RequestStatus status,
                                              const Assignment& job);

/// What a completion must bring: desks their notes; services to patients a signature and the form;
/// all others a photograph and a signature.
[[nodiscard]] std::vector<Proof> required_proofs(bool is_desk, bool for_patient);

/// Whether the category of a request is HEALTH.
[[nodiscard]] Task<Result<bool>> is_health(sql::Executor& executor,
                                           const assistance::AssistanceRequest& request);

/// What the unit has added to the request as proof of its work, the oldest first: not what was
/// REJECTED, nor papers, nor what others added.
[[nodiscard]] Task<Result<std::vector<EvidenceDocument>>> evidence_of(sql::Executor& executor,
                                                                      const Assignment& job);

/// The job as its unit sees it. The request is read again.
[[nodiscard]] Task<Result<JobView>> job_view(sql::Executor& executor, const http::Call& call,
                                             Assignment assignment);

}  // namespace segurifai::dispatch
