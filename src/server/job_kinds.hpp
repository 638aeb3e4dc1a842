#pragma once

#include "apps/jobs/kind.hpp"
#include "base/error.hpp"
#include "sql/engine.hpp"

namespace segurifai::server {

/// Every kind of job of the program, as it runs on that database.
[[nodiscard]] Result<jobs::Kinds> all_job_kinds(const sql::DatabaseUrl& url);

}  // namespace segurifai::server
