#pragma once

#include <sqlite3.h>

namespace segurifai::sql::sqlite {

/// Registers `decimal_sum(x)` on a connection: an aggregate, also usable OVER a window, that adds
/// decimals of up to 9 digits after the point without drifting, which SUM over REAL does. NULLs are
/// skipped; NULL for no rows. A number with more decimals, or a text, is an error. Returns SQLite's
/// result code.
[[nodiscard]] int register_decimal_sum(sqlite3* db) noexcept;

}  // namespace segurifai::sql::sqlite
