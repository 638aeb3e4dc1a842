#pragma once

#include <memory>
#include <string>

#include "sql/database.hpp"

namespace segurifai::sql {

/// The PostgreSQL that `uri` names, which open_database() picks for postgresql: URLs. Connects
/// once, blocking, to say at start what is wrong; fails as open_postgres_session() does.
[[nodiscard]] Result<std::unique_ptr<Database>> open_postgres_database(
    const std::string& uri, const DatabaseOptions& options);

}  // namespace segurifai::sql
