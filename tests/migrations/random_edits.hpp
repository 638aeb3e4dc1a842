#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "migrate/state.hpp"

namespace segurifai::testing {

/// Edits of a schema that any rows Installation::fill() makes survive, there and back: what people
/// do to tables that are in use. The same seed gives the same history.
class RandomEdits {
public:
    explicit RandomEdits(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] const migrate::SchemaState& schema() const noexcept { return schema_; }
    void edit(int edits);

private:
    void edit_once();
    void create_table();
    void drop_table();
    void rename_table(migrate::TableState& table);
    void add_column(migrate::TableState& table);
    void drop_column(migrate::TableState& table);
    void rename_column(migrate::TableState& table);
    void alter_column(migrate::TableState& table);
    void widen(migrate::ColumnState& column);
    void edit_index(migrate::TableState& table);
    void edit_check(migrate::TableState& table);
    void make_type(migrate::ColumnState& column);

    [[nodiscard]] std::size_t below(std::size_t limit) { return random_() % limit; }
    [[nodiscard]] migrate::TableState& any_table();
    [[nodiscard]] migrate::ColumnState* any_column(migrate::TableState& table);
    [[nodiscard]] std::string fresh(std::string_view stem);

    std::mt19937_64 random_;
    migrate::SchemaState schema_;
    std::uint16_t next_table_ = 1;
    int next_name_ = 1;
    std::map<std::uint16_t, std::uint16_t> next_column_;
};

}  // namespace segurifai::testing
