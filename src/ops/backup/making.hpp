#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ops/backup/repository.hpp"
#include "ops/backup/service.hpp"
#include "ops/backup/shipper.hpp"

namespace segurifai::backup {

struct MakingOptions {
    sql::DatabaseUrl database;  ///< an SQLite file
    /// The process that writes the backups is this one, or runs for sure: it is asked.
    bool is_served = false;
    std::chrono::seconds patience{1'800};  ///< with a server that makes a full of gigabytes
    std::function<bool()> stopped = [] { return false; };  ///< as wish_for()
    std::function<void(Loudness, std::string_view)> report = [](Loudness, std::string_view) {};
};

/// Makes a backup: here, or by asking the server that holds the repository. Nothing when there was
/// nothing to put into it.
[[nodiscard]] Result<std::optional<StoredFile>> make_backup(const Repository& repository, Wish wish,
                                                            const MakingOptions& options,
                                                            Clock& clock);

}  // namespace segurifai::backup
