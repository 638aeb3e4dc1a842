#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ops/backup/drill_record.hpp"
#include "ops/pgbackrest/pgbackrest.hpp"

namespace segurifai::pgbackrest {

/// What a restored database was found to be.
struct Examined {
    std::int64_t tables = 0;
    std::int64_t rows = 0;
    std::optional<Instant> last_commit;  ///< the last one that the log brought in
    double seconds = 0;                  ///< for restoring and examining
};

/// Restores the newest state into the folder `drill` of the backups, reads every row of every table
/// there, and removes it again; what a run that was cut off left there is removed first. kCorrupt
/// with what PostgreSQL found. kBusy while another process examines.
[[nodiscard]] Result<Examined> examine_newest(const PgBackRest& backups, Clock& clock);

/// Leaves a commit in the log, has the log archived up to it, and examines the newest state. The
/// result is kept beside the backups. An error only when it cannot be kept, or the drill was
/// stopped.
[[nodiscard]] Result<backup::Drill> drill(const PgBackRest& backups, sql::Session& session,
                                          Clock& clock);

/// Leaves a commit in the log, so that a drill can tell how much a disaster would have cost though
/// nobody worked. Changes no row.
[[nodiscard]] Result<void> leave_canary(sql::Session& session);

}  // namespace segurifai::pgbackrest
