#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sql/session.hpp"

namespace segurifai::conformance {

/// A database as its own catalogue tells it, read with plain catalogue queries and none of the
/// program's own inspection.
struct LiveColumn {
    std::string type;  ///< the engine's words: "VARCHAR(20)", "timestamptz"
    bool null = false;
    std::optional<std::string> preset;  ///< what the DEFAULT gives, as text
    bool counted_up = false;            ///< the database gives it a number
};

struct LiveForeignKey {
    std::string parent;
    std::string parent_column;
    std::string on_delete;  ///< "CASCADE", "SET NULL", "RESTRICT" (NO ACTION counts as it)
};

struct LiveIndex {
    std::vector<std::string> columns;
    bool unique = false;
    bool plain = true;  ///< of all rows, of columns alone, ascending
};

struct LiveTable {
    std::map<std::string, LiveColumn> columns;
    std::vector<std::string> primary_key;
    std::map<std::string, LiveForeignKey> foreign_keys;  ///< by column; one column each
    std::map<std::string, LiveIndex> indexes;            ///< by name, without the primary key's
};

using LiveSchema = std::map<std::string, LiveTable>;

/// Every ordinary table of the database; a partition is no table of its own. Throws
/// std::runtime_error when a query fails.
[[nodiscard]] LiveSchema read_live_schema(sql::Session& session);

}  // namespace segurifai::conformance
