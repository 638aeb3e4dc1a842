#include "ops/pgbackrest/drill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "ops/backup/file_lock.hpp"
#include "ops/backup/stopped.hpp"
#include "ops/pgbackrest/restored_cluster.hpp"
#include "sql/interruption.hpp"

namespace segurifai::pgbackrest {
namespace {

constexpr std::int64_t kMicros = 1'000'000;

/// The folder of restored files, ours alone while this lives, empty before and gone after it.
class SidePlace {
public:
    static Result<SidePlace> take(const PgBackRest& backups) {
        SEGURIFAI_TRY_AS(auto lock, backup::FileLock::take(backups.folder() / "drill.lock",
                                                           "Another process examines the "
                                                           "backups."));
        SidePlace place(backups.folder() / "drill", std::move(lock));
        SEGURIFAI_TRY(RestoredCluster::end_left_over(backups.cluster(), place.folder_));
        std::error_code fault;
        std::filesystem::remove_all(place.folder_, fault);
        if (fault)
            return fail(Code::kPermission,
                        fmt::format("{}: {}", place.folder_.string(), fault.message()));
        return place;
    }
    SidePlace(SidePlace&& other) noexcept
        : folder_(std::exchange(other.folder_, {})), lock_(std::move(other.lock_)) {}
    SidePlace& operator=(SidePlace&&) = delete;
    ~SidePlace() {
        std::error_code ignored;  // the next one removes what is left
        if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

private:
    SidePlace(std::filesystem::path folder, backup::FileLock lock)
        : folder_(std::move(folder)), lock_(std::move(lock)) {}

    std::filesystem::path folder_;  // empty when it was moved away
    backup::FileLock lock_;
};

/// Reads every row: what a checksum or a broken page would stop. (The counts that the planner
/// takes from the indexes alone are not enough, so the rows themselves are asked for.)
Result<void> count_rows(sql::Session& session, Examined& examined) {
    std::vector<std::string> tables;
    auto sink = sql::each_row([&](const sql::Row& row) { tables.emplace_back(row.text(0)); });
    SEGURIFAI_TRY(
        session.run("SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) "
                    "FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', "
                    "'information_schema') ORDER BY 1",
                    {}, &sink));
    for (const std::string& name : tables) {
        SEGURIFAI_TRY_AS(const auto rows,
                         session.one_integer("SELECT COUNT(t.*) FROM ONLY " + name + " AS t"));
        examined.rows += rows.value_or(0);
        ++examined.tables;
    }
    return {};
}

Result<void> examine(sql::Session& session, Examined& examined) {
    SEGURIFAI_TRY(count_rows(session, examined));
    SEGURIFAI_TRY_AS(const auto last,
                     session.one_integer("SELECT (EXTRACT(EPOCH FROM "
                                         "pg_last_xact_replay_timestamp()) * 1000000)::int8"));
    if (last) examined.last_commit = Instant{.micros = *last};
    return {};
}

}  // namespace

Result<Examined> examine_newest(const PgBackRest& backups, Clock& clock) {
    SEGURIFAI_TRY_AS(const SidePlace place, SidePlace::take(backups));
    const Instant begun = clock.now();
    SEGURIFAI_TRY(backups.restore_files({}, place.folder()));
    SEGURIFAI_TRY_AS(const auto cluster,
                     RestoredCluster::start(backups.cluster(), place.folder(), backups.stopped()));
    Examined examined;
    {
        SEGURIFAI_TRY_AS(const auto session, sql::open_session(cluster->url()));
        const sql::Interruption interruption(*session, backups.stopped());
        if (const auto examination = examine(*session, examined); !examination) {
            SEGURIFAI_TRY(backup::check_going_on(backups.stopped()));
            return std::unexpected(examination.error());
        }
    }
    SEGURIFAI_TRY(cluster->stop());
    examined.seconds = static_cast<double>(clock.now().micros - begun.micros) / kMicros;
    return examined;
}

Result<backup::Drill> drill(const PgBackRest& backups, sql::Session& session, Clock& clock) {
    backup::Drill drill{.at = clock.now()};
    SEGURIFAI_TRY(leave_canary(session));
    SEGURIFAI_TRY(session.script("SELECT pg_switch_wal()"));
    const auto examined = examine_newest(backups, clock);
    if (!examined && examined.error().code == Code::kBusy) return std::unexpected(examined.error());
    if (examined) {
        drill.is_ok = true;
        drill.seconds = examined->seconds;
        drill.rows = examined->rows;
        if (examined->last_commit)
            drill.lost_seconds = std::max<std::int64_t>(
                0, (drill.at.micros - examined->last_commit->micros) / kMicros);
    } else {
        drill.fault = examined.error().message;
    }
    backup::SystemFiles files;
    SEGURIFAI_TRY(backup::keep_drill(files, backups.folder(), drill));
    return drill;
}

Result<void> leave_canary(sql::Session& session) {
    return session.script("SELECT pg_logical_emit_message(true, 'segurifai', 'canary')");
}

}  // namespace segurifai::pgbackrest
