#pragma once

#include <memory>
#include <string>

#include "sql/session.hpp"

namespace segurifai::sql {

/// A blocking session on the database file `path`, which open_session() picks for sqlite: URLs.
[[nodiscard]] Result<std::unique_ptr<Session>> open_sqlite_session(const std::string& path,
                                                                   const SessionOptions& options);

}  // namespace segurifai::sql
