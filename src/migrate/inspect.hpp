#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "migrate/state.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {

/// A live database as its catalogue tells it, in the engine's own words. Comparable only with
/// another one of the same engine.
struct LiveColumn {
    std::string type;
    bool null = false;
    std::string preset = {};  ///< the DEFAULT expression, empty when none
    bool identity = false;
    int primary_key = 0;  ///< position in the primary key from 1; 0 = not part

    friend bool operator==(const LiveColumn&, const LiveColumn&) = default;
};
struct LiveTable {
    std::map<std::string, LiveColumn> columns;
    std::vector<std::string> column_order;
    std::map<std::string, std::string> constraints;  ///< checks and foreign keys: name → definition
    std::map<std::string, std::string> indexes;      ///< name → definition
    std::map<std::string, std::string> triggers;     ///< name → definition; ours have none
    std::string partition_key = {};
    std::string storage = {};  ///< "UNLOGGED", "STRICT", "WITHOUT ROWID": ours have nothing here
};
struct LiveSchema {
    std::map<std::string, LiveTable> tables;
};

/// Sums over a schema, for telling what was compared.
struct LiveCounts {
    std::size_t tables = 0;
    std::size_t columns = 0;
    std::size_t constraints = 0;
    std::size_t indexes = 0;
};
[[nodiscard]] LiveCounts count(const LiveSchema& schema) noexcept;

/// Reads the catalogue: all ordinary tables but the platform's bookkeeping (`segurifai_…`),
/// partitions of partitioned tables, and tombstones. On PostgreSQL: of the session's current
/// schema.
[[nodiscard]] Result<LiveSchema> inspect(sql::Session& session);

/// What `schema` would look like in this engine's catalogue: made in a scratch place (an in-memory
/// SQLite; a PostgreSQL schema inside a transaction that is rolled back), then inspected. kConflict
/// inside a transaction; kPermission when the PostgreSQL role may not create a schema.
[[nodiscard]] Result<LiveSchema> expected(sql::Session& session, const SchemaState& schema);

/// One difference between what is there and what should be.
struct Drift {
    std::string table;
    std::string what;  ///< "column logo is missing", "index … differs: is …, should be …"
};
/// Sorted by table, then by what is named: no order of the input shows.
[[nodiscard]] std::vector<Drift> compare(const LiveSchema& live, const LiveSchema& should);

/// The whole of `checkdb`: no drift is an empty list.
[[nodiscard]] Result<std::vector<Drift>> check_database(sql::Session& session,
                                                        const SchemaState& schema);

}  // namespace segurifai::migrate
