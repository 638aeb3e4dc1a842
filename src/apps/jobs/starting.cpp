#include "apps/jobs/starting.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "apps/audit/service.hpp"
#include "apps/jobs/queue.hpp"
#include "apps/platform.hpp"
#include "apps/unit_of_work.hpp"
#include "base/json_object.hpp"

namespace segurifai::jobs {
namespace {

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

}  // namespace

JobView view_of(Job job) {
    return {.id = job.id,
            .kind = std::move(job.kind),
            .state = job.state,
            .progress = job.progress,
            .result = std::move(job.result),
            .error = std::move(job.error),
            .file_name = std::move(job.file_name),
            .created_at = job.created_at,
            .finished_at = job.finished_at};
}

Task<Result<JobView>> start_job(http::Call& call, const JobKind& kind, Json args) {
    SEGURIFAI_CO_TRY(kind.check_args(args));
    const auto work = [&](sql::Transaction& transaction) -> Task<Result<JobView>> {
        SEGURIFAI_CO_TRY_AS(Job job, co_await queue(transaction, call, kind, args));
        const std::string id = std::to_string(job.id.value);
        JsonObject after;
        after.raw("args", args.text).text("kind", kind.name);
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

}  // namespace segurifai::jobs
