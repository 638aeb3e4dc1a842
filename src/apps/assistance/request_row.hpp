#pragma once

#include <optional>

#include "apps/assistance/tables.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {

/// The request with that key, its row held until the transaction ends (SQLite has one writer, so
/// there it is held anyway); nothing when there is none. Everything that changes a request reads
/// it this way first.
[[nodiscard]] Task<Result<std::optional<AssistanceRequest>>> find_for_update(
    sql::Transaction& transaction, AssistanceRequestId id);

}  // namespace segurifai::assistance
