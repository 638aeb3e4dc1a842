#include "apps/jobs/history.hpp"

#include <array>
#include <utility>

#include "apps/jobs/queue.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::jobs {
namespace {

using sql::Query;
using sql::Value;

const Query kLast{"jobs.last",
                  "SELECT id FROM platform_job WHERE kind = $1 AND "
                  "state IN ('DONE', 'FAILED') ORDER BY id DESC LIMIT 1"};
const Query kLastRun{"jobs.last_run",
                     "SELECT id FROM platform_job WHERE kind = $1 AND "
                     "state IN ('DONE', 'FAILED') AND args = $2 ORDER BY id DESC LIMIT 1"};
const Query kLastDone{"jobs.last_done",
                      "SELECT id FROM platform_job WHERE kind = $1 AND state = 'DONE' AND "
                      "args = $2 ORDER BY id DESC LIMIT 1"};

Task<Result<std::optional<Job>>> find_one(sql::Executor& executor, const Query& query,
                                          sql::Params params) {
    std::optional<JobId> id;
    auto sink = sql::each_row(
        [&](const sql::Row& row) { id = JobId{static_cast<std::int32_t>(row.integer(0))}; });
    const auto read = co_await executor.run(query, params, &sink);
    if (!read) co_return std::unexpected(read.error());
    if (!id) co_return std::optional<Job>();
    co_return co_await model::find<Job>(executor, *id);
}

}  // namespace

Task<Result<KindHistory>> history_of(sql::Executor& executor, std::string kind) {
    KindHistory history;
    SEGURIFAI_CO_TRY_AS(history.under_way, co_await find_under_way(executor, kind));
    const std::array of_kind{Value::text(kind)};
    SEGURIFAI_CO_TRY_AS(history.last, co_await find_one(executor, kLast, of_kind));
    const std::array untold{Value::text(kind), Value::json("{}")};
    SEGURIFAI_CO_TRY_AS(history.last_run, co_await find_one(executor, kLastRun, untold));
    SEGURIFAI_CO_TRY_AS(history.last_done, co_await find_one(executor, kLastDone, untold));
    SEGURIFAI_CO_TRY_AS(const auto scheduled, (co_await model::find_by<ScheduledKind>(
                                                  executor, "kind", std::move(kind))));
    if (scheduled) {
        history.next_at = scheduled->next_at;
        history.last_queued_at = scheduled->last_at;
    }
    co_return history;
}

}  // namespace segurifai::jobs
