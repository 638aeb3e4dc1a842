#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/assistance/creation.hpp"
#include "apps/assistance/triage.hpp"
#include "apps/services/allowance.hpp"
#include "apps/services/allowance_counts.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

/// The decisions of requests.create, without any reading or writing.
namespace segurifai::assistance {

/// What is wrong with an input whatever the plan says: every fault at once.
[[nodiscard]] std::vector<Fault> faults_of(const NewRequest& input, Instant now);

/// What is wrong with it for this service.
[[nodiscard]] std::vector<Fault> faults_of(const NewRequest& input,
                                           const services::CoveredSubscription& subscription,
                                           const services::ServiceLine& line);

/// The plan's own refusals: vehicle, notice, place.
[[nodiscard]] Result<void> admit(const NewRequest& input,
                                 const services::CoveredSubscription& subscription,
                                 const services::ServiceLine& line, Instant now);

/// Whether the service asks how the patient is (API §2.6: HEALTH and AMBULANCE).
[[nodiscard]] bool takes_triage(services::CategoryType category,
                                const services::ServiceLine& line) noexcept;

/// How the patient is; nothing when nothing was said.
[[nodiscard]] std::optional<Triage> triage_of(const NewRequest& input);

/// The `metadata` of the new request, canonical. `left` is what the plan pays before it.
[[nodiscard]] std::string metadata_of(const NewRequest& input,
                                      const services::CoveredSubscription& subscription,
                                      const services::ServiceLine& line, const services::Left& left,
                                      const std::optional<Triage>& triage);

/// When dispatch first looks at it.
[[nodiscard]] Instant dispatched_from(const NewRequest& input, const services::ServiceLine& line,
                                      Instant now) noexcept;

}  // namespace segurifai::assistance
