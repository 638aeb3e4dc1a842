#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "migrate/identifiers.hpp"
#include "migrate/random_schema.hpp"

namespace segurifai::migrate::testing {

using model::Type;

std::size_t RandomSchema::below(std::size_t below) {
    return random_() % below;
}

void RandomSchema::edit(int edits_max) {
    const auto edits = 1 + below(static_cast<std::size_t>(edits_max));
    for (std::size_t i = 0; i < edits; ++i) edit_once();
    for (auto& [number, table] : schema_.tables) {
        std::ranges::sort(table.columns, {}, &ColumnState::number);
        std::ranges::sort(table.indexes, {}, &IndexState::name);
        std::ranges::sort(table.checks, {}, &CheckState::name);
    }
}

void RandomSchema::edit_once() {
    const std::size_t choice = below(20);
    if (schema_.tables.size() < 2 || (choice < 2 && schema_.tables.size() < 9))
        return create_table();
    switch (choice) {
        case 2: return drop_table();
        case 3: return rename_table();
        case 4: return swap_tables();
        case 5: any_table()->app = fmt::format("app{}", below(3)); return;
        default: return edit_table(*any_table());
    }
}

void RandomSchema::edit_table(TableState& table) {
    switch (below(8)) {
        case 0:
        case 1: return add_column(table);
        case 2: return drop_column(table);
        case 3: return rename_column(table);
        case 4: return swap_columns(table);
        case 5: return alter_column(table);
        default: return edit_parts(table);
    }
}

void RandomSchema::edit_parts(TableState& table) {
    switch (below(5)) {
        case 0: return add_index(table);
        case 1:
            if (!table.indexes.empty()) table.indexes.erase(table.indexes.begin());
            return;
        case 2: return add_check(table);
        case 3:
            if (!table.checks.empty()) table.checks.pop_back();
            return;
        default:
            if (!table.indexes.empty())
                table.indexes[below(table.indexes.size())].name = fresh(table.name + "_idx");
    }
}

void RandomSchema::create_table() {
    TableState table{.number = next_table_++,
                     .app = fmt::format("app{}", below(3)),
                     .name = fresh("table"),
                     .columns = {}};
    const bool uuid = chance(30);
    table.columns.push_back({.number = 1,
                             .name = chance(80) ? "id" : "key",
                             .type = uuid ? Type::kUuid : Type::kInteger,
                             .primary_key = true,
                             .identity = !uuid});
    next_column_[table.number] = 2;
    TableState& made = schema_.tables.emplace(table.number, std::move(table)).first->second;
    for (std::size_t i = below(5); i > 0; --i) add_column(made);
    if (chance(50)) add_index(made);
    if (chance(30)) add_check(made);
}

void RandomSchema::drop_table() {
    const TableState gone = *any_table();
    schema_.tables.erase(gone.number);
    for (auto& [number, table] : schema_.tables)
        for (ColumnState& column : table.columns)
            if (column.references && column.references->table == gone.name)
                column.references.reset();
}

void RandomSchema::set_name(TableState& table, const std::string& name) {
    for (auto& [number, other] : schema_.tables)
        for (ColumnState& column : other.columns)
            if (column.references && column.references->table == table.name)
                column.references->table = name;
    table.name = name;
}

void RandomSchema::rename_table() {
    TableState& table = *any_table();
    set_name(table, fresh("table"));
    // As physical names of indexes hold the table's name, they change with it.
    for (IndexState& index : table.indexes)
        if (chance(70)) index.name = fresh(table.name + "_idx");
}

void RandomSchema::swap_tables() {
    TableState& a = *any_table();
    TableState& b = *any_table();
    if (&a == &b) return;
    const std::string name_a = a.name;
    const std::string name_b = b.name;
    set_name(a, "swapping");
    set_name(b, name_a);
    set_name(a, name_b);
    if (!a.indexes.empty() && !b.indexes.empty())
        std::swap(a.indexes.front().name, b.indexes.front().name);
}

void RandomSchema::add_column(TableState& table) {
    ColumnState column{.number = next_column_[table.number]++,
                       .name = fmt::format("c{}", below(12)),
                       .null = chance(50)};
    if (table.find_column(column.name) != nullptr) column.name = fresh("col");
    make_type(column);
    if (chance(25)) make_reference(table, column);
    table.columns.push_back(std::move(column));
}

void RandomSchema::drop_column(TableState& table) {
    const ColumnState* found = any_column(table);
    if (found == nullptr) return;
    const ColumnState column = *found;
    std::erase_if(table.indexes, [&](const IndexState& index) {
        return std::ranges::find(index.columns, column.name) != index.columns.end() ||
               mentions(index.where, column.name);
    });
    std::erase_if(table.checks,
                  [&](const CheckState& check) { return mentions(check.expression, column.name); });
    std::erase_if(table.columns,
                  [&](const ColumnState& other) { return other.number == column.number; });
    if (!chance(20)) return;  // now and then another column takes the name at once
    ColumnState next{.number = next_column_[table.number]++, .name = column.name, .null = true};
    make_type(next);
    table.columns.push_back(std::move(next));
}

void RandomSchema::set_name(TableState& table, ColumnState& column, const std::string& name) {
    const Renames renames{{column.name, name}};
    for (IndexState& index : table.indexes) {
        std::ranges::replace(index.columns, column.name, name);
        index.where = renamed(index.where, renames);
    }
    for (CheckState& check : table.checks) check.expression = renamed(check.expression, renames);
    if (column.primary_key)
        for (auto& [number, other] : schema_.tables)
            for (ColumnState& child : other.columns)
                if (child.references && child.references->table == table.name)
                    child.references->column = name;
    column.name = name;
}

void RandomSchema::rename_column(TableState& table) {
    set_name(table, table.columns[below(table.columns.size())], fresh("col"));
}

void RandomSchema::swap_columns(TableState& table) {
    ColumnState& a = table.columns[below(table.columns.size())];
    ColumnState& b = table.columns[below(table.columns.size())];
    if (&a == &b) return;
    const std::string name_a = a.name;
    const std::string name_b = b.name;
    set_name(table, a, "swapping");
    set_name(table, b, name_a);
    set_name(table, a, name_b);
}

void RandomSchema::alter_column(TableState& table) {
    ColumnState* column = any_column(table);
    if (column == nullptr) return;
    switch (below(4)) {
        case 0: column->null = !column->null; break;
        case 1: make_type(*column); break;
        case 2: make_reference(table, *column); break;
        default: column->references.reset();
    }
    if (column->references && column->references->on_delete == model::OnDelete::kSetNull)
        column->null = true;
}

void RandomSchema::add_index(TableState& table) {
    IndexState index{.name = fresh(table.name + "_idx"), .columns = {}, .unique = chance(40)};
    for (const ColumnState& column : table.columns)
        if (index.columns.size() < 3 && chance(50)) index.columns.push_back(column.name);
    if (index.columns.empty()) index.columns.push_back(table.columns.front().name);
    if (const ColumnState* column = any_column(table); column != nullptr && chance(30))
        index.where = column->name + " IS NOT NULL";
    table.indexes.push_back(std::move(index));
}

void RandomSchema::add_check(TableState& table) {
    const ColumnState* a = any_column(table);
    const ColumnState* b = any_column(table);
    if (a == nullptr || b == nullptr) return;
    table.checks.push_back(
        {.name = fresh(table.name + "_check"),
         .expression = fmt::format("{0} IS NULL OR {1} IS NOT NULL", a->name, b->name)});
}

TableState* RandomSchema::any_table() {
    return &std::next(schema_.tables.begin(),
                      static_cast<std::ptrdiff_t>(below(schema_.tables.size())))
                ->second;
}

ColumnState* RandomSchema::any_column(TableState& table) {
    if (table.columns.size() < 2) return nullptr;
    ColumnState& column = table.columns[below(table.columns.size())];
    return column.primary_key ? nullptr : &column;
}

void RandomSchema::make_type(ColumnState& column) {
    static constexpr std::array kTypes{Type::kBoolean,  Type::kInteger, Type::kBigInteger,
                                       Type::kFloat,    Type::kDecimal, Type::kVarchar,
                                       Type::kChar,     Type::kText,    Type::kDate,
                                       Type::kDateTime, Type::kJson};
    column.type = kTypes[below(kTypes.size())];
    column.length = column.precision = column.scale = 0;
    column.preset = {};
    column.choices = {};
    column.min = column.max = {};
    column.json = JsonKind::kAny;
    column.references.reset();
    const bool with_preset = chance(40);
    switch (column.type) {
        case Type::kBoolean:
            if (with_preset) column.preset = chance(50);
            break;
        case Type::kInteger:
        case Type::kBigInteger:
            if (with_preset) column.preset = static_cast<std::int64_t>(below(100)) - 50;
            if (chance(30)) column.min = "-100";
            break;
        case Type::kDecimal:
            column.precision = 10;
            column.scale = 2;
            if (with_preset) column.preset = "1.50";
            if (chance(30)) column.max = "99999.99";
            break;
        case Type::kVarchar:
            column.length = 20 + static_cast<int>(below(200));
            if (chance(30)) column.choices = {"red", "it's", "blue"};
            if (with_preset) column.preset = column.choices.empty() ? "some text" : "it's";
            break;
        case Type::kChar: column.length = 1; break;
        case Type::kJson:
            column.json = chance(50) ? JsonKind::kArray : JsonKind::kObject;
            if (with_preset) column.preset = column.json == JsonKind::kArray ? "[]" : "{}";
            break;
        default: break;
    }
}

void RandomSchema::make_reference(const TableState& table, ColumnState& column) {
    // Towards lower numbers, or itself: descriptions have no circles.
    std::vector<const TableState*> parents;
    for (const auto& [number, other] : schema_.tables)
        if (number <= table.number) parents.push_back(&other);
    const TableState& parent = *parents[below(parents.size())];
    const ColumnState& key = parent.primary_key();
    column.type = key.type;
    column.length = column.precision = column.scale = 0;
    column.preset = {};
    column.choices = {};
    column.min = column.max = {};
    column.json = JsonKind::kAny;
    static constexpr std::array kActions{model::OnDelete::kRestrict, model::OnDelete::kCascade,
                                         model::OnDelete::kSetNull};
    column.references = ForeignKeyState{
        .table = parent.name, .column = key.name, .on_delete = kActions[below(kActions.size())]};
    if (column.references->on_delete == model::OnDelete::kSetNull) column.null = true;
}

bool RandomSchema::is_free(std::string_view name) const {
    return std::ranges::none_of(schema_.tables, [&](const auto& entry) {
        const TableState& table = entry.second;
        return table.name == name || table.find_index(name) != nullptr ||
               table.find_check(name) != nullptr || table.find_column(name) != nullptr;
    });
}

std::string RandomSchema::fresh(std::string_view stem) {
    // Few names, so that they are taken, freed and taken again within one change.
    std::string name = fmt::format("{}_{}", stem.substr(0, 24), below(10));
    while (!is_free(name)) name = fmt::format("{}_{}", stem.substr(0, 24), below(100'000));
    return name;
}

std::string RandomSchema::text() {
    static constexpr std::array<std::string_view, 14> kPieces{
        "a", "'", "''", "\"", "\\", "\n", "\t", "\r", " ", "#", "á€", "'''", "\"\"\"", "\x01"};
    std::string text;
    for (std::size_t i = below(10); i > 0; --i) text += kPieces[below(kPieces.size())];
    return text;
}

}  // namespace segurifai::migrate::testing
