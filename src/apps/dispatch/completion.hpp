#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/dispatch/choices.hpp"
#include "apps/dispatch/job_view.hpp"
#include "apps/keys.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"

namespace segurifai::dispatch {

/// The completion form (RULES §6).
struct CompleteInput {
    static constexpr std::string_view kShape = "JobCompletion";
    Outcome outcome = Outcome::kCompleted;
    std::optional<std::string> notes;
    std::optional<std::vector<assistance::RequestDocumentId>> photo_document_ids;
    std::optional<assistance::RequestDocumentId> signature_document_id;
    std::optional<Money> actual_cost;
    std::optional<Instant> occurred_at;
    std::optional<Coordinate> latitude;
    std::optional<Coordinate> longitude;
    static consteval auto fields() {
        return std::array{
            http::field<&CompleteInput::outcome>("outcome"),
            http::field<&CompleteInput::notes>("notes", {.length = 2'000}),
            http::field<&CompleteInput::photo_document_ids>("photo_document_ids",
                                                            {.items_max = 20}),
            http::field<&CompleteInput::signature_document_id>("signature_document_id"),
            http::field<&CompleteInput::actual_cost>("actual_cost", {.min = "0"}),
            http::field<&CompleteInput::occurred_at>("occurred_at"),
            http::field<&CompleteInput::latitude>("latitude", {.min = "-90", .max = "90"}),
            http::field<&CompleteInput::longitude>("longitude", {.min = "-180", .max = "180"})};
    }
};

/// What a completion lacks of `required`. `documents` are those of the request: a photograph or
/// signature that is not among them does not count, nor does one document for both.
[[nodiscard]] std::vector<Proof> missing_proofs(std::span<const Proof> required,
                                                const CompleteInput& input,
                                                std::span<const EvidenceDocument> documents,
                                                bool form_complete);

/// The job is done: request COMPLETED, assignment closed with its pay, the unit's count raised.
/// Once: a second completion refuses with kInvalidTransition. kEvidenceMissing names what lacks.
[[nodiscard]] Task<Result<JobView>> complete(http::Call& call, CompleteInput input);

}  // namespace segurifai::dispatch
