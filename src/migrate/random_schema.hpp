#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "migrate/state.hpp"

namespace segurifai::migrate::testing {

/// Makes schemas and edits them the way people edit descriptions, for property tests. Every state
/// it gives is one that descriptions could state; the same seed gives the same history.
class RandomSchema {
public:
    explicit RandomSchema(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] const SchemaState& schema() const noexcept { return schema_; }

    /// One to `edits_max` edits: tables and columns made, dropped, renamed (also swapped), moved,
    /// altered; indexes, checks and foreign keys put on and taken off.
    void edit(int edits_max = 6);

    /// A number in [0, below).
    [[nodiscard]] std::size_t below(std::size_t below);
    [[nodiscard]] bool chance(int percent) {
        return below(100) < static_cast<std::size_t>(percent);
    }

    /// Text with everything that could trip a reader or a writer of files.
    [[nodiscard]] std::string text();

private:
    void edit_once();
    void create_table();
    void drop_table();
    void rename_table();
    void swap_tables();
    void edit_table(TableState& table);
    void edit_parts(TableState& table);
    void add_column(TableState& table);
    void drop_column(TableState& table);
    void rename_column(TableState& table);
    void swap_columns(TableState& table);
    void alter_column(TableState& table);
    void add_index(TableState& table);
    void add_check(TableState& table);
    void set_name(TableState& table, const std::string& name);
    void set_name(TableState& table, ColumnState& column, const std::string& name);

    [[nodiscard]] TableState* any_table();
    /// A column other than the primary key, or nullptr.
    [[nodiscard]] ColumnState* any_column(TableState& table);
    void make_type(ColumnState& column);
    void make_reference(const TableState& table, ColumnState& column);
    [[nodiscard]] std::string fresh(std::string_view stem);
    [[nodiscard]] bool is_free(std::string_view name) const;

    std::mt19937_64 random_;
    SchemaState schema_;
    std::uint16_t next_table_ = 1;
    std::map<std::uint16_t, std::uint16_t> next_column_;
};

}  // namespace segurifai::migrate::testing
