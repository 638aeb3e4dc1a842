#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "migrate/state.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {

/// Makes the daily partitions of a partitioned table from the day `from` to the day `to`, both
/// included, where they are missing: `<table>_pYYYYMMDD`. Does nothing on SQLite and for tables
/// without partitions. There is no DEFAULT partition: it would forbid detaching CONCURRENTLY.
[[nodiscard]] Result<void> ensure_partitions(sql::Session& session, const TableState& table,
                                             Date from, Date to);

}  // namespace segurifai::migrate
