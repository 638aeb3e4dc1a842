#pragma once

#include <sqlite3.h>

#include "base/error.hpp"

namespace segurifai::sql::sqlite {

/// The last failure of `db` in our words: `code` is the (extended) result code just returned. May
/// read the schema, to tell which column a named CHECK belongs to. The message never holds a
/// stored value.
///
/// Names of CHECKs that mean more than "refused": `<table>_<column>_length` is kTooLong and
/// `<table>_<column>_type` is kOutOfRange.
[[nodiscard]] Error failure_of(sqlite3* db, int code);

/// The same for a statement that did not compile: then SQLite's own words help, and hold no data.
[[nodiscard]] Error compile_failure_of(sqlite3* db, int code);

}  // namespace segurifai::sql::sqlite
