#pragma once

#include <array>
#include <filesystem>
#include <string_view>

#include "base/error.hpp"
#include "ops/backup/files.hpp"

namespace segurifai::backup {

/// What SQLite puts beside a database file. A log that is left alone is played back into the next
/// file that gets its name, without a word.
inline constexpr std::array<std::string_view, 3> kBesideDatabase{"-wal", "-shm", "-journal"};

/// Removes a database file and all that SQLite put beside it, what is there of it.
[[nodiscard]] Result<void> remove_database(Files& files, const std::filesystem::path& path);

}  // namespace segurifai::backup
