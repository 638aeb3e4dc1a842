#pragma once

#include <vector>

#include "migrate/migration.hpp"

namespace segurifai::apps {

/// The migrations of all apps as the build put them into the program, by app and name.
[[nodiscard]] std::vector<migrate::MigrationSource> embedded_migrations();

/// The same, read and put in order. A fault in them is a defect of the build.
[[nodiscard]] Result<migrate::MigrationGraph> embedded_history();

}  // namespace segurifai::apps
