#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "migrate/identifiers.hpp"
#include "migrate/operation.hpp"

namespace segurifai::migrate {

namespace {

template <class... Args>
std::unexpected<Error> refuse(fmt::format_string<Args...> text, Args&&... args) {
    return fail(Code::kConflict, fmt::format(text, std::forward<Args>(args)...));
}

Result<TableState*> known_table(SchemaState& schema, std::string_view name) {
    if (TableState* table = schema.find(name)) return table;
    return refuse("There is no table {} at this point of the history.", name);
}

Result<ColumnState*> known_column(TableState& table, std::string_view name) {
    for (ColumnState& column : table.columns)
        if (column.name == name) return &column;
    return refuse("Table {} has no column {} at this point of the history.", table.name, name);
}

/// Tables and indexes share their names in both engines.
Result<void> check_name_free(const SchemaState& schema, std::string_view name) {
    if (name.empty()) return refuse("A table or an index has no name.");
    for (const auto& [number, table] : schema.tables) {
        if (table.name == name) return refuse("There is already a table {}.", name);
        if (table.find_index(name) != nullptr)
            return refuse("There is already an index {}, on table {}.", name, table.name);
    }
    return {};
}

/// `self`: the table the column is (or will be) part of, which a key may point at as well.
Result<void> check_reference(const SchemaState& schema, const TableState& self,
                             const ColumnState& column) {
    if (!column.references) return {};
    const ForeignKeyState& key = *column.references;
    const TableState* parent = key.table == self.name ? &self : schema.find(key.table);
    if (parent == nullptr)
        return refuse("Column {}.{} points at the table {}, which is not there.", self.name,
                      column.name, key.table);
    const ColumnState& target = parent->primary_key();
    if (target.name != key.column)
        return refuse("Column {}.{} points at {}.{}, but the primary key there is {}.", self.name,
                      column.name, key.table, key.column, target.name);
    if (key.on_delete == model::OnDelete::kSetNull && !column.null)
        return refuse(
            "Column {}.{} is set to null when its parent is deleted, so it must allow "
            "null.",
            self.name, column.name);
    return {};
}

Result<void> check_shape(const TableState& table, const ColumnState& column) {
    if (column.number == 0 || column.name.empty())
        return refuse("A column of table {} has no number or no name.", table.name);
    if (column.primary_key && column.null)
        return refuse("Column {}.{} is the primary key and cannot allow null.", table.name,
                      column.name);
    if (column.identity && !column.primary_key)
        return refuse("Column {}.{} counts by itself without being the primary key.", table.name,
                      column.name);
    return {};
}

Result<void> check_index(const TableState& table, const IndexState& index) {
    if (index.columns.empty())
        return refuse("Index {} on table {} has no columns.", index.name, table.name);
    std::set<std::string_view> seen;
    for (const std::string& column : index.columns) {
        if (table.find_column(column) == nullptr)
            return refuse("Index {} uses the column {}, which table {} does not have.", index.name,
                          column, table.name);
        if (!seen.insert(column).second)
            return refuse("Index {} names the column {} twice.", index.name, column);
    }
    return {};
}

Result<void> check_new_check(const TableState& table, const CheckState& check) {
    if (check.name.empty() || check.expression.empty())
        return refuse("A check of table {} has no name or no expression.", table.name);
    if (table.find_check(check.name) != nullptr)
        return refuse("Table {} already has a check {}.", table.name, check.name);
    return {};
}

/// The order of a TableState's parts is part of its meaning: equal tables compare equal.
template <class Part, class Key>
void insert_in_order(std::vector<Part>& parts, Part part, Key Part::* key) {
    const auto at = std::ranges::upper_bound(parts, part.*key, {}, key);
    parts.insert(at, std::move(part));
}

void rename_in_expressions(TableState& table, const std::string& from, const std::string& to) {
    const Renames renames{{from, to}};
    for (IndexState& index : table.indexes) {
        std::ranges::replace(index.columns, from, to);
        index.where = renamed(index.where, renames);
    }
    for (CheckState& check : table.checks) check.expression = renamed(check.expression, renames);
    if (table.partition_by == from) table.partition_by = to;
}

Result<void> check_columns(const SchemaState& schema, const TableState& table) {
    std::set<std::uint16_t> numbers;
    std::set<std::string_view> names;
    for (const ColumnState& column : table.columns) {
        SEGURIFAI_TRY(check_shape(table, column));
        if (!numbers.insert(column.number).second)
            return refuse("Two columns of table {} have the number {}.", table.name, column.number);
        if (!names.insert(column.name).second)
            return refuse("Table {} has two columns {}.", table.name, column.name);
    }
    if (std::ranges::count_if(table.columns, &ColumnState::primary_key) != 1)
        return refuse("Table {} needs exactly one primary key column.", table.name);
    for (const ColumnState& column : table.columns)
        SEGURIFAI_TRY(check_reference(schema, table, column));
    if (!table.partition_by.empty() && table.find_column(table.partition_by) == nullptr)
        return refuse("Table {} is partitioned by {}, which is no column of it.", table.name,
                      table.partition_by);
    return {};
}

Result<void> apply(SchemaState& schema, const CreateTable& operation) {
    TableState table = operation.table;
    if (table.number == 0 || table.app.empty())
        return refuse("Table {} has no number or no app.", table.name);
    if (const auto taken = schema.tables.find(table.number); taken != schema.tables.end())
        return refuse("Table {} has the number {}, which belongs to {}.", table.name, table.number,
                      taken->second.name);
    SEGURIFAI_TRY(check_name_free(schema, table.name));
    SEGURIFAI_TRY(check_columns(schema, table));
    std::set<std::string_view> names{table.name};
    for (const IndexState& index : table.indexes) {
        SEGURIFAI_TRY(check_name_free(schema, index.name));
        SEGURIFAI_TRY(check_index(table, index));
        if (!names.insert(index.name).second)
            return refuse("Table {} has two indexes {}.", table.name, index.name);
    }
    for (const CheckState& check : std::exchange(table.checks, {})) {
        SEGURIFAI_TRY(check_new_check(table, check));
        table.checks.push_back(check);
    }
    std::ranges::sort(table.columns, {}, &ColumnState::number);
    std::ranges::sort(table.indexes, {}, &IndexState::name);
    std::ranges::sort(table.checks, {}, &CheckState::name);
    schema.tables.emplace(table.number, std::move(table));
    return {};
}

Result<void> apply(SchemaState& schema, const DropTable& operation) {
    SEGURIFAI_TRY_AS(const TableState* table, known_table(schema, operation.table));
    for (const auto& [number, other] : schema.tables) {
        if (&other == table) continue;
        for (const ColumnState& column : other.columns)
            if (column.references && column.references->table == operation.table)
                return refuse("Table {} cannot be dropped: {}.{} points at it.", operation.table,
                              other.name, column.name);
    }
    schema.tables.erase(table->number);
    return {};
}

Result<void> apply(SchemaState& schema, const RenameTable& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.from));
    if (operation.app.empty())
        return refuse("The renaming of table {} does not say its app.", operation.from);
    if (operation.to != operation.from) SEGURIFAI_TRY(check_name_free(schema, operation.to));
    table->name = operation.to;
    table->app = operation.app;
    for (auto& [number, other] : schema.tables)
        for (ColumnState& column : other.columns)
            if (column.references && column.references->table == operation.from)
                column.references->table = operation.to;
    return {};
}

Result<void> apply(SchemaState& schema, const AddColumn& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.table));
    const ColumnState& column = operation.column;
    SEGURIFAI_TRY(check_shape(*table, column));
    if (column.primary_key)
        return refuse("Table {} has a primary key already; {} cannot be added as one.", table->name,
                      column.name);
    if (table->find_column(column.name) != nullptr)
        return refuse("Table {} already has a column {}.", table->name, column.name);
    if (const ColumnState* taken = table->find_column(column.number))
        return refuse("Column {}.{} has the number {}, which belongs to {}.", table->name,
                      column.name, column.number, taken->name);
    SEGURIFAI_TRY(check_reference(schema, *table, column));
    insert_in_order(table->columns, column, &ColumnState::number);
    return {};
}

Result<void> apply(SchemaState& schema, const DropColumn& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.table));
    SEGURIFAI_TRY_AS(const ColumnState* column, known_column(*table, operation.column));
    if (column->primary_key)
        return refuse("Column {}.{} is the primary key and cannot be dropped.", table->name,
                      column->name);
    if (table->partition_by == column->name)
        return refuse("Column {}.{} is what the table is partitioned by and cannot be dropped.",
                      table->name, column->name);
    for (const IndexState& index : table->indexes)
        if (std::ranges::find(index.columns, column->name) != index.columns.end() ||
            mentions(index.where, column->name))
            return refuse("Column {}.{} cannot be dropped before the index {} that uses it.",
                          table->name, column->name, index.name);
    for (const CheckState& check : table->checks)
        if (mentions(check.expression, column->name))
            return refuse("Column {}.{} cannot be dropped before the check {} that uses it.",
                          table->name, column->name, check.name);
    table->columns.erase(table->columns.begin() + (column - table->columns.data()));
    return {};
}

Result<void> apply(SchemaState& schema, const RenameColumn& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.table));
    SEGURIFAI_TRY_AS(ColumnState * column, known_column(*table, operation.from));
    if (operation.to.empty())
        return refuse("The renaming of column {}.{} has no new name.", table->name, column->name);
    if (table->find_column(operation.to) != nullptr)
        return refuse("Table {} already has a column {}.", table->name, operation.to);
    column->name = operation.to;
    rename_in_expressions(*table, operation.from, operation.to);
    if (!column->primary_key) return {};
    for (auto& [number, other] : schema.tables)
        for (ColumnState& child : other.columns)
            if (child.references && child.references->table == table->name)
                child.references->column = operation.to;
    return {};
}

Result<void> apply(SchemaState& schema, const AlterColumn& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.table));
    SEGURIFAI_TRY_AS(ColumnState * column, known_column(*table, operation.column.name));
    const ColumnState& wanted = operation.column;
    if (wanted.number != column->number)
        return refuse("Column {}.{} has the number {}, not {}: another number is another column.",
                      table->name, column->name, column->number, wanted.number);
    if (wanted.primary_key != column->primary_key || wanted.identity != column->identity)
        return refuse(
            "Column {}.{}: what the primary key is, and whether it counts by itself, "
            "cannot be altered; make a new table.",
            table->name, column->name);
    SEGURIFAI_TRY(check_shape(*table, wanted));
    SEGURIFAI_TRY(check_reference(schema, *table, wanted));
    *column = wanted;
    return {};
}

Result<void> apply(SchemaState& schema, const AddIndex& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.table));
    SEGURIFAI_TRY(check_name_free(schema, operation.index.name));
    SEGURIFAI_TRY(check_index(*table, operation.index));
    insert_in_order(table->indexes, operation.index, &IndexState::name);
    return {};
}

Result<void> apply(SchemaState& schema, const DropIndex& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.table));
    if (std::erase_if(table->indexes,
                      [&](const IndexState& index) { return index.name == operation.index; }) == 0)
        return refuse("Table {} has no index {}.", table->name, operation.index);
    return {};
}

Result<void> apply(SchemaState& schema, const RenameIndex& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.table));
    const IndexState* found = table->find_index(operation.from);
    if (found == nullptr) return refuse("Table {} has no index {}.", table->name, operation.from);
    SEGURIFAI_TRY(check_name_free(schema, operation.to));
    IndexState index = *found;
    table->indexes.erase(table->indexes.begin() + (found - table->indexes.data()));
    index.name = operation.to;
    insert_in_order(table->indexes, std::move(index), &IndexState::name);
    return {};
}

Result<void> apply(SchemaState& schema, const AddCheck& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.table));
    SEGURIFAI_TRY(check_new_check(*table, operation.check));
    insert_in_order(table->checks, operation.check, &CheckState::name);
    return {};
}

Result<void> apply(SchemaState& schema, const DropCheck& operation) {
    SEGURIFAI_TRY_AS(TableState * table, known_table(schema, operation.table));
    if (std::erase_if(table->checks,
                      [&](const CheckState& check) { return check.name == operation.check; }) == 0)
        return refuse("Table {} has no check {}.", table->name, operation.check);
    return {};
}

Result<void> apply(SchemaState&, const RunSql&) {
    return {};
}

}  // namespace

Result<void> apply(SchemaState& schema, const Operation& operation) {
    return std::visit([&](const auto& one) { return apply(schema, one); }, operation);
}

}  // namespace segurifai::migrate
