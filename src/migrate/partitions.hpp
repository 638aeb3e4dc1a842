#pragma once

#include <optional>
#include <string_view>

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

/// The day whose rows a partition of `table` holds, by the name that ensure_partitions() gives it;
/// nothing when it is no such name.
[[nodiscard]] std::optional<Date> day_of_partition(std::string_view table,
                                                   std::string_view partition) noexcept;

}  // namespace segurifai::migrate
