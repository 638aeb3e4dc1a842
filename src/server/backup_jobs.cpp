#include "server/backup_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_object.hpp"
#include "ops/backup/backups.hpp"
#include "ops/backup/making.hpp"
#include "ops/backup/verify.hpp"
#include "ops/pgbackrest/drill.hpp"
#include "ops/pgbackrest/dumps.hpp"
#include "ops/pgbackrest/points.hpp"
#include "ops/pgbackrest/restore.hpp"
#include "server/blocking_job.hpp"
#include "sql/session.hpp"

namespace segurifai::server {
namespace {

using backup::Wish;
using jobs::JobContext;
using jobs::JobKind;
using std::chrono::hours;
using std::chrono::minutes;

Result<Json> skipped(std::string_view why) {
    return Json{JsonObject().text("skipped", why).to_string()};
}

Result<Json> json_of(const backup::Drill& drill) {
    if (!drill.is_ok)
        return fail(Code::kCorrupt,
                    fmt::format("The newest backup could not be restored: {}", drill.fault));
    JsonObject result;
    result.integer("rows", drill.rows);
    result.integer("milliseconds", static_cast<std::int64_t>(drill.seconds * 1'000));
    if (drill.lost_seconds >= 0) result.integer("lost_seconds", drill.lost_seconds);
    return Json{result.to_string()};
}

/// What a verification found, if it found anything, for the log; the command tells all of it.
Result<void> refuse_faults(const std::vector<std::string>& faults) {
    if (faults.empty()) return {};
    return fail(Code::kCorrupt, fmt::format("{} faults in the backups; run 'segurifai backup "
                                            "verify'. The first: {}",
                                            faults.size(), faults.front()));
}

/// The jobs on a repository of an SQLite database.
class SqliteWork {
public:
    static Result<Json> run(const Installation& installation, JobContext& job, auto work) {
        SEGURIFAI_TRY_AS(const security::Secrets secrets, secrets_of(installation));
        backup::SystemFiles files;
        const auto repository =
            backup::Repository::open(files, *installation.backups, secrets.backup_keys());
        if (!repository && repository.error().code == Code::kNotFound && !installation.ships)
            return skipped(repository.error().message);
        if (!repository) return std::unexpected(repository.error());
        return work(SqliteWork(installation, job, *repository));
    }

    [[nodiscard]] Result<Json> make(Wish wish) const {
        backup::MakingOptions options{.database = installation_.database,
                                      .is_served = installation_.ships};
        options.stopped = stopped();
        // Before it too: what is past its time may have the place that the new one needs. What
        // fails there fails again after it, and is told then.
        std::size_t removed = 0;
        if (wish == Wish::kFull) removed = prune().value_or(0);
        SEGURIFAI_TRY_AS(const auto made,
                         backup::make_backup(repository_, wish, options, job_.clock()));
        JsonObject result;
        if (made) result.text("made", made->name);
        if (wish == Wish::kFull) {
            SEGURIFAI_TRY_AS(const std::size_t after, prune());
            result.integer("removed", static_cast<std::int64_t>(removed + after));
        }
        return Json{result.to_string()};
    }
    [[nodiscard]] Result<Json> verify() const {
        SEGURIFAI_TRY_AS(const backup::Verified verified,
                         backup::verify(repository_, installation_.data_dir, stopped()));
        SEGURIFAI_TRY(refuse_faults(verified.faults));
        JsonObject result;
        result.integer("files", static_cast<std::int64_t>(verified.files));
        result.integer("commits", static_cast<std::int64_t>(verified.commits));
        return Json{result.to_string()};
    }
    [[nodiscard]] Result<Json> drill() const {
        SEGURIFAI_TRY_AS(
            const backup::Drill drill,
            backup::drill(repository_, installation_.data_dir, job_.clock(), stopped()));
        return json_of(drill);
    }

private:
    SqliteWork(const Installation& installation, JobContext& job,
               const backup::Repository& repository)
        : installation_(installation), job_(job), repository_(repository) {}

    [[nodiscard]] std::function<bool()> stopped() const {
        return [&job = job_] { return job.cancelled(); };
    }

    [[nodiscard]] Result<std::size_t> prune() const {
        SEGURIFAI_TRY_AS(const auto removed, backup::prune(repository_, job_.clock().now()));
        return removed.size();
    }

    const Installation& installation_;
    JobContext& job_;
    const backup::Repository& repository_;
};

/// The jobs on a PostgreSQL server that is backed up by pgBackRest.
class PostgresWork {
public:
    static Result<Json> run(const Installation& installation, JobContext& job, auto work) {
        SEGURIFAI_TRY_AS(const auto session, sql::open_session(installation.database));
        auto backups = pgbackrest::backups_of(*session, *installation.backups);
        if (!backups && pgbackrest::is_anothers(backups.error()))
            return skipped(backups.error().message);
        if (!backups) return std::unexpected(backups.error());
        const auto is_set_up = backups->is_set_up();
        if (!is_set_up && pgbackrest::is_anothers(is_set_up.error()))
            return skipped(is_set_up.error().message);
        if (!is_set_up) return std::unexpected(is_set_up.error());
        if (!*is_set_up) return skipped(pgbackrest::kNotSetUp);
        backups->stop_when([&job] { return job.cancelled(); });
        SEGURIFAI_TRY_AS(const security::Secrets secrets, secrets_of(installation));
        backup::SystemFiles files;
        const pgbackrest::Dumps dumps(files, *backups, secrets.backup_keys());
        return work(PostgresWork(job, *session, *backups, dumps));
    }

    [[nodiscard]] Result<Json> make(Wish wish) const {
        // As with SQLite. pgBackRest never lets the last full go, nor the log after it.
        std::size_t removed = 0;
        if (wish == Wish::kFull) removed = prune().value_or(0);
        SEGURIFAI_TRY(backups_.back_up(wish == Wish::kFull));
        SEGURIFAI_TRY_AS(const pgbackrest::Contents contents, backups_.contents());
        JsonObject result;
        if (!contents.copies.empty()) result.text("made", contents.copies.back().label);
        if (wish == Wish::kFull) {
            SEGURIFAI_TRY_AS(const pgbackrest::Dump dump, dumps_.make(job_.clock()));
            result.text("dump", dump.name);
            SEGURIFAI_TRY_AS(const std::size_t after, prune());
            result.integer("removed", static_cast<std::int64_t>(removed + after));
        }
        return Json{result.to_string()};
    }
    [[nodiscard]] Result<Json> verify() const {
        SEGURIFAI_TRY_AS(auto faults, backups_.verify());
        SEGURIFAI_TRY_AS(auto in_dumps, dumps_.verify());
        std::ranges::move(in_dumps, std::back_inserter(faults));
        SEGURIFAI_TRY(refuse_faults(faults));
        SEGURIFAI_TRY_AS(const pgbackrest::Contents contents, backups_.contents());
        JsonObject result;
        result.integer("backups", static_cast<std::int64_t>(contents.copies.size()));
        return Json{result.to_string()};
    }
    [[nodiscard]] Result<Json> drill() const {
        SEGURIFAI_TRY_AS(const backup::Drill drill,
                         pgbackrest::drill(backups_, session_, job_.clock()));
        return json_of(drill);
    }

private:
    PostgresWork(JobContext& job, sql::Session& session, const pgbackrest::PgBackRest& backups,
                 const pgbackrest::Dumps& dumps)
        : job_(job), session_(session), backups_(backups), dumps_(dumps) {}

    [[nodiscard]] Result<std::size_t> prune() const {
        const Instant now = job_.clock().now();
        SEGURIFAI_TRY_AS(const auto removed, backups_.prune(now));
        SEGURIFAI_TRY_AS(const auto old_dumps, dumps_.prune(now));
        SEGURIFAI_TRY_AS(const pgbackrest::Contents left, backups_.contents());
        SEGURIFAI_TRY(pgbackrest::prune_points(backups_, left));
        return removed.size() + old_dumps.size();
    }

    JobContext& job_;
    sql::Session& session_;
    const pgbackrest::PgBackRest& backups_;
    const pgbackrest::Dumps& dumps_;
};

/// `work` on what the engine of the installation has.
Result<Json> on_either(const Installation& installation, JobContext& job, auto work) {
    if (!installation.backups) return skipped("Backups are switched off (SEGURIFAI_BACKUPS=off).");
    return installation.database.engine == sql::Engine::kSqlite
               ? SqliteWork::run(installation, job, work)
               : PostgresWork::run(installation, job, work);
}

Result<Json> make_full(const Installation& installation, JobContext& job) {
    return on_either(installation, job, [](const auto& place) { return place.make(Wish::kFull); });
}

/// A full backup that takes more than an hour has its increments wait for their next time.
Result<Json> make_increment(const Installation& installation, JobContext& job) {
    auto made = on_either(installation, job,
                          [](const auto& place) { return place.make(Wish::kIncrement); });
    if (!made && made.error().code == Code::kBusy && !job.cancelled())
        return skipped("Another backup was being made.");
    return made;
}

Result<Json> verify(const Installation& installation, JobContext& job) {
    return on_either(installation, job, [](const auto& place) { return place.verify(); });
}

Result<Json> drill(const Installation& installation, JobContext& job) {
    return on_either(installation, job, [](const auto& place) { return place.drill(); });
}

}  // namespace

std::vector<JobKind> backup_jobs(const Installation& installation) {
    const auto job_of = [&](std::string name, std::string summary, jobs::Schedule schedule,
                            Result<Json> (*work)(const Installation&, JobContext&)) {
        auto here = [installation, work](JobContext& job) { return work(installation, job); };
        return blocking_job(std::move(name), std::move(summary), schedule, std::move(here));
    };
    std::vector<JobKind> kinds;
    // Seven in the morning UTC is one at night in Guatemala.
    kinds.push_back(job_of("backup.full", "Make a full backup, and let old backups go",
                           {.every = hours(24), .at = hours(7)}, &make_full));
    kinds.back().attempts_max = 12;  // more than three hours for a disk to come back
    kinds.push_back(job_of("backup.incremental", "Make an incremental backup",
                           {.every = hours(1), .at = minutes(45)}, &make_increment));
    kinds.push_back(job_of("backup.drill", "Restore the newest backup aside and examine it",
                           {.every = hours(24), .at = hours(10)}, &drill));
    kinds.push_back(job_of("backup.verify", "Read every backup and look for damage",
                           {.every = hours(24), .at = hours(11)}, &verify));
    return kinds;
}

}  // namespace segurifai::server
