#pragma once

#include <sqlite3.h>

#include <cstddef>

#include "base/error.hpp"
#include "sql/value.hpp"

namespace segurifai::sql::sqlite {

// How values are stored, so that a person with the sqlite3 shell reads them without a manual:
//
//   Boolean 0 / 1            Uuid     36 characters, lower case
//   Integer                  Date     YYYY-MM-DD
//   Float                    Instant  YYYY-MM-DD HH:MM:SS.ffffff, UTC: text order is time order
//   Decimal a number         Json     canonical text
//   Text    UTF-8, no NUL
//
// A decimal of up to 15 digits is the double nearest to it, which no other decimal of 15 digits
// shares (IEEE 754 binary64), so it reads back exactly and equal decimals are equal numbers. A
// NUMERIC column turns a whole one into an INTEGER.

/// Room for the text of a uuid, date or instant while its statement runs.
inline constexpr std::size_t kTextRoom = 36;

/// Binds `value` as parameter `index` of SQLite; `number` is the N of its `$N`, for messages. Text
/// is not copied: its characters, and `room` (kTextRoom characters), live until the statement is
/// reset. Fails with kInvalid or kOutOfRange on what cannot be stored and read back equal.
[[nodiscard]] Result<void> bind_value(sqlite3_stmt* statement, int index, int number,
                                      const Value& value, char* room);

/// Reads a cell of the present row as `want`. False when it holds anything that bind_value() would
/// not have stored. Text is borrowed until the next step.
[[nodiscard]] bool read_cell(sqlite3_stmt* statement, int column, ValueType want, int scale,
                             Value& out) noexcept;

/// The count of 10^-scale that `number` stands for: nothing when it has more digits than that.
[[nodiscard]] std::optional<std::int64_t> unscaled_of(double number, int scale) noexcept;

}  // namespace segurifai::sql::sqlite
