#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>

#include "base/error.hpp"
#include "cli/exit.hpp"
#include "model/table.hpp"
#include "sql/session.hpp"

namespace segurifai::cli {

using TableNames = std::set<std::string, std::less<>>;

/// The tables that a database really has (on PostgreSQL: in the schema where new ones would go).
[[nodiscard]] Result<TableNames> existing_tables(sql::Session& session);

/// Refuses, with the way out, when one of `tables` is not there.
[[nodiscard]] Outcome<void> require_tables(sql::Session& session,
                                           std::span<const model::Table* const> tables);

}  // namespace segurifai::cli
