#include "apps/providers/own_view.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "apps/platform.hpp"
#include "apps/providers/registration.hpp"
#include "base/guatemala.hpp"
#include "model/cells.hpp"
#include "sql/statement.hpp"

namespace segurifai::providers {
namespace {

using sql::Value;

constexpr std::int64_t kMonthSeconds = 30LL * 24 * 3600;
constexpr double kShareDigits = 10'000;

// Jobs and offers are dispatch's, requests assistance's: both stand above.
const sql::Query kActiveJob{
    "providers.own.active_job",
    "SELECT r.id, r.request_number, COALESCE(r.metadata ->> 'service_code', ''), r.title, "
    "r.status, a.assigned_at, a.promised_at, a.departed_at, a.arrived_at, a.started_at "
    "FROM dispatch_assignment a JOIN assistance_assistancerequest r ON r.id = a.request_id "
    "WHERE a.provider_id = $1 AND a.ended_at IS NULL ORDER BY a.is_desk, a.assigned_at, a.id "
    "LIMIT 1",
    sql::Query::Kind::kPoint};

const sql::Query kJobsSince{"providers.own.jobs_since",
                            "SELECT pay_base, pay_distance_bonus FROM dispatch_assignment "
                            "WHERE provider_id = $1 AND ended_at >= $2 AND outcome IS NOT NULL"};

// Every minute of the clock with a sample counts once. The first 16 characters of a stored instant
// are its minute.
const sql::Query kMinutesSince{
    "providers.own.minutes_since",
    "SELECT COUNT(DISTINCT substr(recorded_at, 1, 16)) FROM providers_providerlocationhistory "
    "WHERE provider_id = $1 AND recorded_at >= $2 AND recorded_at <= $3",
    "SELECT COUNT(DISTINCT date_trunc('minute', recorded_at)) "
    "FROM providers_providerlocationhistory "
    "WHERE provider_id = $1 AND recorded_at >= $2 AND recorded_at <= $3",
    sql::Query::Kind::kOrdinary};

const sql::Query kAnswered{
    "providers.own.answered",
    "SELECT COALESCE(SUM(CASE WHEN state = 'ACCEPTED' THEN 1 ELSE 0 END), 0), COUNT(*) "
    "FROM dispatch_offer WHERE provider_id = $1 AND created_at >= $2 AND "
    "state IN ('ACCEPTED', 'DECLINED', 'LAPSED')"};

const sql::Query kInTime{
    "providers.own.in_time",
    "SELECT COALESCE(SUM(CASE WHEN arrived_at <= promised_at THEN 1 ELSE 0 END), 0), COUNT(*) "
    "FROM dispatch_assignment WHERE provider_id = $1 AND arrived_at >= $2 AND NOT is_desk"};

struct JobCells {
    ActiveJob job;

    void read(model::Cells& cells) {
        cells.take(job.request_id);
        cells.take(job.request_number);
        cells.take(job.service_code);
        cells.take(job.title);
        cells.take(job.status);
        cells.take(job.assigned_at);
        cells.take(job.promised_at);
        cells.take(job.departed_at);
        cells.take(job.arrived_at);
        cells.take(job.started_at);
    }
};

Task<Result<std::optional<ActiveJob>>> active_job(sql::Executor& executor, ProviderId id) {
    const std::array params{Value::integer(id.value)};
    SEGURIFAI_CO_TRY_AS(auto found,
                        co_await model::read_one<JobCells>(executor, kActiveJob, params));
    if (!found) co_return std::optional<ActiveJob>();
    co_return std::optional(std::move(found->job));
}

Task<Result<Today>> today_of(sql::Executor& executor, ProviderId id, Instant at) {
    Today today;
    const Instant since = start_of_day(guatemala_date(at));
    const std::array jobs{Value::integer(id.value), Value::instant(since)};
    bool is_sound = true;
    auto each = sql::each_row([&](const sql::Row& row) {
        Money base;
        Money bonus;
        model::Cells cells(row);
        cells.take(base);
        cells.take(bonus);
        is_sound = is_sound && cells.good();
        ++today.jobs;
        today.earnings.unscaled += base.unscaled + bonus.unscaled;
    });
    const auto ran = co_await executor.run(kJobsSince, jobs, &each);
    if (!ran) co_return std::unexpected(ran.error());
    if (!is_sound) co_return fail(Code::kCorrupt, "A stored earning is no amount.");
    const std::array minutes{Value::integer(id.value), Value::instant(since), Value::instant(at)};
    auto count = sql::each_row([&](const sql::Row& row) { today.online_minutes = row.integer(0); });
    const auto counted = co_await executor.run(kMinutesSince, minutes, &count);
    if (!counted) co_return std::unexpected(counted.error());
    co_return today;
}

/// The share that a query counts since 30 days ago, four digits; nothing when it counts nothing.
Task<Result<std::optional<double>>> share_of(sql::Executor& executor, const sql::Query& query,
                                             ProviderId id, Instant at) {
    const std::array params{Value::integer(id.value),
                            Value::instant(add_seconds(at, -kMonthSeconds))};
    std::int64_t part = 0;
    std::int64_t whole = 0;
    auto sink = sql::each_row([&](const sql::Row& row) {
        part = row.integer(0);
        whole = row.integer(1);
    });
    const auto ran = co_await executor.run(query, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (whole == 0) co_return std::optional<double>();
    const double share = static_cast<double>(part) / static_cast<double>(whole);
    co_return std::optional(std::round(share * kShareDigits) / kShareDigits);
}

}  // namespace

Task<Result<OwnView>> own_view(sql::Executor& executor, ProviderId id, Instant at,
                               http::Caller caller) {
    SEGURIFAI_CO_TRY_AS(Full full, co_await find_full(executor, id, caller));
    OwnView view;
    const bool is_desk = std::ranges::any_of(
        full.capabilities, [](const auto& one) { return one.approved && one.code == kDeskCode; });
    view.on_duty = full.provider.status == ProviderStatus::kActive && full.provider.is_available &&
                   (is_desk || (full.location && full.location->location.is_online));
    view.provider = std::move(full.provider);
    view.vehicles = std::move(full.vehicles);
    view.location = full.location;
    view.capabilities = std::move(full.capabilities);
    SEGURIFAI_CO_TRY_AS(view.active_job, co_await active_job(executor, id));
    SEGURIFAI_CO_TRY_AS(view.today, co_await today_of(executor, id, at));
    SEGURIFAI_CO_TRY_AS(view.acceptance_30d, co_await share_of(executor, kAnswered, id, at));
    SEGURIFAI_CO_TRY_AS(view.promise_kept_30d, co_await share_of(executor, kInTime, id, at));
    co_return view;
}

Task<Result<OwnView>> me(http::Call& call) {
    if (!call.caller.provider_id) co_return refuse(Refusal::kNotFound);
    co_return co_await own_view(call.platform.database, ProviderId{*call.caller.provider_id},
                                call.at, call.caller);
}

}  // namespace segurifai::providers
