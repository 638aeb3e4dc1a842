#include "server/admin_retention.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/jobs/history.hpp"
#include "apps/jobs/kind.hpp"
#include "apps/jobs/starting.hpp"
#include "apps/platform.hpp"
#include "server/retention_policies.hpp"

namespace segurifai::server {
namespace {

struct PolicyView {
    static constexpr std::string_view kShape = "RetentionPolicy";
    std::string policy;
    std::optional<std::int64_t> rows_due;
    std::optional<std::int64_t> rows_held;
    std::optional<Instant> counted_at;
    std::optional<Instant> last_run;
    std::optional<std::int64_t> rows_done;
    std::optional<Instant> next_run;
    std::optional<jobs::JobId> job_id;
    std::optional<std::string> error;
    static consteval auto fields() {
        return std::array{
            http::field<&PolicyView::policy>("policy"),
            http::field<&PolicyView::rows_due>(
                "rows_due", {.help = "past their time and still there, as counted_at found them"}),
            http::field<&PolicyView::rows_held>("rows_held",
                                                {.help = "past their time, kept by a hold"}),
            http::field<&PolicyView::counted_at>("counted_at", {.help = "the last run or dry run"}),
            http::field<&PolicyView::last_run>("last_run", {.help = "that was no dry run"}),
            http::field<&PolicyView::rows_done>("rows_done", {.help = "moved or deleted by it"}),
            http::field<&PolicyView::next_run>("next_run"),
            http::field<&PolicyView::job_id>("job_id", {.help = "of the run under way"}),
            http::field<&PolicyView::error>("error", {.help = "why the last run failed"})};
    }
};

/// What a run counted, over all its tables.
struct Counts {
    std::int64_t due = 0;
    std::int64_t done = 0;
    std::int64_t held = 0;
};

/// The counts of a result: one object a table, beside figures of the whole.
Counts counts_of(const Json& result) {
    Counts counts;
    boost::system::error_code error;
    const boost::json::value parsed = boost::json::parse(result.text, error);
    if (error || !parsed.is_object()) return counts;
    const auto add = [](std::int64_t& to, const boost::json::object& line, std::string_view name) {
        const auto* found = line.if_contains(name);
        if (found != nullptr && found->is_int64()) to += found->get_int64();
    };
    for (const auto& [table, value] : parsed.get_object()) {
        const auto* line = value.if_object();
        if (line == nullptr) continue;
        add(counts.due, *line, "due");
        add(counts.done, *line, "done");
        add(counts.held, *line, "held");
    }
    return counts;
}

PolicyView view_of(const RetentionPolicy& policy, const jobs::KindHistory& history) {
    PolicyView view;
    view.policy = policy.name;
    view.next_run = history.next_at;
    if (history.under_way) {
        view.job_id = history.under_way->id;
        view.error = history.under_way->error;
    }
    if (history.last_done) {
        view.last_run = history.last_done->finished_at;
        view.rows_done = counts_of(history.last_done->result).done;
    }
    // A dry run after it makes no run good that failed.
    for (const auto* ended : {&history.last_run, &history.last})
        if (!view.error && *ended && (*ended)->state == jobs::JobState::kFailed)
            view.error = (*ended)->error;
    if (!history.last || history.last->state == jobs::JobState::kFailed) return view;
    const Counts counts = counts_of(history.last->result);
    view.rows_due = counts.due - counts.done;
    view.rows_held = counts.held;
    view.counted_at = history.last->finished_at;
    return view;
}

/// admin.retention
Task<Result<std::vector<PolicyView>>> show(http::Call& call) {
    std::vector<PolicyView> views;
    for (const RetentionPolicy& policy : kRetentionPolicies) {
        SEGURIFAI_CO_TRY_AS(
            const jobs::KindHistory history,
            co_await jobs::history_of(call.platform.database, std::string(policy.job)));
        views.push_back(view_of(policy, history));
    }
    co_return views;
}

struct RunRequest {
    static constexpr std::string_view kShape = "RetentionRunRequest";
    std::optional<bool> dry_run;
    static consteval auto fields() {
        return std::array{http::field<&RunRequest::dry_run>(
            "dry_run", {.help = "only counts what is due; true when left out"})};
    }
};

/// admin.retention.run
Task<Result<jobs::JobView>> run(http::Call& call, RunRequest asked) {
    const auto* const policy =
        std::ranges::find(kRetentionPolicies, call.path_parameters.front(), &RetentionPolicy::name);
    if (policy == kRetentionPolicies.end()) co_return refuse(Refusal::kNotFound);
    const jobs::JobKind* kind = call.platform.job_kinds->find(policy->job);
    if (kind == nullptr) co_return refuse(Refusal::kNotFound);
    const bool dry_run = asked.dry_run.value_or(true);
    Json args{dry_run ? R"({"dry_run":true})" : "{}"};
    co_return co_await jobs::start_job(call, *kind, std::move(args));
}

constexpr std::array kRunRefusals{Refusal::kInvalidTransition};

}  // namespace

std::vector<http::Route> retention_routes() {
    return {http::get<&show>("/api/admin/retention/", "admin.retention",
                             {.summary = "What each policy of retention did and has to do"}),
            http::post<&run>("/api/admin/retention/{policy}/run/", "admin.retention.run",
                             {.summary = "Run a policy of retention, or only count what is due",
                              .status = 202,
                              .keyed = true,
                              .refusals = kRunRefusals})};
}

}  // namespace segurifai::server
