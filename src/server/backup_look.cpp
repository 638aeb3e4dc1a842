#include "server/backup_look.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "ops/backup/drill_record.hpp"
#include "ops/backup/repository.hpp"
#include "ops/backup/status.hpp"
#include "ops/pgbackrest/drill.hpp"
#include "ops/pgbackrest/restore.hpp"
#include "ops/pgbackrest/status.hpp"
#include "sql/session.hpp"

namespace segurifai::server {
namespace {

std::optional<VerifiedRestore> restore_of(const std::optional<backup::Drill>& drill) {
    if (!drill) return std::nullopt;
    return VerifiedRestore{.at = drill->at, .ok = drill->is_ok, .seconds = drill->seconds};
}

StoredBackup stored(const backup::Repository& repository, std::uint32_t generation,
                    const backup::StoredFile& file, BackupKind kind) {
    std::error_code gone;  // removed since it was listed: of no size
    const auto size = std::filesystem::file_size(repository.path_of(generation, file), gone);
    return {.kind = kind,
            .name = file.name,
            .at = file.at,
            .bytes = gone ? 0 : static_cast<std::int64_t>(size)};
}

Result<BackupsSeen> look_at_sqlite(const Installation& installation,
                                   const security::Secrets& secrets, backup::Files& files,
                                   Instant now) {
    SEGURIFAI_TRY_AS(const auto repository,
                     backup::Repository::open(files, *installation.backups, secrets.backup_keys()));
    SEGURIFAI_TRY_AS(backup::Status status,
                     backup::status_of(repository, installation.database, now));
    BackupsSeen seen;
    seen.check.standing = Standing::kOk;
    seen.check.last_full = status.last_full;
    seen.check.last_incremental = status.last_increment;
    if (status.log_end) seen.check.log_at = status.log_end->at;
    seen.check.log_waiting = status.commits_not_shipped;
    seen.check.verified_restore = restore_of(status.drill);
    seen.check.complaints = std::move(status.complaints);
    seen.window_from = status.window_from;
    seen.window_to = status.window_to;
    SEGURIFAI_TRY_AS(const auto generations, repository.generations());
    for (const backup::Generation& generation : generations) {
        for (const backup::StoredFile& file : generation.fulls)
            seen.list.push_back(stored(repository, generation.number, file, BackupKind::kFull));
        for (const backup::StoredFile& file : generation.increments)
            seen.list.push_back(
                stored(repository, generation.number, file, BackupKind::kIncremental));
    }
    return seen;
}

/// What another looks after is off here, with the reason.
Result<BackupsSeen> anothers_or(Error error) {
    if (!pgbackrest::is_anothers(error)) return std::unexpected(std::move(error));
    BackupsSeen seen;
    seen.check.complaints.push_back(std::move(error.message));
    return seen;
}

Result<BackupsSeen> look_at_postgres(const Installation& installation, Instant now,
                                     std::function<bool()> stopped) {
    SEGURIFAI_TRY_AS(const auto session, sql::open_session(installation.database));
    auto backups = pgbackrest::backups_of(*session, *installation.backups);
    if (!backups) return anothers_or(std::move(backups).error());
    auto is_set_up = backups->is_set_up();
    if (!is_set_up) return anothers_or(std::move(is_set_up).error());
    if (!*is_set_up) return fail(Code::kNotFound, std::string(pgbackrest::kNotSetUp));
    backups->stop_when(std::move(stopped));
    SEGURIFAI_TRY(pgbackrest::leave_canary(*session));
    SEGURIFAI_TRY_AS(pgbackrest::Status status, pgbackrest::status_of(*backups, *session, now));
    BackupsSeen seen;
    seen.check.standing = Standing::kOk;
    seen.check.last_full = status.last_full;
    seen.check.last_incremental = status.last_increment;
    seen.check.log_at = status.log_at;
    seen.check.log_waiting = status.log_bytes_waiting;
    seen.check.verified_restore = restore_of(status.drill);
    seen.check.complaints = std::move(status.complaints);
    seen.window_from = status.window_from;
    seen.window_to = status.window_to;
    seen.log_archive = {.is_set_up = true,
                        .waiting_seconds = status.log_seconds_waiting,
                        .failures = status.log_failures};
    for (const pgbackrest::Copy& copy : status.copies)
        seen.list.push_back({.kind = copy.is_full ? BackupKind::kFull : BackupKind::kIncremental,
                             .name = copy.label,
                             .at = copy.ended,
                             .bytes = copy.stored_bytes});
    return seen;
}

/// What it throws is broken, too.
Result<BackupsSeen> look_at_either(const Installation& installation,
                                   const security::Secrets& secrets, backup::Files& files,
                                   Instant now, std::function<bool()> stopped) {
    try {
        return installation.database.engine == sql::Engine::kSqlite
                   ? look_at_sqlite(installation, secrets, files, now)
                   : look_at_postgres(installation, now, std::move(stopped));
    } catch (const std::exception& thrown) {
        return fail(Code::kInternal, thrown.what());
    }
}

}  // namespace

BackupsSeen look_at_backups(const Installation& installation, const security::Secrets& secrets,
                            backup::Files& files, Instant now, std::function<bool()> stopped) {
    BackupsSeen seen;
    if (!installation.backups) return seen;
    auto looked = look_at_either(installation, secrets, files, now, std::move(stopped));
    if (!looked) {
        // A repository that is not there yet is one without backups; the rest is broken.
        const bool is_absent = looked.error().code == Code::kNotFound;
        seen.is_seen = is_absent;
        seen.check.standing = is_absent ? Standing::kLate : Standing::kFailed;
        seen.check.complaints.push_back(std::move(looked).error().message);
        return seen;
    }
    seen = *std::move(looked);
    if (seen.check.standing == Standing::kOff) return seen;
    std::ranges::sort(seen.list, std::ranges::greater{}, &StoredBackup::at);
    const auto& restore = seen.check.verified_restore;
    seen.check.standing = restore && !restore->ok         ? Standing::kFailed
                          : seen.check.complaints.empty() ? Standing::kOk
                                                          : Standing::kLate;
    return seen;
}

}  // namespace segurifai::server
