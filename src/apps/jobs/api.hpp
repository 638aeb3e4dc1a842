#pragma once

#include <vector>

#include "http/route.hpp"

namespace segurifai::jobs {

/// platform.job, platform.job.file, admin.jobs and admin.jobs.run (API §2.1, §2.13).
[[nodiscard]] std::vector<http::Route> routes();

}  // namespace segurifai::jobs
