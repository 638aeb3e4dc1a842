#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "migrate/operation.hpp"
#include "sql/engine.hpp"
#include "sql/value.hpp"

namespace segurifai::migrate {

/// What a PostgreSQL statement holds on the table while it runs.
enum class Lock : std::uint8_t {
    kNone,
    kRowExclusive,          ///< ordinary writes go on
    kShareUpdateExclusive,  ///< reads and writes go on (VALIDATE, CREATE INDEX CONCURRENTLY)
    kShare,                 ///< writes wait (CREATE INDEX)
    kShareRowExclusive,     ///< writes wait (ADD FOREIGN KEY)
    kAccessExclusive,       ///< reads and writes wait
};
[[nodiscard]] std::string_view label(Lock lock) noexcept;

/// A change of rows by batches of primary keys: `sql` has $1 (exclusive lower key) and $2 (limit),
/// returns the last key it touched, and is repeated until it returns none.
struct Batches {
    std::string sql;
    int rows = 5'000;
    sql::ValueType key = sql::ValueType::kInteger;  ///< the type of $1 and of what is returned
};

/// One statement of a migration on one engine.
struct Step {
    std::string about;          ///< "add column users_user.language"
    std::string sql;            ///< what runs, and what sqlmigrate prints
    std::string table = {};     ///< the table it locks
    bool transactional = true;  ///< false: outside any transaction (CONCURRENTLY, batches)
    Lock lock = Lock::kNone;
    bool rewrites = false;  ///< the whole table is written anew
    bool scans = false;     ///< the whole table is read
    std::optional<Batches> batches = {};
    /// An index that a killed CONCURRENTLY may have left behind, dropped before a retry.
    std::string invalid_index = {};
    /// SQLite: enforcement of foreign keys is off around the transaction (table rebuild).
    bool foreign_keys_off = false;
    /// Said (kConflict) when the step meets NULL where the column allows none.
    std::string when_null = {};
};

/// What is known of the live tables when steps are made: whether a table is big enough that
/// changing it in one go would stop traffic. Offline (sqlmigrate without database): all small.
struct LiveTables {
    /// Estimated rows of a table by its name at that moment; 0 when unknown or new.
    std::function<std::int64_t(std::string_view table)> rows = [](std::string_view) { return 0; };
    /// Tables with this many rows or more are changed online.
    std::int64_t online_from_rows = 10'000;
};

/// The statements that carry out `operations`, which lead from `before`, one migration's worth.
/// SQLite: changes of one table that need a rebuild become one rebuild. PostgreSQL: on big tables
/// the online forms (CONCURRENTLY, NOT VALID + VALIDATE, batches).
[[nodiscard]] Result<std::vector<Step>> steps_for(sql::Engine engine,
                                                  const std::vector<Operation>& operations,
                                                  const SchemaState& before,
                                                  const LiveTables& live = {});

/// The statements that make a whole schema from nothing: scratch copies, tests.
[[nodiscard]] std::vector<std::string> create_statements(sql::Engine engine,
                                                         const SchemaState& schema);

/// One table's CREATE TABLE, without its indexes. `rename_to` gives another name to the same table.
[[nodiscard]] std::string create_table_sql(sql::Engine engine, const TableState& table,
                                           std::string_view rename_to = {});
[[nodiscard]] std::string create_index_sql(const TableState& table, const IndexState& index,
                                           bool concurrently = false);

}  // namespace segurifai::migrate
