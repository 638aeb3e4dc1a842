#pragma once

#include "base/error.hpp"
#include "ops/retention/retention.hpp"
#include "sql/session.hpp"

namespace segurifai::retention {

/// Moves the requests that ended at `limit` or earlier into the archive, each with every row that
/// hangs on it. A batch is one transaction: pack, insert, read back and compare, delete. Requests
/// that another transaction has locked at that moment stay for the next run. Where the options open
/// further sessions, half of the requests go by another one on a thread of its own.
[[nodiscard]] Result<Line> archive_requests(sql::Session& session, Instant limit,
                                            const Options& options);

}  // namespace segurifai::retention
