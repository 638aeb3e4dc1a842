#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "migrate/migration.hpp"

namespace segurifai::cli {

/// The recorded history, and where new files of it go.
struct RecordedHistory {
    migrate::MigrationGraph graph;
    std::optional<std::filesystem::path> apps;  ///< …/src/apps; nothing = the embedded history
};

/// The files of the source tree that --source names, else of the one the working folder is in,
/// else those in the program. A --source without src/apps is wrong use.
[[nodiscard]] Outcome<RecordedHistory> recorded_history(const Given& given);

/// Writes a migration as a new file below `apps`, complete or not at all, and returns its path.
/// kConflict when there is a file of that name: a migration is never overwritten.
[[nodiscard]] Result<std::filesystem::path> write_file(const std::filesystem::path& apps,
                                                       const migrate::Migration& migration);

/// The option --source.
[[nodiscard]] Option source_option();

}  // namespace segurifai::cli
