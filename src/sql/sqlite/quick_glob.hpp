#pragma once

#include <sqlite3.h>

#include <optional>
#include <string_view>

namespace segurifai::sql::sqlite {

/// Whether `text GLOB pattern`, where that can be seen at once: of the patterns to which CHECK
/// constraints hold UUIDs, dates and instants, and texts that fit them. Every row that is stored
/// asks some, and SQLite walks both letter by letter. Nothing for all else.
[[nodiscard]] std::optional<bool> quick_glob(std::string_view pattern,
                                             std::string_view text) noexcept;

/// Registers a GLOB on a connection that looks there first, and answers as SQLite's own does.
/// Returns SQLite's result code.
[[nodiscard]] int register_quick_glob(sqlite3* db) noexcept;

}  // namespace segurifai::sql::sqlite
