#pragma once

#include <optional>

#include "base/error.hpp"
#include "ops/backup/repository.hpp"
#include "ops/backup/shipper.hpp"

namespace segurifai::backup {

/// Writes every page of the snapshot into a full backup of its generation. Of a state that has a
/// full already, it is that one.
[[nodiscard]] Result<StoredFile> make_full(const Repository& repository, Snapshot& snapshot);

/// Writes the last version of each page that the finished log files of the newest generation hold
/// since the increment, or the full, before. Needs no database. Nothing when nothing was
/// committed since, or the generation has no full yet.
[[nodiscard]] Result<std::optional<StoredFile>> make_increment(const Repository& repository);

/// How long each kind is kept (RULES §11).
struct Keeping {
    std::int64_t full_days = 30;
    std::int64_t increment_days = 7;
    std::int64_t log_days = 14;
};

/// Removes what is older, and with it what only older files gave a use to. The newest full stays
/// whatever its age, and the log from it on, also where the newest generation has no full yet:
/// pruning is safe at any time. What was left half-made by a run that was killed goes too, unless
/// a backup is being made. Returns the backups removed.
[[nodiscard]] Result<std::vector<StoredFile>> prune(const Repository& repository, Instant now,
                                                    const Keeping& keeping = {});

}  // namespace segurifai::backup
