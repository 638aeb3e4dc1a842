#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "migrate/migration.hpp"
#include "migrate/state.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {

/// A dropped column or table that still holds its data under another name. It comes back when the
/// same number is added again with the same types, and is really dropped when its time is over.
struct Tombstone {
    enum class Kind : std::uint8_t { kColumn, kTable };

    std::int64_t id = 0;
    Kind kind = Kind::kColumn;
    std::uint16_t holder = 0;  ///< a column's table in the physical schema; 0 for a table
    std::uint16_t number = 0;  ///< the column's, or the table's, while it lived
    std::string physical;      ///< the column's, or the table's, name now
    TableState table = {};     ///< what it was; of a column: its table's name and the column alone
    MigrationId migration = {};
    Instant buried_at = {};
    Instant keep_until = {};

    /// Its number in the physical schema.
    [[nodiscard]] std::uint16_t physical_number() const noexcept;
};

/// "tombstone_7_logo", cut to what PostgreSQL keeps of a name.
[[nodiscard]] std::string tombstone_name(std::int64_t id, std::string_view name);

/// Whether a table's or column's name is a tombstone's.
[[nodiscard]] bool is_tombstone_name(std::string_view name) noexcept;

/// The statements that write down and forget a tombstone, in the bookkeeping's table.
[[nodiscard]] std::string remember_sql(sql::Engine engine, const Tombstone& tombstone);
[[nodiscard]] std::string forget_sql(const Tombstone& tombstone);
/// A table with tombstones in it changed its physical number.
[[nodiscard]] std::string move_sql(std::uint16_t from, std::uint16_t to);

/// All tombstones, oldest first. The bookkeeping exists.
[[nodiscard]] Result<std::vector<Tombstone>> load_tombstones(sql::Session& session);

}  // namespace segurifai::migrate
