#pragma once

#include <optional>
#include <string>

#include "apps/jobs/tables.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::jobs {

/// What became of the jobs of one kind, as far back as they are kept, and when the next one runs.
struct KindHistory {
    std::optional<Job> under_way;  ///< queued or running
    std::optional<Job> last;       ///< the newest that ended, well or not
    std::optional<Job> last_run;   ///< the newest that ended and took no arguments: no dry run
    std::optional<Job> last_done;  ///< the newest of those that is DONE
    std::optional<Instant> next_at;
    std::optional<Instant> last_queued_at;  ///< by the schedule
};

/// Reads a few rows by index, whatever the history.
[[nodiscard]] Task<Result<KindHistory>> history_of(sql::Executor& executor, std::string kind);

}  // namespace segurifai::jobs
