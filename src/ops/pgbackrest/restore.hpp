#pragma once

#include <filesystem>
#include <functional>
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

/// Writes the database as it was at `to` into the new folder `into`, as a stopped cluster that a
/// server can be started on. `finish` works on it, once it is a database and before anybody else
/// can; what it does not accept is removed again.
[[nodiscard]] Result<void> restore(const PgBackRest& backups, const Target& to,
                                   const std::filesystem::path& into,
                                   const std::function<Result<void>(sql::Session&)>& finish);

}  // namespace segurifai::pgbackrest
