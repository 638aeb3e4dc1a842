#include "server/job_kinds.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "apps/jobs/files.hpp"
#include "apps/jobs/queue.hpp"
#include "apps/platform/idempotency.hpp"
#include "base/json_object.hpp"
#include "base/random.hpp"
#include "server/backup_jobs.hpp"
#include "server/retention_jobs.hpp"
#include "server/schema_check.hpp"

namespace segurifai::server {
namespace {

using jobs::JobContext;
using jobs::JobKind;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::int64_t kForgottenAtOnce = 1'000;  ///< rows of one transaction

/// Removes up to `limit` rows whose time is over at `now`; returns how many.
using Forget = Task<Result<std::int64_t>> (*)(sql::Database& database, Instant now,
                                              std::int64_t limit);

/// Removes rows batch by batch, until there are none whose time is over.
Task<Result<Json>> forget_all(JobContext& job, Forget forget) {
    const Instant now = job.clock().now();
    std::int64_t removed = 0;
    std::int64_t batch = kForgottenAtOnce;
    while (batch == kForgottenAtOnce) {
        if (job.cancelled()) co_return jobs::given_up();
        SEGURIFAI_CO_TRY_AS(batch, co_await forget(job.database(), now, kForgottenAtOnce));
        removed += batch;
    }
    JsonObject result;
    result.integer("removed", removed);
    co_return Json{result.to_string()};
}

Task<Result<Json>> make_coming_partitions(JobContext& job, sql::DatabaseUrl url) {
    const auto make = [url = std::move(url), now = job.clock().now()] {
        return make_partitions(url, now);
    };
    SEGURIFAI_CO_TRY(co_await job.blocking(make));
    co_return Json{"{}"};
}

Task<Result<Json>> remove_old_files(JobContext& job, std::filesystem::path folder) {
    const auto work = [folder = std::move(folder), now = job.clock().now()] {
        return jobs::remove_old_files_blocking(folder, now);
    };
    SEGURIFAI_CO_TRY_AS(const std::int64_t removed, co_await job.blocking(work));
    JsonObject result;
    result.integer("removed", removed);
    co_return Json{result.to_string()};
}

JobKind forgetting(std::string name, std::string summary, jobs::Schedule schedule, Forget forget) {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .handler = [forget](JobContext& job) { return forget_all(job, forget); },
            .schedule = schedule};
}

}  // namespace

Result<security::Secrets> secrets_of(const Installation& installation) {
    if (installation.secret_key) return security::secrets_from(installation.secret_key);
    SystemRandom random;
    return security::load_or_make_secrets(installation.data_dir, random);
}

Result<jobs::Kinds> all_job_kinds(const Installation& installation) {
    const sql::DatabaseUrl& url = installation.database;
    std::vector<JobKind> kinds = retention_jobs(installation);
    std::ranges::move(backup_jobs(installation), std::back_inserter(kinds));
    kinds.push_back(forgetting("platform.keys", "Forget answers kept under Idempotency-Keys",
                               {.every = hours(1), .at = minutes(15)}, &platform::forget_old_keys));
    // Nine in the morning UTC is three at night in Guatemala.
    kinds.push_back(forgetting("platform.jobs", "Forget jobs that ended 30 days ago",
                               {.every = hours(24), .at = hours(9)}, &jobs::forget_old_jobs));
    const auto files = installation.data_dir / jobs::kFilesFolder;
    kinds.push_back({.name = "platform.job_files",
                     .summary = "Remove the files of jobs that were done a day ago",
                     .handler = [files](JobContext& job) { return remove_old_files(job, files); },
                     .schedule = jobs::Schedule{.every = hours(1), .at = minutes(35)}});
    if (url.engine == sql::Engine::kPostgres)
        kinds.push_back(
            {.name = "platform.partitions",
             .summary = "Make the daily partitions of the coming week",
             .handler = [url](JobContext& job) { return make_coming_partitions(job, url); },
             .schedule = jobs::Schedule{.every = hours(1), .at = minutes(5)}});
    return jobs::Kinds::make(std::move(kinds));
}

}  // namespace segurifai::server
