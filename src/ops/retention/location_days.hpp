#pragma once

#include "base/error.hpp"
#include "model/table.hpp"
#include "ops/retention/retention.hpp"
#include "sql/session.hpp"

namespace segurifai::retention {

/// PostgreSQL: drops the daily partitions of `table` whose whole day lies at `limit` or before it,
/// in a time that does not depend on their rows. Reads and writes of the table go on meanwhile. A
/// day with rows that are held keeps its partition and loses the others by keyed batches.
///
/// The numbers of rows come from PostgreSQL's statistics where it has them: counting would read
/// what is only to be dropped. kBusy when other transactions keep the table locked.
[[nodiscard]] Result<Line> drop_days(sql::Session& session, const model::Table& table,
                                     Instant limit, const Options& options);

}  // namespace segurifai::retention
