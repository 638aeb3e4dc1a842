#pragma once

#include <memory>
#include <string>

#include "sql/database.hpp"

namespace segurifai::sql {

/// The database file `path` for coroutines, which open_database() picks for sqlite: URLs. The
/// io_contexts of its callers outlive its close().
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite_database(
    const std::string& path, const DatabaseOptions& options);

}  // namespace segurifai::sql
