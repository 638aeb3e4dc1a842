#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "migrate/inspect.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {

// How inspect() reads each engine's catalogue.

[[nodiscard]] Result<LiveSchema> inspect_sqlite(sql::Session& session);
[[nodiscard]] Result<LiveSchema> inspect_postgres(sql::Session& session);

/// What only the text of a SQLite CREATE TABLE tells.
struct SqliteTableText {
    std::map<std::string, std::string> checks;  ///< name → "CHECK (…)", inline and table-level
    std::map<std::string, std::string> foreign_key_names;  ///< columns "a, b" → constraint name
    std::map<std::string, std::string> collations;         ///< column → collation
    bool autoincrement = false;
    std::string options;  ///< what stands after the last parenthesis: "strict", "without rowid"
};
[[nodiscard]] SqliteTableText read_create_table(std::string_view sql);

/// Whether a table or column is one of the platform's own and no part of the schema.
[[nodiscard]] bool is_bookkeeping(std::string_view name) noexcept;  ///< segurifai_…
[[nodiscard]] bool is_tombstone(std::string_view name) noexcept;    ///< tombstone_…

/// "CONSTRAINT-less" rules get a name that says what they are: "unnamed CHECK (a > 0)".
[[nodiscard]] std::string unnamed(std::string_view definition);

}  // namespace segurifai::migrate
