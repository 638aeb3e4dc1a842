#include "ops/pgbackrest/restore.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

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

}  // namespace

Result<PgBackRest> backups_of(sql::Session& session, const std::filesystem::path& repository) {
    SEGURIFAI_TRY_AS(Cluster cluster, cluster_of(session));
    const auto folder = std::filesystem::absolute(repository / "postgres");
    return PgBackRest::make(std::move(cluster), folder.lexically_normal());
}

Result<void> restore(const PgBackRest& backups, const Target& to, const std::filesystem::path& into,
                     const std::function<Result<void>(sql::Session&)>& finish) {
    if (std::filesystem::exists(into))
        return fail(Code::kConflict, fmt::format("{} is there already.", into.string()));
    Files files(into);
    SEGURIFAI_TRY(backups.restore_files(to, into));
    SEGURIFAI_TRY_AS(const auto cluster, RestoredCluster::start(backups.cluster(), into));
    {
        SEGURIFAI_TRY_AS(const auto session, sql::open_session(cluster->url()));
        SEGURIFAI_TRY(finish(*session));
    }
    SEGURIFAI_TRY(cluster->stop());
    files.keep();
    return {};
}

}  // namespace segurifai::pgbackrest
