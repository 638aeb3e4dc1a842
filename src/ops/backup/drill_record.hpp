#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "ops/backup/files.hpp"

namespace segurifai::backup {

/// A restore drill, as it is kept beside the backups.
struct Drill {
    Instant at;
    bool is_ok = false;
    double seconds = 0;
    std::int64_t rows = 0;
    /// How old the restored canary was when the drill began: what a disaster would have cost. -1
    /// when there was none.
    std::int64_t lost_seconds = -1;
    std::string fault;  ///< empty when it went well
};

/// Keeps a drill in the file drill.json of `folder`, in place of the one before.
[[nodiscard]] Result<void> keep_drill(Files& files, const std::filesystem::path& folder,
                                      const Drill& drill);
/// The one that is kept there; nothing when there was none. kCorrupt when it cannot be read.
[[nodiscard]] Result<std::optional<Drill>> kept_drill(Files& files,
                                                      const std::filesystem::path& folder);

}  // namespace segurifai::backup
