#pragma once

#include "cli/command.hpp"

namespace segurifai::cli {

/// Prints every difference between a database and the program's tables, and what was compared.
/// Exit::kFaults when there is any.
[[nodiscard]] Outcome<Exit> print_drift(sql::Session& session, const Context& context);

}  // namespace segurifai::cli
