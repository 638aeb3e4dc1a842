#include "migrations/random_edits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "migrate/identifiers.hpp"

namespace segurifai::testing {

using migrate::ColumnState;
using migrate::IndexState;
using migrate::TableState;
using model::Type;

void RandomEdits::edit(int edits) {
    for (int i = 0; i < edits; ++i) edit_once();
    for (auto& [number, table] : schema_.tables) {
        std::ranges::sort(table.indexes, {}, &IndexState::name);
        std::ranges::sort(table.checks, {}, &migrate::CheckState::name);
    }
}

void RandomEdits::edit_once() {
    if (schema_.tables.size() < 2) return create_table();
    switch (below(14)) {
        case 0:
            if (schema_.tables.size() < 5) create_table();
            return;
        case 1: return drop_table();
        case 2: return rename_table(any_table());
        case 3:
        case 4: return add_column(any_table());
        case 5: return drop_column(any_table());
        case 6: return rename_column(any_table());
        case 7: return edit_index(any_table());
        case 8: return edit_check(any_table());
        default: return alter_column(any_table());
    }
}

TableState& RandomEdits::any_table() {
    return std::next(schema_.tables.begin(),
                     static_cast<std::ptrdiff_t>(below(schema_.tables.size())))
        ->second;
}

ColumnState* RandomEdits::any_column(TableState& table) {
    if (table.columns.size() < 2) return nullptr;
    return &table.columns[1 + below(table.columns.size() - 1)];
}

std::string RandomEdits::fresh(std::string_view stem) {
    return fmt::format("{}_{}", stem, next_name_++);
}

void RandomEdits::create_table() {
    const bool uuid = below(3) == 0;
    const std::uint16_t number = next_table_++;
    TableState& table = schema_.tables[number];
    table = {.number = number,
             .app = "shop",
             .name = fresh("goods"),
             .columns = {{.number = 1,
                          .name = "id",
                          .type = uuid ? Type::kUuid : Type::kInteger,
                          .primary_key = true,
                          .identity = !uuid}}};
    next_column_[number] = 2;
    for (std::size_t i = 1 + below(4); i > 0; --i) {
        add_column(table);
        if (below(2) == 0 && !table.columns.back().references) table.columns.back().null = false;
    }
}

/// A table nobody points at: children would lose their foreign key with the rows' meaning.
void RandomEdits::drop_table() {
    if (schema_.tables.size() < 3) return;
    const TableState& table = any_table();
    for (const auto& [number, other] : schema_.tables)
        for (const ColumnState& column : other.columns)
            if (number != table.number && column.references &&
                column.references->table == table.name)
                return;
    schema_.tables.erase(table.number);
}

void RandomEdits::rename_table(TableState& table) {
    const std::string name = fresh("goods");
    for (auto& [number, other] : schema_.tables)
        for (ColumnState& column : other.columns)
            if (column.references && column.references->table == table.name)
                column.references->table = name;
    table.name = name;
    for (IndexState& index : table.indexes) index.name = fresh(name + "_idx");
}

void RandomEdits::make_type(ColumnState& column) {
    const bool given = !column.null;
    switch (below(8)) {
        case 0:
            column.type = Type::kBoolean;
            if (given) column.preset = true;
            break;
        case 1:
            column.type = Type::kInteger;
            if (below(2) == 0) column.min = "-100";
            if (given) column.preset = std::int64_t{3};
            break;
        case 2:
            column.type = Type::kDecimal;
            column.precision = 8;
            column.scale = 2;
            if (given) column.preset = "4.25";
            break;
        case 3:
            column.type = Type::kVarchar;
            column.length = 30;
            if (below(2) == 0) column.choices = {"red", "it's", "blue"};
            if (given) column.preset = "it's";
            break;
        case 4:
            column.type = Type::kText;
            if (given) column.preset = "";
            break;
        case 5:
            column.type = Type::kDate;
            if (given) column.preset = "2026-01-31";
            break;
        case 6:
            column.type = Type::kJson;
            column.json = below(2) == 0 ? JsonKind::kArray : JsonKind::kObject;
            if (given) column.preset = column.json == JsonKind::kArray ? "[]" : "{}";
            break;
        default:
            column.type = Type::kFloat;
            if (given) column.preset = "0.5";
            break;
    }
}

void RandomEdits::add_column(TableState& table) {
    ColumnState column{
        .number = next_column_[table.number]++, .name = fresh("c"), .null = below(2) == 0};
    if (below(4) == 0) {
        const TableState& parent = std::next(schema_.tables.begin())->first <= table.number
                                       ? schema_.tables.begin()->second
                                       : table;
        column.null = true;
        column.type = parent.primary_key().type;
        column.references = migrate::ForeignKeyState{
            parent.name, parent.primary_key().name,
            below(2) == 0 ? model::OnDelete::kCascade : model::OnDelete::kSetNull};
    } else {
        make_type(column);
    }
    table.columns.push_back(std::move(column));
}

void RandomEdits::drop_column(TableState& table) {
    ColumnState* column = any_column(table);
    if (column == nullptr) return;
    const std::string name = column->name;
    std::erase_if(table.indexes, [&](const IndexState& index) {
        return std::ranges::find(index.columns, name) != index.columns.end() ||
               migrate::mentions(index.where, name);
    });
    std::erase_if(table.checks, [&](const migrate::CheckState& check) {
        return migrate::mentions(check.expression, name);
    });
    std::erase_if(table.columns, [&](const ColumnState& other) { return other.name == name; });
}

void RandomEdits::rename_column(TableState& table) {
    ColumnState& column = table.columns[below(table.columns.size())];
    const std::string name = fresh("c");
    const migrate::Renames renames{{column.name, name}};
    for (IndexState& index : table.indexes) {
        std::ranges::replace(index.columns, column.name, name);
        index.where = migrate::renamed(index.where, renames);
    }
    for (migrate::CheckState& check : table.checks)
        check.expression = migrate::renamed(check.expression, renames);
    if (column.primary_key)
        for (auto& [number, other] : schema_.tables)
            for (ColumnState& child : other.columns)
                if (child.references && child.references->table == table.name)
                    child.references->column = name;
    column.name = name;
}

void RandomEdits::widen(ColumnState& column) {
    switch (column.type) {
        case Type::kVarchar:
            if (below(2) == 0) {
                column.length += 20;
            } else if (column.choices.empty()) {
                column.type = Type::kText;
                column.length = 0;
            } else {
                column.choices.emplace_back("green");
            }
            break;
        case Type::kInteger: column.type = Type::kBigInteger; break;
        case Type::kDecimal:
            column.precision = std::min(column.precision + 1, 14);
            if (below(2) == 0) column.scale = std::min(column.scale + 1, column.precision - 5);
            break;
        case Type::kDate:
            column.type = Type::kDateTime;
            if (column.preset != migrate::PresetState())
                column.preset = "2026-01-31 00:00:00.000000";
            break;
        case Type::kJson: column.json = JsonKind::kAny; break;
        default: break;
    }
}

void RandomEdits::alter_column(TableState& table) {
    ColumnState* column = any_column(table);
    if (column == nullptr) return;
    if (column->references) {
        column->references->on_delete = model::OnDelete::kRestrict;
        return;
    }
    switch (below(5)) {
        case 0: column->null = true; break;
        case 1: column->min.clear(); break;
        case 2: column->choices.clear(); break;
        case 3:
            if (column->type == Type::kInteger) column->preset = std::int64_t{17};
            break;
        default: widen(*column);
    }
}

void RandomEdits::edit_index(TableState& table) {
    if (!table.indexes.empty() && below(3) == 0) {
        if (below(2) == 0)
            table.indexes.pop_back();
        else
            table.indexes.front().name = fresh(table.name + "_idx");
        return;
    }
    IndexState index{.name = fresh(table.name + "_idx"), .columns = {}};
    const ColumnState* column = any_column(table);
    if (column != nullptr && column->type != Type::kJson) index.columns.push_back(column->name);
    index.unique = below(2) == 0;
    if (index.unique || index.columns.empty()) index.columns.push_back(table.columns[0].name);
    if (column != nullptr && below(3) == 0) index.where = column->name + " IS NOT NULL";
    table.indexes.push_back(std::move(index));
}

void RandomEdits::edit_check(TableState& table) {
    if (!table.checks.empty() && below(2) == 0) {
        table.checks.pop_back();
        return;
    }
    const ColumnState* column = any_column(table);
    if (column == nullptr) return;
    table.checks.push_back({.name = fresh(table.name + "_check"),
                            .expression = fmt::format("{} IS NULL OR {} IS NOT NULL", column->name,
                                                      table.columns[0].name)});
}

}  // namespace segurifai::testing
