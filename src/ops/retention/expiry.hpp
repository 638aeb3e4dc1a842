#pragma once

#include <string_view>

#include "base/error.hpp"
#include "model/table.hpp"
#include "ops/retention/retention.hpp"
#include "sql/session.hpp"

namespace segurifai::retention {

/// Deletes the rows of `table` whose `retained_from` is `limit` or earlier and that nothing holds:
/// by key, some hundred at a time, each batch a transaction of its own.
[[nodiscard]] Result<Line> expire(sql::Session& session, const model::Table& table, Instant limit,
                                  const Options& options);

/// The same in `physical`, a partition of the table.
[[nodiscard]] Result<Line> expire_in(sql::Session& session, const model::Table& table,
                                     std::string_view physical, Instant limit,
                                     const Options& options);

}  // namespace segurifai::retention
