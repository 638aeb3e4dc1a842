#include "apps/jobs/queue.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/audit/service.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::jobs {
namespace {

using sql::Query;
using sql::Value;

constexpr std::size_t kErrorSizeMax = 2'000;  // characters; bytes are never fewer

const Query kUnderWay{"jobs.under_way",
                      "SELECT id FROM platform_job WHERE unique_key = $1 AND "
                      "state IN ('QUEUED', 'RUNNING')",
                      Query::Kind::kPoint};

const Query kDue{
    "jobs.due",
    "SELECT d.id, d.attempt, d.is_exhausted, d.kind FROM ("
    "SELECT id, kind, attempt, run_after, 0 AS is_exhausted FROM platform_job "
    "WHERE state = 'QUEUED' AND run_after <= $1 "
    "UNION ALL SELECT id, kind, attempt, run_after, "
    "CASE WHEN attempt >= attempts_max THEN 1 ELSE 0 END FROM platform_job "
    "WHERE state = 'RUNNING' AND lease_until <= $1) AS d "
    "WHERE d.kind IN (SELECT value FROM json_each($2)) ORDER BY d.run_after, d.id LIMIT $3",
    "SELECT d.id, d.attempt, d.is_exhausted, d.kind FROM ("
    "SELECT id, kind, attempt, run_after, 0 AS is_exhausted FROM platform_job "
    "WHERE state = 'QUEUED' AND run_after <= $1 "
    "UNION ALL SELECT id, kind, attempt, run_after, "
    "CASE WHEN attempt >= attempts_max THEN 1 ELSE 0 END FROM platform_job "
    "WHERE state = 'RUNNING' AND lease_until <= $1) AS d "
    "WHERE d.kind IN (SELECT jsonb_array_elements_text($2)) ORDER BY d.run_after, d.id LIMIT $3",
    Query::Kind::kOrdinary};

// The number of the attempt decides between two runners that saw the same row.
const Query kTake{
    "jobs.take",
    "UPDATE platform_job SET state = 'RUNNING', attempt = attempt + 1, runner = $3, "
    "lease_until = $4, started_at = $5, progress = 0 WHERE id = $1 AND attempt = $2 AND "
    "((state = 'QUEUED' AND run_after <= $5) OR (state = 'RUNNING' AND lease_until <= $5))"};

const Query kRenew{"jobs.renew",
                   "UPDATE platform_job SET lease_until = $3, progress = $4 "
                   "WHERE id = $1 AND attempt = $2 AND state = 'RUNNING'"};
const Query kFinish{
    "jobs.finish",
    "UPDATE platform_job SET state = 'DONE', progress = 1, result = $3, error = NULL, "
    "finished_at = $4, file_name = $5, lease_until = NULL WHERE id = $1 AND attempt = $2 AND state "
    "= 'RUNNING'"};
const Query kGiveUp{
    "jobs.give_up",
    "UPDATE platform_job SET state = 'FAILED', error = $3, finished_at = $4, lease_until = NULL "
    "WHERE id = $1 AND attempt = $2 AND state = 'RUNNING'"};
const Query kPostpone{
    "jobs.postpone",
    "UPDATE platform_job SET state = 'QUEUED', run_after = $3, error = COALESCE($4, error), "
    "attempts_max = attempts_max + $5, lease_until = NULL "
    "WHERE id = $1 AND attempt = $2 AND state = 'RUNNING'"};

const Query kRetry{
    "jobs.retry",
    "UPDATE platform_job SET state = 'QUEUED', run_after = $2, attempts_max = attempt + $3, "
    "finished_at = NULL, progress = 0 WHERE id = $1 AND state = 'FAILED'"};

const Query kForget{"jobs.forget",
                    "DELETE FROM platform_job WHERE id IN (SELECT id FROM platform_job "
                    "WHERE finished_at <= $1 ORDER BY finished_at LIMIT $2)"};

const Query kCount{"jobs.count",
                   "SELECT state, COUNT(*), MIN(run_after), MAX(finished_at) FROM platform_job "
                   "WHERE state <> 'DONE' GROUP BY state"};

const Query kPullBackQueued{
    "jobs.pull_back.queued",
    "UPDATE platform_job SET run_after = $1 WHERE state = 'QUEUED' AND run_after > $2"};
const Query kPullBackLease{
    "jobs.pull_back.lease",
    "UPDATE platform_job SET lease_until = $1 WHERE state = 'RUNNING' AND lease_until > $2"};

const Query kPrepareSchedule{
    "jobs.schedule.prepare",
    "INSERT INTO platform_schedule (kind, next_at) VALUES ($1, $2) ON CONFLICT (kind) DO UPDATE "
    "SET next_at = excluded.next_at WHERE platform_schedule.next_at > excluded.next_at"};
// All of them, a row a kind: also one that is too far away to be right.
const Query kScheduled{"jobs.schedule", "SELECT kind, next_at FROM platform_schedule"};
// Of many nodes that saw it due, one moves it on.
const Query kMoveOn{"jobs.schedule.move_on",
                    "UPDATE platform_schedule SET next_at = $3, last_at = $4 "
                    "WHERE kind = $1 AND next_at = $2"};
const Query kMoveBack{"jobs.schedule.move_back",
                      "UPDATE platform_schedule SET next_at = $3 WHERE kind = $1 AND next_at = $2"};

/// The text of a failure as its column takes it; not cut within a character.
std::string_view within_column(std::string_view error) noexcept {
    if (error.size() <= kErrorSizeMax) return error;
    std::size_t end = kErrorSizeMax;
    while (end > 0 && (static_cast<unsigned char>(error[end]) & 0xC0U) == 0x80U) --end;
    return error.substr(0, end);
}

std::optional<Instant> instant_of(const sql::Row& row, int column) {
    Value value;
    if (!row.get(column, sql::ValueType::kInstant, 0, value) || value.is_null())
        return std::nullopt;
    return value.as_instant();
}

Instant after(Instant now, std::chrono::seconds time) noexcept {
    return {now.micros + std::chrono::microseconds(time).count()};
}

/// Runs a statement of the holder of an attempt; whether it still held it.
Task<Result<bool>> write(sql::Database& database, const Query& query, sql::Params params) {
    const sql::Statement statement = query.on(database.engine());
    const auto written = co_await database.write(statement, params);
    if (!written) co_return std::unexpected(written.error());
    co_return *written == 1;
}

/// Whose place a job of that unique key would take.
Task<Result<Job>> refuse_second(sql::Transaction& transaction, std::string unique_key) {
    SEGURIFAI_CO_TRY_AS(const auto other, co_await find_under_way(transaction, unique_key));
    if (!other) co_return fail(Code::kBusy, "A job '" + unique_key + "' has just ended.");
    std::string what =
        "Job " + std::to_string(other->id.value) + " (" + other->kind + ") is under way: ";
    what += other->state == JobState::kRunning
                ? "running in " + other->runner.value_or("another process") + "."
                : "queued for " + other->run_after.to_string() + ".";
    co_return fail(Code::kConflict, std::move(what));
}

Task<Result<Job>> queue_and_take(sql::Transaction& transaction, Clock& clock, const JobKind& kind,
                                 NewJob asked, std::string_view runner) {
    const Instant now = asked.due;
    const std::string unique_key = asked.unique_key.empty() ? kind.name : asked.unique_key;
    SEGURIFAI_CO_TRY_AS(const auto queued,
                        co_await enqueue(transaction, clock, kind, std::move(asked)));
    if (!queued) co_return co_await refuse_second(transaction, unique_key);
    const DueJob due{.at = attempt_of(*queued), .kind = &kind};
    SEGURIFAI_CO_TRY_AS(auto taken, co_await take(transaction, due, runner, now));
    if (!taken) co_return fail(Code::kInternal, "A job was taken while it was held.");
    co_return *std::move(taken);
}

struct Slot {
    const JobKind* kind = nullptr;
    Instant due;
};

/// A clock that was ahead wrote it, and was put right since.
Task<Result<void>> move_back(sql::Database& database, Slot slot, Instant now) {
    const std::array params{Value::text(slot.kind->name), Value::instant(slot.due),
                            Value::instant(next_slot(*slot.kind->schedule, now))};
    SEGURIFAI_CO_TRY(co_await write(database, kMoveBack, params));
    co_return Result<void>();
}

/// The schedule of one kind moves on, and its job is queued.
Task<Result<bool>> queue_slot(sql::Transaction& transaction, Clock& clock, Slot slot, Instant now) {
    const Schedule& schedule = *slot.kind->schedule;
    const std::array params{Value::text(slot.kind->name), Value::instant(slot.due),
                            Value::instant(next_slot(schedule, now)), Value::instant(now)};
    const auto moved = co_await transaction.run(kMoveOn, params);
    if (!moved) co_return std::unexpected(moved.error());
    if (*moved == 0 || !is_made_up_for(schedule, slot.due, now)) co_return false;
    NewJob asked;
    asked.due = last_slot(schedule, now);
    SEGURIFAI_CO_TRY_AS(const auto queued,
                        co_await enqueue(transaction, clock, *slot.kind, std::move(asked)));
    co_return queued.has_value();
}

}  // namespace

AtAttempt attempt_of(const Job& job) noexcept {
    return {.id = job.id, .attempt = job.attempt};
}

Instant lease_end(const JobKind& kind, Instant now) noexcept {
    return after(now, kind.lease);
}

Task<Result<std::optional<Job>>> enqueue(sql::Transaction& transaction, Clock& clock,
                                         const JobKind& kind, NewJob asked) {
    Job job;
    job.kind = kind.name;
    job.args = std::move(asked.args);
    job.starter_id = asked.starter;
    job.unique_key = asked.unique_key.empty() ? kind.name : asked.unique_key;
    job.run_after = asked.due;
    job.attempts_max = kind.attempts_max;
    SEGURIFAI_CO_TRY_AS(const bool is_new,
                        co_await model::insert_if_absent(transaction, clock, job));
    std::optional<Job> queued;
    if (is_new) queued = std::move(job);
    co_return queued;
}

Task<Result<std::optional<Job>>> find_under_way(sql::Executor& executor, std::string unique_key) {
    const std::array params{Value::text(unique_key)};
    std::optional<JobId> id;
    auto sink = sql::each_row(
        [&](const sql::Row& row) { id = JobId{static_cast<std::int32_t>(row.integer(0))}; });
    const auto read = co_await executor.run(kUnderWay, params, &sink);
    if (!read) co_return std::unexpected(read.error());
    if (!id) co_return std::optional<Job>();
    co_return co_await model::find<Job>(executor, *id);
}

Task<Result<Job>> begin(sql::Database& database, Clock& clock, const JobKind& kind, NewJob asked,
                        std::string runner) {
    Job job;
    const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(job, co_await queue_and_take(t, clock, kind, asked, runner));
        co_return Result<void>();
    };
    SEGURIFAI_CO_TRY(co_await database.transact(body));
    co_return job;
}

Task<Result<std::vector<DueJob>>> due_jobs(sql::Executor& executor, const Kinds& kinds, Instant now,
                                           std::int64_t limit) {
    const std::array params{Value::instant(now), Value::json(kinds.names()), Value::integer(limit)};
    std::vector<DueJob> due;
    auto sink = sql::each_row([&](const sql::Row& row) {
        due.push_back({.at = {.id = {static_cast<std::int32_t>(row.integer(0))},
                              .attempt = static_cast<std::int32_t>(row.integer(1))},
                       .kind = kinds.find(row.text(3)),
                       .is_exhausted = row.integer(2) != 0});
    });
    const auto read = co_await executor.run(kDue, params, &sink);
    if (!read) co_return std::unexpected(read.error());
    co_return due;
}

Task<Result<std::optional<Job>>> take(sql::Transaction& transaction, DueJob due,
                                      std::string_view runner, Instant now) {
    const std::array params{Value::integer(due.at.id.value), Value::integer(due.at.attempt),
                            Value::text(runner), Value::instant(lease_end(*due.kind, now)),
                            Value::instant(now)};
    const auto taken = co_await transaction.run(kTake, params);
    if (!taken) co_return std::unexpected(taken.error());
    if (*taken == 0) co_return std::optional<Job>();
    co_return co_await model::find<Job>(transaction, due.at.id);
}

Task<Result<bool>> renew(sql::Database& database, AtAttempt at, Instant lease_until,
                         double progress) {
    const std::array params{Value::integer(at.id.value), Value::integer(at.attempt),
                            Value::instant(lease_until),
                            Value::real(std::clamp(progress, 0.0, 1.0))};
    co_return co_await write(database, kRenew, params);
}

Task<Result<bool>> finish(sql::Database& database, AtAttempt at, Finished finished, Instant now) {
    const Value file_name =
        finished.file_name ? Value::text(*finished.file_name) : Value::null(sql::ValueType::kText);
    const std::array params{Value::integer(at.id.value), Value::integer(at.attempt),
                            Value::json(finished.result.text), Value::instant(now), file_name};
    co_return co_await write(database, kFinish, params);
}

Task<Result<bool>> give_up(sql::Database& database, AtAttempt at, std::string_view error,
                           Instant now) {
    const std::array params{Value::integer(at.id.value), Value::integer(at.attempt),
                            Value::text(within_column(error)), Value::instant(now)};
    co_return co_await write(database, kGiveUp, params);
}

Task<Result<bool>> postpone(sql::Database& database, AtAttempt at, Postponed postponed) {
    const Value error = postponed.error.empty() ? Value::null(sql::ValueType::kText)
                                                : Value::text(within_column(postponed.error));
    const std::array params{Value::integer(at.id.value), Value::integer(at.attempt),
                            Value::instant(postponed.due), error,
                            Value::integer(postponed.counts_as_attempt ? 0 : 1)};
    co_return co_await write(database, kPostpone, params);
}

Task<Result<Job>> retry(sql::Transaction& transaction, const Kinds& kinds, JobId id, Instant now) {
    SEGURIFAI_CO_TRY_AS(const auto job, co_await model::find<Job>(transaction, id));
    if (!job) co_return fail(Code::kNotFound, "There is no job " + std::to_string(id.value) + ".");
    const JobKind* kind = kinds.find(job->kind);
    if (kind == nullptr)
        co_return fail(Code::kConflict, "This program knows no job '" + job->kind + "'.");
    const std::array params{Value::integer(id.value), Value::instant(now),
                            Value::integer(kind->attempts_max)};
    const auto queued = co_await transaction.run(kRetry, params);
    if (!queued && queued.error().code == Code::kUniqueViolation)
        co_return fail(Code::kConflict, "Another job '" + job->unique_key + "' is under way.");
    if (!queued) co_return std::unexpected(queued.error());
    if (*queued == 0)
        co_return fail(Code::kConflict, "Job " + std::to_string(id.value) + " is " +
                                            std::string(model::word(job->state)) +
                                            "; only a FAILED one is retried.");
    audit::Change change{.action = "jobs.retry",
                         .object_table = "platform_job",
                         .object_id = std::to_string(id.value)};
    SEGURIFAI_CO_TRY(co_await audit::record_by_platform(transaction, now, std::move(change)));
    SEGURIFAI_CO_TRY_AS(auto again, co_await model::find<Job>(transaction, id));
    if (!again) co_return fail(Code::kInternal, "A job went while it was held.");
    co_return *std::move(again);
}

Task<Result<std::int64_t>> forget_old_jobs(sql::Database& database, Instant now,
                                           std::int64_t limit) {
    const std::array params{Value::instant({now.micros - kJobKeptDays * kMicrosPerDay}),
                            Value::integer(limit)};
    const sql::Statement statement = kForget.on(database.engine());
    co_return co_await database.write(statement, params);
}

Task<Result<QueueCounts>> count_jobs(sql::Executor& executor) {
    QueueCounts counts;
    auto sink = sql::each_row([&](const sql::Row& row) {
        const std::string_view state = row.text(0);
        if (state == model::word(JobState::kQueued)) {
            counts.queued = row.integer(1);
            counts.oldest_queued = instant_of(row, 2);
        } else if (state == model::word(JobState::kRunning)) {
            counts.running = row.integer(1);
        } else {
            counts.failed = row.integer(1);
            counts.last_failed = instant_of(row, 3);
        }
    });
    const auto read = co_await executor.run(kCount, {}, &sink);
    if (!read) co_return std::unexpected(read.error());
    co_return counts;
}

Task<Result<std::int64_t>> pull_back(sql::Database& database, const Kinds& kinds, Instant now) {
    std::chrono::seconds lease{0};
    for (const JobKind& kind : kinds.all()) lease = std::max(lease, kind.lease);
    const std::array queued{Value::instant(now),
                            Value::instant(after(now, kRetryPauseMax + kClocksApartMax))};
    const sql::Statement pull_queued = kPullBackQueued.on(database.engine());
    SEGURIFAI_CO_TRY_AS(const std::int64_t due, co_await database.write(pull_queued, queued));
    const std::array leased{Value::instant(after(now, lease)),
                            Value::instant(after(now, lease + kClocksApartMax))};
    const sql::Statement pull_leases = kPullBackLease.on(database.engine());
    SEGURIFAI_CO_TRY_AS(const std::int64_t ended, co_await database.write(pull_leases, leased));
    co_return due + ended;
}

Task<Result<void>> prepare_schedule(sql::Database& database, const Kinds& kinds, Instant now) {
    const sql::Statement statement = kPrepareSchedule.on(database.engine());
    for (const JobKind& kind : kinds.all()) {
        if (!kind.schedule) continue;
        const std::array params{Value::text(kind.name),
                                Value::instant(next_slot(*kind.schedule, now))};
        const auto written = co_await database.write(statement, params);
        if (!written) co_return std::unexpected(written.error());
    }
    co_return Result<void>();
}

Task<Result<std::int64_t>> queue_scheduled(sql::Database& database, Clock& clock,
                                           const Kinds& kinds, Instant now) {
    std::vector<Slot> slots;
    auto sink = sql::each_row([&](const sql::Row& row) {
        const JobKind* kind = kinds.find(row.text(0));
        // A row of a program that knew more, or that scheduled what is no longer scheduled.
        if (kind == nullptr || !kind->schedule) return;
        if (const auto due = instant_of(row, 1)) slots.push_back({kind, *due});
    });
    const auto read = co_await database.run(kScheduled, {}, &sink);
    if (!read) co_return std::unexpected(read.error());
    std::int64_t count = 0;
    for (const Slot& slot : slots) {
        if (is_too_far(*slot.kind->schedule, slot.due, now))
            SEGURIFAI_CO_TRY(co_await move_back(database, slot, now));
        if (slot.due > now) continue;
        bool queued = false;
        const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
            SEGURIFAI_CO_TRY_AS(queued, co_await queue_slot(t, clock, slot, now));
            co_return Result<void>();
        };
        SEGURIFAI_CO_TRY(co_await database.transact(body));
        count += queued ? 1 : 0;
    }
    co_return count;
}

}  // namespace segurifai::jobs
