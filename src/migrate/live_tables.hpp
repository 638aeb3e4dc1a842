#pragma once

#include "base/error.hpp"
#include "migrate/step.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {

/// How many rows the tables of a live database have, by the planner's estimate. SQLite is always
/// small: it has one writer, and nobody reads through a half-made change.
[[nodiscard]] Result<LiveTables> live_tables(sql::Session& session, std::int64_t online_from_rows);

}  // namespace segurifai::migrate
