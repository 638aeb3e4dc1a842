#include "apps/jobs/api.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/audit/service.hpp"
#include "apps/jobs/queue.hpp"
#include "apps/platform.hpp"
#include "apps/unit_of_work.hpp"
#include "base/json_object.hpp"
#include "model/store.hpp"

namespace segurifai::jobs {
namespace {

constexpr int kArgsBytesMax = 10'000;

struct JobRequest {
    static constexpr std::string_view kShape = "BackgroundJobRequest";
    std::optional<Json> args;
    static consteval auto fields() {
        return std::array{http::field<&JobRequest::args>(
            "args",
            {.length = kArgsBytesMax, .json = JsonKind::kObject, .help = "As the job takes them"})};
    }
};

struct JobView {
    static constexpr std::string_view kShape = "BackgroundJob";
    JobId id;
    std::string kind;
    JobState state = JobState::kQueued;
    double progress = 0;
    Json result{"{}"};
    std::optional<std::string> error;
    Instant created_at;
    std::optional<Instant> finished_at;
    static consteval auto fields() {
        return std::array{http::field<&JobView::id>("id"),
                          http::field<&JobView::kind>("kind"),
                          http::field<&JobView::state>("state"),
                          http::field<&JobView::progress>("progress", {.help = "0 to 1"}),
                          http::field<&JobView::result>("result", {.json = JsonKind::kObject}),
                          http::field<&JobView::error>("error"),
                          http::field<&JobView::created_at>("created_at"),
                          http::field<&JobView::finished_at>("finished_at")};
    }
};

JobView view_of(Job job) {
    return {.id = job.id,
            .kind = std::move(job.kind),
            .state = job.state,
            .progress = job.progress,
            .result = std::move(job.result),
            .error = std::move(job.error),
            .created_at = job.created_at,
            .finished_at = job.finished_at};
}

/// platform.job: of the account that started it, and of superusers.
Task<Result<JobView>> show(http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const JobId id, call.path_id<JobId>());
    SEGURIFAI_CO_TRY_AS(auto job, co_await model::find<Job>(call.platform.database, id));
    const bool is_starter = job && job->starter_id && job->starter_id->value == call.caller.user_id;
    if (!job || !(is_starter || call.reach.any)) co_return refuse(Refusal::kNotFound);
    co_return view_of(*std::move(job));
}

Task<Result<Job>> queue(sql::Transaction& transaction, http::Call& call, const JobKind& kind,
                        const Json& args) {
    NewJob asked;
    asked.args = args;
    asked.due = call.at;
    asked.starter = users::UserId{call.caller.user_id};
    SEGURIFAI_CO_TRY_AS(auto queued,
                        co_await enqueue(transaction, call.platform.clock, kind, std::move(asked)));
    if (queued) co_return *std::move(queued);
    SEGURIFAI_CO_TRY_AS(const auto other, co_await find_under_way(transaction, kind.name));
    co_return refuse(Refusal::kInvalidTransition,
                     other ? fmt::format(R"("job_id":{})", other->id.value) : std::string());
}

/// admin.jobs.run: queues a job of a kind, which a runner of some node takes at once.
Task<Result<JobView>> start(http::Call& call, JobRequest asked) {
    const JobKind* kind = call.platform.job_kinds->find(call.path_parameters.front());
    if (kind == nullptr) co_return refuse(Refusal::kNotFound);
    const Json args = asked.args.value_or(Json{"{}"});
    SEGURIFAI_CO_TRY(kind->check_args(args));
    const auto work = [&](sql::Transaction& transaction) -> Task<Result<JobView>> {
        SEGURIFAI_CO_TRY_AS(Job job, co_await queue(transaction, call, *kind, args));
        const std::string id = std::to_string(job.id.value);
        JsonObject after;
        after.raw("args", args.text).text("kind", kind->name);
        audit::Change change{
            .object_table = "platform_job", .object_id = id, .after = after.to_string()};
        SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
        call.answer.set("Location", "/api/jobs/" + id + "/");
        co_return view_of(std::move(job));
    };
    auto done = co_await apps::perform<JobView>(call, work);
    if (done) call.platform.wake_jobs();
    co_return done;
}

constexpr std::array kStartRefusals{Refusal::kInvalidTransition};

}  // namespace

std::vector<http::Route> routes() {
    return {http::get<&show>("/api/jobs/{id}/", "platform.job", {.summary = "How a job stands"}),
            http::post<&start>("/api/admin/jobs/{name}/run/", "admin.jobs.run",
                               {.summary = "Run a job now",
                                .status = 202,
                                .keyed = true,
                                .refusals = kStartRefusals})};
}

}  // namespace segurifai::jobs
