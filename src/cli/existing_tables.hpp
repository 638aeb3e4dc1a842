#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/error.hpp"
#include "sql/session.hpp"

namespace segurifai::cli {

using TableNames = std::set<std::string, std::less<>>;

/// The tables that a database really has (on PostgreSQL: in the schema where new ones would go).
[[nodiscard]] Result<TableNames> existing_tables(sql::Session& session);

}  // namespace segurifai::cli
