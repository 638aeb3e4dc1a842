#pragma once

#include <vector>

#include "apps/jobs/kind.hpp"
#include "server/job_kinds.hpp"

namespace segurifai::server {

/// What RULES §11 has done by itself: each policy of retention, and the closing of audit months.
[[nodiscard]] std::vector<jobs::JobKind> retention_jobs(const Installation& installation);

}  // namespace segurifai::server
