#include "ops/pgbackrest/restore.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "ops/backup/files.hpp"
#include "ops/pgbackrest/reach.hpp"
#include "ops/pgbackrest/restored_cluster.hpp"

namespace segurifai::pgbackrest {
namespace {

/// A restored cluster's files, removed at the end unless they are to stay.
class Files {
public:
    explicit Files(std::filesystem::path folder) : folder_(std::move(folder)) {}
    ~Files() {
        std::error_code ignored;  // the next restore into it is refused, and names it
        if (!kept_) std::filesystem::remove_all(folder_, ignored);
    }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    void keep() noexcept { kept_ = true; }

private:
    std::filesystem::path folder_;
    bool kept_ = false;
};

Result<Restored> what_came_back(sql::Session& session) {
    Restored restored;
    SEGURIFAI_TRY_AS(const auto last,
                     session.one_integer("SELECT (EXTRACT(EPOCH FROM "
                                         "pg_last_xact_replay_timestamp()) * 1000000)::int8"));
    if (last) restored.last_commit = Instant{.micros = *last};
    SEGURIFAI_TRY_AS(const auto timeline,
                     session.one_integer("SELECT ('x' || substr(pg_walfile_name("
                                         "pg_current_wal_lsn()), 1, 8))::bit(32)::int8"));
    restored.timeline = static_cast<std::uint32_t>(timeline.value_or(0));
    return restored;
}

/// PostgreSQL marks what waits for the archive by empty files that it does not sync, and would not
/// make that of a timeline's history again.
Result<void> sync_marks(const std::filesystem::path& data, std::uint32_t timeline) {
    backup::SystemFiles files;
    const auto folder = data / "pg_wal" / "archive_status";
    const std::string history = fmt::format("{:08X}.history.ready", timeline);
    SEGURIFAI_TRY_AS(const bool is_marked, is_present(folder / history));
    if (!is_marked)
        return fail(Code::kInternal,
                    fmt::format("PostgreSQL did not leave {} for the archive.", history));
    return files.sync_folder(folder);
}

}  // namespace

Result<PgBackRest> backups_of(sql::Session& session, const std::filesystem::path& repository) {
    SEGURIFAI_TRY_AS(Cluster cluster, cluster_of(session));
    const auto folder = std::filesystem::absolute(repository / "postgres");
    return PgBackRest::make(std::move(cluster), folder.lexically_normal());
}

Result<Restored> restore(const PgBackRest& backups, const Target& to,
                         const std::filesystem::path& into,
                         const std::function<Result<void>(sql::Session&)>& finish) {
    SEGURIFAI_TRY(RestoredCluster::check_name(into));
    SEGURIFAI_TRY_AS(const bool is_taken, is_present(into));
    if (is_taken) return fail(Code::kConflict, fmt::format("{} is there already.", into.string()));
    Files files(into);
    SEGURIFAI_TRY(backups.restore_files(to, into));
    SEGURIFAI_TRY_AS(const auto cluster,
                     RestoredCluster::start(backups.cluster(), into, backups.stopped(),
                                            RestoredCluster::Purpose::kServe));
    Restored restored;
    {
        SEGURIFAI_TRY_AS(const auto session, sql::open_session(cluster->url()));
        SEGURIFAI_TRY_AS(restored, what_came_back(*session));
        SEGURIFAI_TRY(finish(*session));
    }
    SEGURIFAI_TRY(cluster->stop());
    SEGURIFAI_TRY(sync_marks(into, restored.timeline));
    files.keep();
    return restored;
}

}  // namespace segurifai::pgbackrest
