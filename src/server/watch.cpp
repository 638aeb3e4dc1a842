#include "server/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "apps/events/service.hpp"
#include "apps/jobs/history.hpp"
#include "apps/jobs/queue.hpp"
#include "base/json_object.hpp"
#include "server/retention_policies.hpp"
#include "sql/statement.hpp"

namespace segurifai::server {
namespace {

using std::chrono::seconds;
using Steady = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>,
                                                boost::asio::io_context::executor_type>;

constexpr seconds kLookEvery{10};
constexpr seconds kBackupsEvery{60};
constexpr seconds kStopWithin{1};
constexpr std::int64_t kMicros = 1'000'000;
constexpr std::string_view kAlertTable = "platform";
constexpr std::string_view kAlertObject = "backup";
constexpr std::string_view kRaised = "alert.raised";
constexpr std::string_view kAcknowledged = "alert.acknowledged";
constexpr std::array<std::string_view, 4> kBackupJobs{"backup.full", "backup.incremental",
                                                      "backup.verify", "backup.drill"};

const sql::Query kNewestEvent{"platform.newest_event", "SELECT MAX(at) FROM audit_event"};
const sql::Query kDatabaseClock{
    "platform.database_clock", "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
    "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
    sql::Query::Kind::kOrdinary};

double seconds_of(std::int64_t micros) {
    return static_cast<double>(micros) / kMicros;
}

/// Whole seconds from `then` to `now`; 0 when it is yet to come.
std::int64_t age(Instant then, Instant now) {
    return std::max<std::int64_t>(0, now.micros - then.micros) / kMicros;
}

/// A complaint whose number has grown is the same one.
std::string without_numbers(const std::string& complaint) {
    std::string text = complaint;
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text;
}

/// What is to be told of the backups when `last` was told before; nothing when it is known.
std::optional<events::Event> news_of(Standing standing, const std::optional<events::Told>& last) {
    JsonObject payload;
    payload.text("kind", "BACKUP").text("standing", model::word(standing));
    events::Event event{.name = is_ok(standing) ? kAcknowledged : kRaised,
                        .object_table = kAlertTable,
                        .object_id = std::string(kAlertObject),
                        .payload = payload.to_string()};
    const bool was_well = !last || last->name == kAcknowledged;
    if (is_ok(standing) ? was_well : last && last->payload == event.payload) return std::nullopt;
    return event;
}

/// What a look throws is a look that failed: the next is made all the same.
template <class T>
Task<Result<T>> caught(Task<Result<T>> look) {
    Error thrown{.code = Code::kInternal};
    try {
        co_return co_await std::move(look);
    } catch (const std::exception& defect) {
        thrown.message = defect.what();
    }
    co_return std::unexpected(std::move(thrown));
}

}  // namespace

Watch::Watch(Watched watched, std::function<void(const Error&)> report,
             std::function<void(bool, std::string_view)> note)
    : watched_(watched),
      report_(std::move(report)),
      note_(std::move(note)),
      started_(watched.clock.now()) {}

Task<void> Watch::run(boost::asio::io_context& io) {
    Timer timer(io);
    Steady::time_point next{};
    Steady::time_point next_backups{};
    while (!stopping_) {
        const auto now = Steady::now();
        if (now >= next) {
            const bool backups_too = now >= next_backups;
            next = now + kLookEvery;
            try {
                co_await look(backups_too);
            } catch (const std::exception& defect) {
                report_({.code = Code::kInternal, .message = defect.what()});
            }
            // What is not in order is looked at with the rest: it is soon told that it is again.
            if (backups_too) next_backups = are_backups_settled() ? now + kBackupsEvery : next;
        }
        timer.expires_after(kStopWithin);
        co_await timer.async_wait(
            boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>());
    }
}

Task<void> Watch::look(bool backups_too) {
    Observed seen = observed();
    // What cannot be seen now is not there: an old figure would look like a present one.
    const auto take = [this](auto& into, auto result) {
        into.reset();
        if (result)
            into = *std::move(result);
        else
            report_(result.error());
    };
    const auto disk = [this] { return look_at_disk(); };
    take(seen.disk, co_await caught(workers_.run(disk)));
    take(seen.outbox, co_await caught(look_at_outbox()));
    take(seen.jobs, co_await caught(look_at_jobs()));
    take(seen.retention, co_await caught(look_at_retention()));
    take(seen.clock, co_await caught(look_at_clock()));
    std::optional<BackupsSeen> backups_seen;
    if (backups_too) {
        take(backups_seen, co_await caught(look_at_backups()));
        if (stopping_) co_return;  // what was told to end has seen nothing
        seen.backup.reset();
        if (backups_seen) seen.backup = backups_seen->check;
    }
    seen.looked_at = watched_.clock.now();
    {
        const std::scoped_lock lock(mutex_);
        archive_.ok = is_ok(archive_, *seen.looked_at);
        seen.archive = archive_;
        observed_ = seen;
        if (backups_too) backups_ = std::move(backups_seen);
    }
    if (!backups_too || !seen.backup) co_return;
    note_complaints(*seen.backup);
    const auto told = co_await caught(tell(*std::move(seen.backup)));
    if (!told) report_(told.error());
}

void Watch::archive_failed(const Error& error) {
    if (error.refusal != Refusal::kArchiveDamaged) return;
    const Instant now = watched_.clock.now();
    const std::scoped_lock lock(mutex_);
    ++archive_.damages;
    archive_.last_damage = now;
    archive_.what = error.message;
    archive_.ok = false;
    observed_.archive = archive_;
}

Observed Watch::observed() const {
    const std::scoped_lock lock(mutex_);
    return observed_;
}

std::optional<BackupsSeen> Watch::backups() const {
    const std::scoped_lock lock(mutex_);
    return backups_;
}

DiskCheck Watch::look_at_disk() const {
    DiskCheck check;
    const auto add = [&](std::string name, const std::filesystem::path& folder) {
        std::error_code unseen;  // a folder that is not there yet; whoever needs it says so
        const auto space = std::filesystem::space(folder, unseen);
        if (unseen) return;
        check.volumes.push_back({.name = std::move(name),
                                 .free_bytes = static_cast<std::int64_t>(space.available),
                                 .total_bytes = static_cast<std::int64_t>(space.capacity)});
    };
    add("data", watched_.installation.data_dir);
    if (watched_.installation.backups) add("backups", *watched_.installation.backups);
    check.ok = is_ok(check.volumes);
    return check;
}

Task<Result<OutboxCheck>> Watch::look_at_outbox() {
    SEGURIFAI_CO_TRY_AS(const auto oldest, co_await events::oldest_waiting(watched_.database));
    OutboxCheck check;
    if (oldest) check.oldest_seconds = age(*oldest, watched_.clock.now());
    co_return check;
}

Task<Result<JobsCheck>> Watch::look_at_jobs() {
    SEGURIFAI_CO_TRY_AS(const jobs::QueueCounts counts,
                        co_await jobs::count_jobs(watched_.database));
    const Instant now = watched_.clock.now();
    JobsCheck check;
    check.queued = counts.queued;
    check.running = counts.running;
    check.dead_letters = counts.failed;
    check.last_dead_letter = counts.last_failed;
    if (counts.oldest_queued) check.oldest_overdue_seconds = age(*counts.oldest_queued, now);
    check.ok = is_ok(check, now);
    co_return check;
}

Task<Result<RetentionCheck>> Watch::look_at_retention() {
    RetentionCheck check;
    for (const RetentionPolicy& policy : kRetentionPolicies) {
        const jobs::JobKind* kind = watched_.kinds.find(policy.job);
        if (kind == nullptr || !kind->schedule) continue;
        SEGURIFAI_CO_TRY_AS(const jobs::KindHistory history,
                            co_await jobs::history_of(watched_.database, kind->name));
        PolicyTimes times;
        if (history.last_done) times.last_done = history.last_done->finished_at;
        times.last_queued = history.last_queued_at;
        times.next = history.next_at;
        times.has_failed = history.last_run && history.last_run->state == jobs::JobState::kFailed;
        PolicyCheck one;
        one.policy = policy.name;
        one.standing = judge(times, kind->schedule->every.count(), watched_.clock.now());
        one.last_run = times.last_done;
        check.policies.push_back(std::move(one));
    }
    check.ok = is_ok(check);
    co_return check;
}

Task<Result<ClockCheck>> Watch::look_at_clock() {
    ClockCheck check;
    auto newest = sql::each_row([&](const sql::Row& row) {
        sql::Value at;
        if (row.get(0, sql::ValueType::kInstant, 0, at) && !at.is_null())
            newest_seen_ = std::max(newest_seen_, at.as_instant());
    });
    const auto read = co_await watched_.database.run(kNewestEvent, {}, &newest);
    if (!read) co_return std::unexpected(read.error());
    const Instant now = watched_.clock.now();
    newest_seen_ = std::max(newest_seen_, now);
    check.behind_seconds = seconds_of(newest_seen_.micros - now.micros);
    if (watched_.database.engine() == sql::Engine::kPostgres) {
        std::int64_t theirs = 0;
        auto clock = sql::each_row([&](const sql::Row& row) { theirs = row.integer(0); });
        const auto asked = co_await watched_.database.run(kDatabaseClock, {}, &clock);
        if (!asked) co_return std::unexpected(asked.error());
        // Their answer is of a moment between the question and now.
        const std::int64_t ours = now.micros + (watched_.clock.now().micros - now.micros) / 2;
        check.skew_seconds = seconds_of(ours - theirs);
    }
    check.ok = is_ok(check);
    co_return check;
}

Task<Result<BackupsSeen>> Watch::look_at_backups() {
    const auto work = [this] {
        return server::look_at_backups(watched_.installation, watched_.secrets, watched_.files,
                                       watched_.clock.now(), [this] { return stopping_.load(); });
    };
    SEGURIFAI_CO_TRY_AS(BackupsSeen seen, co_await workers_.run(work));
    if (!seen.is_seen) ++backup_failures_;
    seen.failures = backup_failures_;
    if (seen.check.standing == Standing::kLate && is_starting())
        seen.check.standing = Standing::kOk;
    if (seen.check.standing == Standing::kOff) co_return seen;
    for (const std::string_view name : kBackupJobs) {
        SEGURIFAI_CO_TRY_AS(const jobs::KindHistory history,
                            co_await jobs::history_of(watched_.database, std::string(name)));
        if (!history.last || history.last->state != jobs::JobState::kFailed) continue;
        seen.check.standing = Standing::kFailed;
        seen.check.complaints.push_back(fmt::format("The job {} ({}) failed: {}",
                                                    history.last->id.value, name,
                                                    history.last->error.value_or("")));
    }
    co_return seen;
}

/// Nothing is expected to change from one look at them to the next.
bool Watch::are_backups_settled() const {
    const std::scoped_lock lock(mutex_);
    if (!backups_ || !is_ok(backups_->check.standing)) return false;
    return backups_->check.standing == Standing::kOff || backups_->check.complaints.empty();
}

bool Watch::is_starting() const {
    const std::int64_t believed = std::chrono::microseconds(kBackupsBelievedAfter).count();
    return watched_.installation.ships && watched_.clock.now().micros - started_.micros < believed;
}

void Watch::note_complaints(const BackupCheck& check) {
    if (check.standing == Standing::kOk && is_starting()) return;  // excused
    for (const std::string& complaint : check.complaints)
        if (std::ranges::find(complaints_, without_numbers(complaint), &without_numbers) ==
            complaints_.end())
            note_(false, complaint);
    if (check.complaints.empty() && !complaints_.empty()) note_(true, "They are in order again.");
    complaints_ = check.complaints;
}

Task<Result<void>> Watch::tell(BackupCheck check) {
    const Instant now = watched_.clock.now();
    if (standing_ != check.standing) {
        standing_ = check.standing;
        standing_since_ = now;
        is_told_ = false;
    }
    const std::int64_t believed = std::chrono::microseconds(kBackupsBelievedAfter).count();
    if (is_told_ || now.micros - standing_since_.micros < believed) co_return Result<void>();
    const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(const auto last,
                            co_await events::last_of(t, kAlertTable, kAlertObject));
        auto news = news_of(check.standing, last);
        if (!news) co_return Result<void>();
        co_return co_await events::publish(t, now, *std::move(news));
    };
    const auto told = co_await watched_.database.transact(body);
    // Another server has just told it; the next look sees what.
    if (!told && told.error().code == Code::kUniqueViolation) co_return Result<void>();
    if (told) is_told_ = true;
    co_return told;
}

}  // namespace segurifai::server
