#pragma once

#include "apps/jobs/job_view.hpp"
#include "apps/jobs/kind.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "http/call.hpp"

namespace segurifai::jobs {

/// Queues a job for the caller, as a keyed operation that answers 202 with a Location: with its
/// audit event, and taken by a runner at once. `args` are what the kind's check_args lets through.
/// invalid_transition, with job_id, while another of the kind is under way.
[[nodiscard]] Task<Result<JobView>> start_job(http::Call& call, const JobKind& kind, Json args);

}  // namespace segurifai::jobs
