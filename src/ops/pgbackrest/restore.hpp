#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "ops/pgbackrest/pgbackrest.hpp"

namespace segurifai::pgbackrest {

/// What is said where set_up() was never called.
inline constexpr std::string_view kNotSetUp =
    "PostgreSQL is not backed up by this installation: run 'segurifai backup setup'.";

/// The backups of the server of `session` in the folder `postgres` of `repository`; they need not
/// be set up. kUnsupported and kPermission as cluster_of().
[[nodiscard]] Result<PgBackRest> backups_of(sql::Session& session,
                                            const std::filesystem::path& repository);

/// Whether an error of backups_of() says that the server is on another machine, or another owner's:
/// then it is backed up by whoever looks after it.
[[nodiscard]] inline bool is_anothers(const Error& error) noexcept {
    return error.code == Code::kUnsupported || error.code == Code::kPermission;
}

/// What was brought back.
struct Restored {
    std::optional<Instant> last_commit;  ///< nothing where the log had none after the backup
    std::uint32_t timeline = 0;          ///< of PostgreSQL's log, that begins with it
};

/// Writes the database as it was at `to` into the new folder `into`, as a stopped cluster that a
/// server can be started on; that server archives first what the recovery wrote of the log.
/// `finish` works on it, once it is a database and before anybody else can; what it does not accept
/// is removed again. kInvalid, and nothing done, as RestoredCluster::check_name().
[[nodiscard]] Result<Restored> restore(const PgBackRest& backups, const Target& to,
                                       const std::filesystem::path& into,
                                       const std::function<Result<void>(sql::Session&)>& finish);

}  // namespace segurifai::pgbackrest
