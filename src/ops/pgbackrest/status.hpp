#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "ops/backup/drill_record.hpp"
#include "ops/pgbackrest/pgbackrest.hpp"

namespace segurifai::pgbackrest {

/// How the backups of a cluster stand.
struct Status {
    std::optional<Instant> last_full;
    std::optional<Instant> last_increment;
    /// Any instant in [from, to] can be restored.
    std::optional<Instant> window_from;
    std::optional<Instant> window_to;
    std::optional<Instant> log_at;         ///< when the log was archived last
    std::int64_t log_bytes_waiting = 0;    ///< of whole log files that are not yet archived
    std::int64_t log_seconds_waiting = 0;  ///< since the log was archived last, when some waits
    std::int64_t log_failures = 0;         ///< of archiving, since statistics began
    std::optional<backup::Drill> drill;
    std::int64_t dumps = 0;  ///< logical copies beside the backups
    std::optional<Instant> last_dump;
    std::uint64_t last_dump_bytes = 0;
    std::vector<Copy> copies;             ///< in the repository, oldest first
    std::vector<std::string> complaints;  ///< what is late or broken; empty = all is well
};

/// Looks at the repository and asks the server; changes nothing. kNotFound when backups are not set
/// up.
[[nodiscard]] Result<Status> status_of(const PgBackRest& backups, sql::Session& session,
                                       Instant now);

}  // namespace segurifai::pgbackrest
