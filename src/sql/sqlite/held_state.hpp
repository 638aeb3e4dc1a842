#pragma once

#include <memory>
#include <string>

#include "sql/held_state.hpp"

namespace segurifai::sql {

/// The state of the database file `path`, which hold_state() picks for sqlite: URLs.
[[nodiscard]] Result<std::unique_ptr<HeldState>> hold_sqlite_state(const std::string& path);

}  // namespace segurifai::sql
