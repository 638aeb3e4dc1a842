#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/table.hpp"

namespace segurifai::model {

/// The longest identifier PostgreSQL keeps; it would cut a longer one without an error.
inline constexpr std::size_t kNameBytesMax = 63;

/// A name that the DDL of a table gives to something in the database.
struct PhysicalName {
    enum class Kind : std::uint8_t {
        kTable,
        kPrimaryKey,   ///< `<table>_pkey`
        kForeignKey,   ///< `<table>_<column>_fkey`
        kIndex,        ///< `<table>_<index>`, and `<table>_<column>_key` of a unique column
        kCheck,        ///< `<table>_<check>`
        kColumnCheck,  ///< `<table>_<column>_choices`, `_range`, `_length`, `_type`, `_json`
    };
    Kind kind;
    std::string name;
    std::string origin;  ///< the column, index or check it is made of; empty for the table
};

/// Every name the DDL of either engine makes for `table`.
[[nodiscard]] std::vector<PhysicalName> physical_names(const Table& table);

/// Everything about a set of tables that must not start, all of it at once: each fault's path is
/// "table", "table.column" or "table.index".
[[nodiscard]] std::vector<Fault> check_descriptions(std::span<const Table* const> tables);

}  // namespace segurifai::model
