#pragma once

namespace segurifai::sql::sqlite {

/// Puts a watch before SQLite's own cache of pages, which knows whether there is anything to drop
/// (docs/adr/0031). Before SQLite is used for the first time in the process; later it has no
/// effect. Returns a SQLite result code.
int watch_page_cache() noexcept;

}  // namespace segurifai::sql::sqlite
