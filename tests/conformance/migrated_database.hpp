#pragma once

#include "support/databases.hpp"

namespace segurifai::conformance {

/// A database of that engine with the whole schema of the program and no rows. Throws
/// std::runtime_error when a statement fails.
[[nodiscard]] std::unique_ptr<testing::TestDatabase> migrated_database(sql::Engine engine);

}  // namespace segurifai::conformance
