#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "ops/backup/verify.hpp"
#include "sql/engine.hpp"

namespace segurifai::backup {

/// How the backups of a database stand.
struct Status {
    std::uint32_t generation = 0;  ///< 0 = there are none
    std::optional<Instant> last_full;
    std::optional<Instant> last_increment;
    std::optional<Commit> log_end;
    std::int64_t commits_not_shipped = 0;
    /// Any instant in [from, to] can be restored, in the newest generation.
    std::optional<Instant> window_from;
    std::optional<Instant> window_to;
    std::optional<Drill> drill;
    std::vector<std::string> complaints;  ///< what is late or broken; empty = all is well
};

/// Looks at the repository and at the database's log; changes nothing. What cannot be read is a
/// complaint, and an error only when the repository itself cannot be listed.
[[nodiscard]] Result<Status> status_of(const Repository& repository,
                                       const sql::DatabaseUrl& database, Instant now);

}  // namespace segurifai::backup
