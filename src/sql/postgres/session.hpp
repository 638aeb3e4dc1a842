#pragma once

#include <memory>
#include <string>

#include "sql/session.hpp"

namespace segurifai::sql {

/// A blocking session on the PostgreSQL that `uri` names, which open_session() picks for
/// postgresql: URLs. Fails with kGone when no server answers, kNotFound when there is no such
/// database, kPermission when the server refuses the user.
[[nodiscard]] Result<std::unique_ptr<Session>> open_postgres_session(const std::string& uri,
                                                                     const SessionOptions& options);

}  // namespace segurifai::sql
