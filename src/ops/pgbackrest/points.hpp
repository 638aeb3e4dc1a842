#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ops/pgbackrest/pgbackrest.hpp"
#include "sql/session.hpp"

namespace segurifai::pgbackrest {

// A named point is a mark in the server's log. PostgreSQL keeps no list of them, and the copy to
// begin with has to be older, so each has a file of its name in the folder `points` of the backups,
// which holds its time.

/// Makes a point of now. kInvalid for a name that is not 1 to 63 letters, digits, '_', '-' and '.';
/// kConflict when there is one of that name.
[[nodiscard]] Result<Instant> make_point(const PgBackRest& backups, sql::Session& session,
                                         Clock& clock, const std::string& name);

/// Removes the points that no backup of `contents` reaches any more, and returns their names. None
/// while there is no full copy: then more is wrong than points. What holds no time is left alone.
[[nodiscard]] Result<std::vector<std::string>> prune_points(const PgBackRest& backups,
                                                            const Contents& contents);

/// To go back there. kNotFound when there is no point of that name.
[[nodiscard]] Result<Target> point_named(const PgBackRest& backups, const std::string& name);

}  // namespace segurifai::pgbackrest
