#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/state.hpp"
#include "sql/engine.hpp"

/// The pieces that statements about tables are made of. What differs between the engines stands in
/// ddl_sqlite.cpp and ddl_postgres.cpp.
namespace segurifai::migrate::ddl {

/// Numbers from here on belong to tombstones: kTombstoneNumber + the tombstone's id.
inline constexpr std::uint16_t kTombstoneNumber = 32'768;
[[nodiscard]] constexpr bool is_tombstone(std::uint16_t number) noexcept {
    return number >= kTombstoneNumber;
}

/// The longest name PostgreSQL keeps whole, in bytes.
inline constexpr std::size_t kNameBytesMax = 63;

/// The type as the engine's DDL spells it, with PostgreSQL's collation: `varchar(20) COLLATE "C"`.
[[nodiscard]] std::string type_sql(sql::Engine engine, const ColumnState& column);

/// A default or fill as a literal for `column`; empty when there is none.
[[nodiscard]] std::string preset_sql(sql::Engine engine, const ColumnState& column,
                                     const PresetState& preset);

/// "<table>_<column>_<what>".
[[nodiscard]] std::string constraint_name(std::string_view table, std::string_view column,
                                          std::string_view what);
/// "<table>_pkey": how PostgreSQL calls it.
[[nodiscard]] std::string primary_key_name(std::string_view table);

/// The checks that belong to a column, in the order in which they are written. None for what a
/// tombstone keeps.
[[nodiscard]] std::vector<CheckState> column_checks(sql::Engine engine, std::string_view table,
                                                    const ColumnState& column);

/// `REFERENCES "parent" ("id") ON DELETE RESTRICT`.
[[nodiscard]] std::string references_sql(const ForeignKeyState& key);

/// `CONSTRAINT "name" CHECK (expression)`.
[[nodiscard]] std::string check_sql(const CheckState& check);

/// How much of a column its definition states.
enum class Extent : std::uint8_t {
    kWhole,
    kWithoutConstraints,  ///< neither checks nor the foreign key
};

/// A column's line of CREATE TABLE and ADD COLUMN.
[[nodiscard]] std::string column_sql(sql::Engine engine, std::string_view table,
                                     const ColumnState& column, Extent extent = Extent::kWhole);

namespace sqlite {
[[nodiscard]] std::string type_sql(const ColumnState& column);
[[nodiscard]] std::vector<CheckState> column_checks(std::string_view table,
                                                    const ColumnState& column);
}  // namespace sqlite

namespace postgres {
[[nodiscard]] std::string type_sql(const ColumnState& column);
[[nodiscard]] std::vector<CheckState> column_checks(std::string_view table,
                                                    const ColumnState& column);
}  // namespace postgres

/// `"a" >= 0 AND "a" <= 9`; empty when the column has no range. The same on both engines.
[[nodiscard]] std::string range_sql(const ColumnState& column);

}  // namespace segurifai::migrate::ddl
