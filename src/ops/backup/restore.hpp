#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "ops/backup/repository.hpp"
#include "ops/backup/stopped.hpp"

namespace segurifai::backup {

/// Which state is wanted. Without a member set: the newest there is.
struct Moment {
    std::optional<Instant> at;          ///< what was committed up to then
    std::optional<std::uint64_t> txid;  ///< exactly after that commit of the newest generation
};

struct Restored {
    std::uint32_t generation = 0;
    Commit commit;
    std::uint32_t page_size = 0;
    std::size_t files_read = 0;
};

/// Writes the database as it was at `moment` into the new file `into`: the newest full before,
/// the increments after it, the log to the commit. The file has its name only when it is whole, on
/// disk, and `finish` was content with it under its temporary name. What `finish` gets is not
/// settled (after_restore.hpp): one that is never finished is never served.
///
/// Nothing is overwritten (kConflict, also for a log that lies beside `into`), and what a restore
/// that was killed left under the temporary name is removed first, with its log. kNotFound when the
/// moment is before or after everything that is kept, and kCorrupt when something is missing or
/// damaged in between, with the place in both; kBusy, and nothing is left, once `stopped` says so.
[[nodiscard]] Result<Restored> restore(
    const Repository& repository, const Moment& moment, const std::filesystem::path& into,
    const std::function<Result<void>(const std::filesystem::path& partial, const Restored&)>&
        finish = {},
    const Stopped& stopped = never);

}  // namespace segurifai::backup
