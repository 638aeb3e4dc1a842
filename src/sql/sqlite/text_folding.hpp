#pragma once

#include <sqlite3.h>

namespace segurifai::sql::sqlite {

/// Registers `folded(x)` on a connection: the text without case and accents, as base/text_folding
/// says; NULL for NULL. Returns SQLite's result code.
[[nodiscard]] int register_text_folding(sqlite3* db) noexcept;

}  // namespace segurifai::sql::sqlite
