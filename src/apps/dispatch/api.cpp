#include "apps/dispatch/api.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/dispatch/completion.hpp"
#include "apps/dispatch/job.hpp"
#include "apps/dispatch/job_steps.hpp"
#include "apps/dispatch/job_view.hpp"
#include "apps/dispatch/offers.hpp"
#include "apps/platform.hpp"
#include "model/store.hpp"

namespace segurifai::dispatch {
namespace {

using model::Filter;

constexpr std::array kJobDerived{
    http::DerivedFilter{
        .name = "active", .expression = "(ended_at IS NULL)", .type = model::Type::kBoolean},
    http::DerivedFilter{.name = "status",
                        .expression = "(SELECT CASE WHEN r.provider_id = "
                                      "dispatch_assignment.provider_id AND "
                                      "(dispatch_assignment.ended_at IS NULL OR "
                                      "dispatch_assignment.outcome IS NOT NULL OR "
                                      "r.status = 'CANCELLED') THEN r.status ELSE 'PENDING' END "
                                      "FROM assistance_assistancerequest r "
                                      "WHERE r.id = dispatch_assignment.request_id)",
                        .type = model::Type::kVarchar,
                        .choices = model::kWords<assistance::RequestStatus>},
    http::DerivedFilter{
        .name = "service_code",
        .expression = "(SELECT r.metadata ->> 'service_code' FROM assistance_assistancerequest r "
                      "WHERE r.id = dispatch_assignment.request_id)",
        .type = model::Type::kText},
    http::DerivedFilter{.name = "completed_at",
                        .expression = "(SELECT r.completed_at FROM assistance_assistancerequest r "
                                      "WHERE r.id = dispatch_assignment.request_id AND "
                                      "r.provider_id = dispatch_assignment.provider_id AND "
                                      "dispatch_assignment.outcome IS NOT NULL)",
                        .type = model::Type::kDateTime}};
constexpr std::array kJobOrders{std::string_view("-assigned_at")};
constexpr http::ListSpec kJobs{.table = &model::table_of<Assignment>(),
                               .filters = {},
                               .derived = kJobDerived,
                               .orders = kJobOrders};

/// One line of a unit's jobs.
struct JobLine {
    static constexpr std::string_view kShape = "JobSummary";
    AssignmentId id;
    assistance::AssistanceRequestId request_id;
    std::string request_number;
    std::string service_code;
    std::string title;
    std::string location_city;
    assistance::Priority priority = assistance::Priority::kMedium;
    assistance::RequestStatus status = assistance::RequestStatus::kPending;
    bool active = false;
    Kilometres distance_km;
    assistance::PayView pay;
    StepsView steps;
    std::optional<Instant> completed_at;
    std::optional<Outcome> outcome;
    static consteval auto fields() {
        return std::array{http::field<&JobLine::id>("id"),
                          http::field<&JobLine::request_id>("request_id"),
                          http::field<&JobLine::request_number>("request_number", {.length = 20}),
                          http::field<&JobLine::service_code>("service_code", {.length = 40}),
                          http::field<&JobLine::title>("title", {.length = 200}),
                          http::field<&JobLine::location_city>("location_city", {.length = 100}),
                          http::field<&JobLine::priority>("priority"),
                          http::field<&JobLine::status>("status"),
                          http::field<&JobLine::active>("active"),
                          http::field<&JobLine::distance_km>("distance_km"),
                          http::field<&JobLine::pay>("pay"),
                          http::field<&JobLine::steps>("steps"),
                          http::field<&JobLine::completed_at>("completed_at"),
                          http::field<&JobLine::outcome>("outcome")};
    }
};

/// Whether the request went on as this job. One that was given back left it PENDING, and what
/// became of it then is not this unit's to read. The filter by status says the same.
bool went_on(const Assignment& job, const assistance::AssistanceRequest& request) noexcept {
    return request.provider_id == job.provider_id &&
           (!job.ended_at || job.outcome ||
            request.status == assistance::RequestStatus::kCancelled);
}

JobLine line_of(const Assignment& job, const assistance::AssistanceRequest& request) {
    const bool is_ours = went_on(job, request);
    JobLine line;
    line.id = job.id;
    line.request_id = job.request_id;
    line.request_number = request.request_number;
    line.service_code = service_code_of(request);
    line.title = request.title;
    line.location_city = request.location_city;
    line.priority = request.priority;
    line.status = is_ours ? request.status : assistance::RequestStatus::kPending;
    line.active = !job.ended_at;
    line.distance_km = job.distance_km;
    if (is_ours)
        line.pay = {.base = job.pay_base,
                    .distance_bonus = job.pay_distance_bonus,
                    .total = {job.pay_base.unscaled + job.pay_distance_bonus.unscaled}};
    line.steps = steps_of(job);
    if (is_ours) line.completed_at = request.completed_at;
    line.outcome = job.outcome;
    return line;
}

/// The requests of a page's jobs, by one statement.
Task<Result<std::vector<assistance::AssistanceRequest>>> requests_of(
    sql::Executor& executor, const std::vector<Assignment>& jobs) {
    std::vector<sql::Value> ids;
    for (const Assignment& job : jobs) ids.push_back(sql::Value::integer(job.request_id.value));
    if (ids.empty()) co_return std::vector<assistance::AssistanceRequest>();
    Filter filter(model::table_of<assistance::AssistanceRequest>());
    SEGURIFAI_CO_TRY(filter.where_in("id", ids));
    co_return co_await model::list<assistance::AssistanceRequest>(executor, filter);
}

Task<Result<http::Page<JobLine>>> jobs(http::Call& call, http::ListQuery query) {
    if (!call.caller.provider_id) co_return refuse(Refusal::kNotFound);
    const auto unit = sql::Value::integer(*call.caller.provider_id);
    SEGURIFAI_CO_TRY(query.filter.where("provider_id", Filter::Operator::kEqual, unit));
    sql::Database& database = call.platform.database;
    const auto page = co_await http::read_page<Assignment>(database, query, call.platform.cursors);
    if (!page) co_return std::unexpected(page.error());
    const auto requests = co_await requests_of(database, page->rows);
    if (!requests) co_return std::unexpected(requests.error());
    co_return page->into(query, [&](const Assignment& job) {
        const auto found =
            std::ranges::find(*requests, job.request_id, &assistance::AssistanceRequest::id);
        return found == requests->end() ? line_of(job, {}) : line_of(job, *found);
    });
}

Task<Result<JobView>> job(http::Call& call) {
    SEGURIFAI_CO_TRY_AS(Job found, co_await find_job(call.platform.database, call));
    co_return co_await job_view(call.platform.database, call, std::move(found.assignment));
}

constexpr std::array kAcceptRefusals{Refusal::kOfferClosed, Refusal::kAlreadyAssigned,
                                     Refusal::kUnitBusy, Refusal::kProviderNotActive};
constexpr std::array kDeclineRefusals{Refusal::kOfferClosed};
constexpr std::array kStepRefusals{Refusal::kInvalidTransition};
constexpr std::array kStartRefusals{Refusal::kInvalidTransition, Refusal::kNotArrived};
constexpr std::array kCompleteRefusals{Refusal::kInvalidTransition, Refusal::kEvidenceMissing};

http::RouteOptions step(std::string_view summary, std::span<const Refusal> refusals) {
    return {.summary = summary, .keyed = true, .refusals = refusals};
}

}  // namespace

std::vector<http::Route> routes() {
    return {
        http::get<&offers>("/api/assistance/dispatch/offers/", "dispatch.offers",
                           {.summary = "The unit's open offers"}),
        http::post<&accept>("/api/assistance/dispatch/offers/{id}/accept/", "dispatch.accept",
                            step("Take the request", kAcceptRefusals)),
        http::post<&decline>("/api/assistance/dispatch/offers/{id}/decline/", "dispatch.decline",
                             {.summary = "Leave the request to others",
                              .status = 204,
                              .refusals = kDeclineRefusals}),
        http::get<&jobs>("/api/assistance/dispatch/jobs/", "dispatch.jobs",
                         {.summary = "The unit's jobs", .list = &kJobs}),
        http::get<&job>("/api/assistance/dispatch/jobs/{request_id}/", "dispatch.job",
                        {.summary = "One job"}),
        http::post<&depart>("/api/assistance/dispatch/jobs/{request_id}/depart/", "dispatch.depart",
                            step("The unit is on its way", kStepRefusals)),
        http::post<&arrived>("/api/assistance/dispatch/jobs/{request_id}/arrived/",
                             "dispatch.arrived", step("The unit is there", kStepRefusals)),
        http::post<&start>("/api/assistance/dispatch/jobs/{request_id}/start/", "dispatch.start",
                           step("Work begins", kStartRefusals)),
        http::post<&complete>("/api/assistance/dispatch/jobs/{request_id}/complete/",
                              "dispatch.complete", step("Work is done", kCompleteRefusals)),
        http::post<&withdraw>("/api/assistance/dispatch/jobs/{request_id}/withdraw/",
                              "dispatch.withdraw",
                              {.summary = "Give the job back",
                               .status = 204,
                               .keyed = true,
                               .refusals = kStepRefusals})};
}

}  // namespace segurifai::dispatch
