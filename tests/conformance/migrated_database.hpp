#pragma once

#include "support/databases.hpp"

namespace segurifai::conformance {

/// An empty database of that engine that every migration of the program was applied to. Throws
/// std::runtime_error when a migration fails.
[[nodiscard]] std::unique_ptr<testing::TestDatabase> migrated_database(sql::Engine engine);

}  // namespace segurifai::conformance
