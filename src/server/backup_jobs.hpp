#pragma once

#include <vector>

#include "apps/jobs/kind.hpp"
#include "server/job_kinds.hpp"

namespace segurifai::server {

/// The backups of RULES §11, on either engine: `backup.full` every day, which also lets old ones
/// go, `backup.incremental` every hour, `backup.drill` and `backup.verify` every day. Where no
/// backups are set up, or they are switched off, a job ends well and its result says so:
/// {"skipped":"…"}.
[[nodiscard]] std::vector<jobs::JobKind> backup_jobs(const Installation& installation);

}  // namespace segurifai::server
