#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ops/pgbackrest/pgbackrest.hpp"

namespace segurifai::pgbackrest {

/// How the backups of a cluster stand.
struct Status {
    std::optional<Instant> last_full;
    std::optional<Instant> last_increment;
    /// Any instant in [from, to] can be restored.
    std::optional<Instant> window_from;
    std::optional<Instant> window_to;
    std::int64_t log_bytes_waiting = 0;   ///< written and not yet archived
    std::vector<std::string> complaints;  ///< what is late or broken; empty = all is well
};

[[nodiscard]] Result<Status> status_of(const PgBackRest& backups, sql::Session& session,
                                       Instant now);

/// What a restored database was found to be.
struct Examined {
    std::int64_t tables = 0;
    std::int64_t rows = 0;
    std::optional<Instant> last_commit;  ///< the last one that the log brought in
    double seconds = 0;                  ///< for restoring and examining
};

/// Restores the newest state into `side_folder`, reads every row of every table there, and removes
/// it again. kCorrupt with what PostgreSQL found.
[[nodiscard]] Result<Examined> examine_newest(const PgBackRest& backups,
                                              const std::filesystem::path& side_folder,
                                              Clock& clock);

/// Writes the database as it was at `to` (nothing = the newest there is) into the new folder
/// `into`, as a stopped cluster that a server can be started on. `finish` works on it, once it is
/// a database and before anybody else can; what it does not accept is removed again.
[[nodiscard]] Result<void> restore(const PgBackRest& backups, const std::optional<Instant>& to,
                                   const std::filesystem::path& into,
                                   const std::function<Result<void>(sql::Session&)>& finish);

/// Leaves a commit in the log, so that a drill can tell how much a disaster would have cost though
/// nobody worked. Changes no row.
[[nodiscard]] Result<void> leave_canary(sql::Session& session);

}  // namespace segurifai::pgbackrest
