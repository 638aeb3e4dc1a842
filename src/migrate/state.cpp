#include "migrate/state.hpp"

#include <algorithm>
#include <stdexcept>

namespace segurifai::migrate {

const ColumnState* TableState::find_column(std::string_view column) const noexcept {
    for (const ColumnState& candidate : columns)
        if (candidate.name == column) return &candidate;
    return nullptr;
}

const ColumnState* TableState::find_column(std::uint16_t column) const noexcept {
    for (const ColumnState& candidate : columns)
        if (candidate.number == column) return &candidate;
    return nullptr;
}

const IndexState* TableState::find_index(std::string_view index) const noexcept {
    for (const IndexState& candidate : indexes)
        if (candidate.name == index) return &candidate;
    return nullptr;
}

const CheckState* TableState::find_check(std::string_view check) const noexcept {
    for (const CheckState& candidate : checks)
        if (candidate.name == check) return &candidate;
    return nullptr;
}

const ColumnState& TableState::primary_key() const {
    for (const ColumnState& column : columns)
        if (column.primary_key) return column;
    throw std::logic_error("table " + name + " has no primary key");  // apply() refuses such a one
}

const TableState* SchemaState::find(std::string_view name) const noexcept {
    for (const auto& [number, table] : tables)
        if (table.name == name) return &table;
    return nullptr;
}

TableState* SchemaState::find(std::string_view name) noexcept {
    return const_cast<TableState*>(std::as_const(*this).find(name));
}

namespace {

PresetState preset_of(const model::Default& preset) {
    switch (preset.kind()) {
        case model::Default::Kind::kNone: return {};
        case model::Default::Kind::kBoolean: return preset.integer() != 0;
        case model::Default::Kind::kInteger: return preset.integer();
        case model::Default::Kind::kText: return std::string(preset.text());
    }
    return {};
}

std::optional<ForeignKeyState> reference_of(const model::Column& column,
                                            std::span<const model::Table* const> all) {
    if (column.references.empty()) return std::nullopt;
    for (const model::Table* parent : all)
        if (parent->name == column.references)
            return ForeignKeyState{.table = std::string(parent->name),
                                   .column = std::string(parent->primary_key().name),
                                   .on_delete = column.on_delete};
    throw std::logic_error("column " + std::string(column.name) + " points at the unknown table " +
                           std::string(column.references));  // descriptions are checked at start
}

ColumnState state_of(const model::Column& column, std::span<const model::Table* const> all) {
    return {.number = column.number,
            .name = std::string(column.name),
            .type = column.type,
            .length = column.length,
            .precision = column.precision,
            .scale = column.scale,
            .null = column.null,
            .primary_key = column.primary_key,
            .identity = column.identity,
            .preset = preset_of(column.preset),
            .choices = {column.choices.begin(), column.choices.end()},
            .min = std::string(column.min),
            .max = std::string(column.max),
            .json = column.json,
            .references = reference_of(column, all)};
}

IndexState state_of(const model::Table& table, const model::Index& index) {
    IndexState state{.name = model::physical_name(table.name, index.name),
                     .columns = {},
                     .unique = index.unique,
                     .where = std::string(index.where)};
    for (const std::string_view column : index.columns)
        if (!column.empty()) state.columns.emplace_back(column);
    return state;
}

}  // namespace

TableState state_of(const model::Table& table, std::span<const model::Table* const> all) {
    TableState state{.number = table.number,
                     .app = std::string(table.app),
                     .name = std::string(table.name),
                     .partition_by = std::string(table.partition_by),
                     .columns = {}};
    for (const model::Column& column : table.columns) {
        state.columns.push_back(state_of(column, all));
        if (column.unique && !column.primary_key)
            state.indexes.push_back({.name = model::unique_index_name(table, column),
                                     .columns = {std::string(column.name)},
                                     .unique = true});
    }
    for (const model::Index& index : table.indexes) state.indexes.push_back(state_of(table, index));
    for (const model::Check& check : table.checks)
        state.checks.push_back({.name = model::physical_name(table.name, check.name),
                                .expression = std::string(check.expression)});
    std::ranges::sort(state.columns, {}, &ColumnState::number);
    std::ranges::sort(state.indexes, {}, &IndexState::name);
    std::ranges::sort(state.checks, {}, &CheckState::name);
    return state;
}

SchemaState state_of(std::span<const model::Table* const> tables) {
    SchemaState schema;
    for (const model::Table* table : tables)
        schema.tables.emplace(table->number, state_of(*table, tables));
    return schema;
}

std::vector<std::uint16_t> in_foreign_key_order(const SchemaState& schema) {
    std::map<std::string_view, std::uint16_t> number_of;
    for (const auto& [number, table] : schema.tables) number_of.emplace(table.name, number);
    std::map<std::uint16_t, std::vector<std::uint16_t>> missing_parents;
    for (const auto& [number, table] : schema.tables) {
        std::vector<std::uint16_t>& parents = missing_parents[number];
        for (const ColumnState& column : table.columns) {
            if (!column.references) continue;
            const auto parent = number_of.find(column.references->table);
            if (parent != number_of.end() && parent->second != number)
                parents.push_back(parent->second);
        }
    }
    std::vector<std::uint16_t> order;
    order.reserve(schema.tables.size());
    while (!missing_parents.empty()) {
        // The lowest number whose parents are all placed; within a cycle, the lowest number.
        auto next = std::ranges::find_if(missing_parents,
                                         [](const auto& entry) { return entry.second.empty(); });
        if (next == missing_parents.end()) next = missing_parents.begin();
        const std::uint16_t placed = next->first;
        order.push_back(placed);
        missing_parents.erase(next);
        for (auto& [number, parents] : missing_parents) std::erase(parents, placed);
    }
    return order;
}

}  // namespace segurifai::migrate
