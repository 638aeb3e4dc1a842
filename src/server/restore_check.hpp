#pragma once

#include "base/error.hpp"
#include "sql/engine.hpp"

namespace segurifai::server {

/// Whether the database may be served: kConflict, with what to run, when it was brought back from a
/// backup and the steps after that did not run. One that was never served is noted as settled.
[[nodiscard]] Result<void> check_settled(const sql::DatabaseUrl& url);

}  // namespace segurifai::server
