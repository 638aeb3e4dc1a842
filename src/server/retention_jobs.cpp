#include "server/retention_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "apps/registry.hpp"
#include "base/json_object.hpp"
#include "ops/audit_segments/closing.hpp"
#include "ops/audit_segments/folder.hpp"
#include "ops/retention/holds.hpp"
#include "ops/retention/retention.hpp"
#include "security/secrets.hpp"
#include "server/blocking_job.hpp"
#include "sql/session.hpp"

namespace segurifai::server {
namespace {

using jobs::JobContext;
using jobs::JobKind;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::string_view kDryRun = R"({"dry_run":true})";

bool is_dry_run(const Json& args) {
    return args.text == kDryRun;
}

/// Says nothing, or that it is a dry run: what is done and what is only looked at are told apart
/// by it later.
Result<void> check_dry_run(const Json& args) {
    if (args.text == "{}" || is_dry_run(args)) return {};
    return fault("args", "This job takes dry_run, which is true, or nothing.");
}

Result<std::unique_ptr<sql::Session>> open_session(const Installation& installation) {
    return sql::open_session(installation.database,
                             {.create = false, .keep_log = installation.keep_log});
}

Result<Json> run_policy(const Installation& installation, retention::Policy policy,
                        JobContext& job) {
    SEGURIFAI_TRY_AS(const model::Registry registry, model::Registry::make(apps::all_tables()));
    SEGURIFAI_TRY_AS(const auto session, open_session(installation));
    const retention::Options options{
        .registry = registry,
        .clock = job.clock(),
        .dry_run = is_dry_run(job.args),
        .documents_dir = (installation.data_dir / "documents").string(),
        .pace = retention::Pace::kGentle,
        .on_batch = [&job](const retention::Line&) { return !job.cancelled(); }};
    SEGURIFAI_TRY_AS(const retention::Report report, retention::run(*session, policy, options));
    if (job.cancelled()) return jobs::given_up();
    JsonObject result;
    retention::Findings findings;
    for (const retention::Line& line : report.lines) {
        findings.add(line.findings);
        JsonObject counts;
        counts.integer("due", line.due).integer("done", line.done).integer("held", line.held);
        counts.integer("bytes", line.bytes).integer("left", line.left);
        result.raw(line.table, counts.to_string());
    }
    // What is damaged is no matter of trying again: somebody must look.
    if (findings.count > 0)
        return fail(Code::kCorrupt,
                    fmt::format("{} findings, all else was done ({}); run 'segurifai retention run "
                                "--policy {}' to see them. The first: {}",
                                findings.count, result.to_string(), retention::name_of(policy),
                                findings.first.front()));
    return Json{result.to_string()};
}

Result<Json> close_audit_months(const Installation& installation, JobContext& job) {
    SEGURIFAI_TRY_AS(const security::Secrets secrets, secrets_of(installation));
    SEGURIFAI_TRY_AS(const auto session, open_session(installation));
    const auto folder = audit_segments::disk_folder(installation.data_dir / "archive" / "audit");
    audit_segments::ClosingOptions options{.as_of = job.clock().now(),
                                           .dry_run = is_dry_run(job.args)};
    SEGURIFAI_TRY_AS(options.held, retention::held_months(*session));
    SEGURIFAI_TRY_AS(const auto closed,
                     audit_segments::close_months(*session, *folder, secrets, options));
    SEGURIFAI_TRY_AS(const auto removed,
                     audit_segments::remove_expired(*session, *folder, secrets, options));
    // What contradicts a segment is no matter of trying again: somebody must look.
    if (!closed.findings.empty())
        return fail(Code::kCorrupt,
                    fmt::format("{} events of the audit log are not as their month was closed; "
                                "run 'segurifai audit verify'. The first: {}",
                                closed.findings.size(),
                                audit_segments::to_string(closed.findings.front())));
    std::int64_t events = 0;
    for (const auto& month : closed.months) events += month.removed;
    for (const auto& month : removed) events += month.rows;
    JsonObject moved;
    moved.integer("due", events).integer("done", options.dry_run ? 0 : events);
    JsonObject result;
    result.raw("audit_event", moved.to_string());
    result.integer("months_closed", static_cast<std::int64_t>(closed.months.size()));
    result.integer("segments_removed",
                   std::ranges::count(removed, true, &audit_segments::RemovedMonth::had_segment));
    return Json{result.to_string()};
}

}  // namespace

std::vector<JobKind> retention_jobs(const Installation& installation) {
    using retention::Policy;
    const auto policy_job = [&](Policy policy, std::string summary, jobs::Schedule schedule) {
        auto work = [installation, policy](JobContext& job) {
            return run_policy(installation, policy, job);
        };
        return blocking_job(fmt::format("retention.{}", retention::name_of(policy)),
                            std::move(summary), schedule, std::move(work));
    };
    // Eight in the morning UTC is two at night in Guatemala.
    std::vector<JobKind> kinds;
    kinds.push_back(policy_job(Policy::kPositions, "Delete positions older than 90 days",
                               {.every = hours(24), .at = hours(8)}));
    kinds.push_back(policy_job(Policy::kSessions, "Delete sessions a day after they expired",
                               {.every = hours(1), .at = minutes(25)}));
    kinds.push_back(policy_job(Policy::kRequests, "Move requests to the archive after 2 years",
                               {.every = hours(24), .at = hours(8) + minutes(20)}));
    kinds.push_back(policy_job(Policy::kArchive, "Delete archived requests after 7 years",
                               {.every = hours(24), .at = hours(8) + minutes(40)}));
    auto close = [installation](JobContext& job) { return close_audit_months(installation, job); };
    kinds.push_back(blocking_job("audit.close", "Close audit months; delete them after 2 years",
                                 {.every = hours(24), .at = hours(9) + minutes(20)},
                                 std::move(close)));
    for (JobKind& kind : kinds) kind.check_args = &check_dry_run;
    return kinds;
}

}  // namespace segurifai::server
