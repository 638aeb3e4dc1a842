#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "sql/engine.hpp"

namespace segurifai::server {

/// Whether a database has every migration of this program; kConflict names what to run. Makes the
/// partitions of the coming days.
[[nodiscard]] Result<void> check_schema(const sql::DatabaseUrl& url, Clock& clock, Random& random);

/// Makes the daily partitions of partitioned tables from yesterday to a week ahead, where they are
/// missing. Nothing to do on SQLite. Blocking.
[[nodiscard]] Result<void> make_partitions(const sql::DatabaseUrl& url, Instant now);

}  // namespace segurifai::server
