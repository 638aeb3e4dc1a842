#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "apps/jobs/kind.hpp"

namespace segurifai::server {

/// On a thread for jobs.
template <class Work>
Task<Result<Json>> run_blocking(Work work, jobs::JobContext& job) {
    auto here = [work = std::move(work), &job] { return work(job); };
    co_return co_await job.blocking(std::move(here));
}

/// A kind of job whose `work(JobContext&)` blocks: it returns a Result<Json>.
template <class Work>
jobs::JobKind blocking_job(std::string name, std::string summary, jobs::Schedule schedule,
                           Work work) {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .handler =
                [work = std::move(work)](jobs::JobContext& job) { return run_blocking(work, job); },
            .lease = std::chrono::minutes(5),
            .limit = std::chrono::hours(12),
            .schedule = schedule};
}

}  // namespace segurifai::server
