#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ops/backup/drill_record.hpp"
#include "ops/backup/restore.hpp"

namespace segurifai::backup {

/// What a restored database was found to be.
struct Examined {
    Commit commit;
    std::int64_t tables = 0;
    std::int64_t rows = 0;
    std::int64_t canary_minute = 0;  ///< minutes since 1970 of its last canary; 0 = it has none
    double seconds = 0;              ///< for restoring and examining
};

/// Restores the newest state into `side_folder`, has SQLite check integrity and foreign keys,
/// counts every row, and removes it again. kCorrupt with what SQLite found; kBusy while another
/// process examines there, or once `stopped` says so.
[[nodiscard]] Result<Examined> examine_newest(const Repository& repository,
                                              const std::filesystem::path& side_folder,
                                              const Stopped& stopped = never);

struct Verified {
    std::size_t files = 0;
    std::uint64_t commits = 0;        ///< in the log files
    std::vector<std::string> faults;  ///< each names a file or a place; empty = all is well
    std::optional<Examined> examined;
};

/// Reads every file to its end: seals, checksums, the chain of the log, commits without a gap. Then
/// examine_newest(), whose failure is a fault like the others. An error only when the repository
/// cannot be looked at, or nothing else is wrong and the side folder takes nothing (kDiskFull,
/// kReadOnly, kPermission); and kBusy while another process examines, or once `stopped` says so.
[[nodiscard]] Result<Verified> verify(const Repository& repository,
                                      const std::filesystem::path& side_folder,
                                      const Stopped& stopped = never);

/// examine_newest() with its result kept. An error only when the result cannot be kept, while
/// another process examines, or once `stopped` says so (kBusy): that is no result.
[[nodiscard]] Result<Drill> drill(const Repository& repository,
                                  const std::filesystem::path& side_folder, Clock& clock,
                                  const Stopped& stopped = never);
/// The last one; nothing when there was none.
[[nodiscard]] Result<std::optional<Drill>> last_drill(const Repository& repository);

}  // namespace segurifai::backup
