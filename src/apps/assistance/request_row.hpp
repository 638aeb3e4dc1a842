#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/assistance/tables.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {

/// The columns of a request's row in the order it is decoded, joined by commas, each behind
/// `prefix` ("r.").
[[nodiscard]] std::string row_columns(std::string_view prefix = {});

/// The request with that key, its row held until the transaction ends (SQLite has one writer, so
/// there it is held anyway); nothing when there is none. Everything that changes a request reads
/// it this way first.
[[nodiscard]] Task<Result<std::optional<AssistanceRequest>>> find_for_update(
    sql::Transaction& transaction, AssistanceRequestId id);

}  // namespace segurifai::assistance
