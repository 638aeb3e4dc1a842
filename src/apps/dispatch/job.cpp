#include "apps/dispatch/job.hpp"

#include <array>
#include <utility>

#include "apps/assistance/json_members.hpp"
#include "apps/assistance/request_row.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

const sql::Query kLatest{"dispatch.job.latest",
                         "SELECT id FROM dispatch_assignment WHERE request_id = $1 AND "
                         "provider_id = $2 ORDER BY id DESC LIMIT 1",
                         sql::Query::Kind::kPoint};

Task<Result<Assignment>> latest_assignment(sql::Executor& executor,
                                           assistance::AssistanceRequestId request,
                                           std::int32_t provider) {
    const std::array params{sql::Value::integer(request.value), sql::Value::integer(provider)};
    std::optional<AssignmentId> id;
    auto sink = sql::each_row(
        [&](const sql::Row& row) { id = AssignmentId{static_cast<std::int32_t>(row.integer(0))}; });
    const auto ran = co_await executor.run(kLatest, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!id) co_return refuse(Refusal::kNotFound);
    auto found = co_await model::find<Assignment>(executor, *id);
    if (!found) co_return std::unexpected(std::move(found).error());
    if (!*found) co_return refuse(Refusal::kNotFound);
    co_return std::move(**found);
}

}  // namespace

Task<Result<Job>> find_job(sql::Executor& executor, const http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const auto id, call.path_id<assistance::AssistanceRequestId>());
    if (!call.caller.provider_id) co_return refuse(Refusal::kNotFound);
    Job job;
    SEGURIFAI_CO_TRY_AS(job.assignment,
                        co_await latest_assignment(executor, id, *call.caller.provider_id));
    auto request = co_await model::find<assistance::AssistanceRequest>(executor, id);
    if (!request) co_return std::unexpected(std::move(request).error());
    // A request that went on to another unit is no longer this one's to read.
    if (!*request || (*request)->provider_id != job.assignment.provider_id)
        co_return refuse(Refusal::kNotFound);
    job.request = std::move(**request);
    co_return job;
}

Task<Result<Job>> hold_job(sql::Transaction& transaction, const http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const auto id, call.path_id<assistance::AssistanceRequestId>());
    if (!call.caller.provider_id) co_return refuse(Refusal::kNotFound);
    auto request = co_await assistance::find_for_update(transaction, id);
    if (!request) co_return std::unexpected(std::move(request).error());
    if (!*request) co_return refuse(Refusal::kNotFound);
    Job job;
    SEGURIFAI_CO_TRY_AS(job.assignment,
                        co_await latest_assignment(transaction, id, *call.caller.provider_id));
    if (job.assignment.ended_at || (*request)->provider_id != job.assignment.provider_id)
        co_return refuse(Refusal::kInvalidTransition);
    job.request = std::move(**request);
    co_return job;
}

std::string service_code_of(const assistance::AssistanceRequest& request) {
    return std::string(assistance::text_of(request.metadata.text, "service_code"));
}

audit::Change change_of(const Assignment& assignment, std::string after) {
    return {.action = {},
            .object_table = "dispatch_assignment",
            .object_id = std::to_string(assignment.id.value),
            .after = std::move(after)};
}

bool is_for_patient(const assistance::AssistanceRequest& request, bool health) {
    return health || service_code_of(request) == "AMBULANCE";
}

}  // namespace segurifai::dispatch
