#include "migrate/physical.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "migrate/ddl.hpp"

namespace segurifai::migrate {
namespace {

/// What stays of a column when it is buried: its data, and nothing that could refuse a row.
ColumnState bare(const ColumnState& column, std::uint16_t number, std::string name) {
    return {.number = number,
            .name = std::move(name),
            .type = column.type,
            .length = column.length,
            .precision = column.precision,
            .scale = column.scale,
            .null = true};
}

bool same_type(const ColumnState& a, const ColumnState& b) noexcept {
    return a.type == b.type && a.length == b.length && a.precision == b.precision &&
           a.scale == b.scale;
}

/// The table under its tombstone: without what others could trip over.
TableState buried(TableState table, const Tombstone& tombstone) {
    table.number = tombstone.physical_number();
    table.name = tombstone.physical;
    table.indexes.clear();
    for (ColumnState& column : table.columns) column.references.reset();
    return table;
}

bool same_columns(const TableState& a, const TableState& b) {
    const auto lived = [](const TableState& table) {
        return std::ranges::count_if(table.columns, [](const ColumnState& column) {
            return !ddl::is_tombstone(column.number);
        });
    };
    if (lived(a) != lived(b) || a.partition_by != b.partition_by) return false;
    return std::ranges::all_of(a.columns, [&](const ColumnState& column) {
        if (ddl::is_tombstone(column.number)) return true;
        const ColumnState* other = b.find_column(column.number);
        return other != nullptr && same_type(column, *other) &&
               column.primary_key == other->primary_key && column.identity == other->identity;
    });
}

}  // namespace

PhysicalSchema::PhysicalSchema(SchemaState logical, std::vector<Tombstone> tombstones)
    : schema_(std::move(logical)), tombstones_(std::move(tombstones)) {
    for (const Tombstone& tombstone : tombstones_)
        if (tombstone.kind == Tombstone::Kind::kTable)
            schema_.tables[tombstone.physical_number()] = buried(tombstone.table, tombstone);
    for (const Tombstone& tombstone : tombstones_) {
        if (tombstone.kind != Tombstone::Kind::kColumn) continue;
        const auto holder = schema_.tables.find(tombstone.holder);
        if (holder == schema_.tables.end()) continue;  // its table was ended with all it held
        holder->second.columns.push_back(
            bare(tombstone.table.columns.front(), tombstone.physical_number(), tombstone.physical));
    }
}

std::int64_t PhysicalSchema::next_id() const noexcept {
    std::int64_t last = 0;
    for (const Tombstone& tombstone : tombstones_) last = std::max(last, tombstone.id);
    return last + 1;
}

void PhysicalSchema::move_held(std::uint16_t from, std::uint16_t to) {
    for (Tombstone& tombstone : tombstones_)
        if (tombstone.kind == Tombstone::Kind::kColumn && tombstone.holder == from)
            tombstone.holder = to;
}

Result<Change> PhysicalSchema::apply(const Operation& operation, const Burial& burial) {
    Change change{.about = describe(operation)};
    if (next_id() >= ddl::kTombstoneNumber)
        return fail(Code::kConflict,
                    "There are too many tombstones; end the old ones with 'segurifai purge'.");
    if (const auto* create_table = std::get_if<CreateTable>(&operation))
        return create(*create_table, std::move(change));
    if (const auto* drop_table = std::get_if<DropTable>(&operation))
        return drop(*drop_table, std::move(change), burial);
    if (const auto* add_column = std::get_if<AddColumn>(&operation))
        return add(*add_column, std::move(change));
    if (const auto* drop_column = std::get_if<DropColumn>(&operation))
        return drop(*drop_column, std::move(change), burial);
    return other(operation, std::move(change));
}

Result<Change> PhysicalSchema::create(const CreateTable& operation, Change change) {
    SEGURIFAI_TRY(migrate::apply(schema_, operation));
    change.kind = Change::Kind::kCreateTable;
    const auto found = std::ranges::find_if(tombstones_, [&](const Tombstone& tombstone) {
        return tombstone.kind == Tombstone::Kind::kTable &&
               tombstone.number == operation.table.number &&
               same_columns(operation.table, tombstone.table);
    });
    TableState& table = schema_.tables.at(operation.table.number);
    if (found != tombstones_.end()) {
        change.kind = Change::Kind::kReviveTable;
        change.before = schema_.tables.at(found->physical_number());
        for (const ColumnState& column : change.before.columns)
            if (ddl::is_tombstone(column.number)) table.columns.push_back(column);
        schema_.tables.erase(found->physical_number());
        move_held(found->physical_number(), table.number);
        change.tombstone = *found;
        tombstones_.erase(found);
    }
    change.after = table;
    return change;
}

Result<Change> PhysicalSchema::drop(const DropTable& operation, Change change,
                                    const Burial& burial) {
    const TableState* table = schema_.find(operation.table);
    if (table != nullptr) change.before = *table;
    SEGURIFAI_TRY(migrate::apply(schema_, operation));
    change.kind = Change::Kind::kBuryTable;
    Tombstone tombstone{.id = next_id(),
                        .kind = Tombstone::Kind::kTable,
                        .number = change.before.number,
                        .table = change.before,
                        .migration = burial.migration,
                        .buried_at = burial.at,
                        .keep_until = burial.keep_until};
    tombstone.physical = tombstone_name(tombstone.id, change.before.name);
    std::erase_if(tombstone.table.columns,
                  [](const ColumnState& column) { return ddl::is_tombstone(column.number); });
    change.after = buried(change.before, tombstone);
    schema_.tables[change.after.number] = change.after;
    move_held(change.before.number, change.after.number);
    tombstones_.push_back(tombstone);
    change.tombstone = std::move(tombstone);
    return change;
}

Result<Change> PhysicalSchema::add(const AddColumn& operation, Change change) {
    const TableState* table = schema_.find(operation.table);
    if (table != nullptr) change.before = *table;
    SEGURIFAI_TRY(migrate::apply(schema_, operation));
    TableState& after = *schema_.find(operation.table);
    change.kind = Change::Kind::kAddColumn;
    change.column_after = operation.column.number;
    change.fill = operation.fill;
    const auto newest =
        std::find_if(tombstones_.rbegin(), tombstones_.rend(), [&](const Tombstone& tombstone) {
            return tombstone.kind == Tombstone::Kind::kColumn && tombstone.holder == after.number &&
                   tombstone.number == operation.column.number &&
                   same_type(tombstone.table.columns.front(), operation.column);
        });
    if (newest != tombstones_.rend()) {
        change.kind = Change::Kind::kReviveColumn;
        change.column_before = newest->physical_number();
        std::erase_if(after.columns, [&](const ColumnState& column) {
            return column.number == change.column_before;
        });
        change.tombstone = *newest;
        tombstones_.erase(std::next(newest).base());
    }
    change.after = after;
    return change;
}

Result<Change> PhysicalSchema::drop(const DropColumn& operation, Change change,
                                    const Burial& burial) {
    const TableState* table = schema_.find(operation.table);
    if (table != nullptr) change.before = *table;
    const ColumnState* column =
        table == nullptr ? nullptr : change.before.find_column(operation.column);
    if (column != nullptr && column->primary_key)
        return fail(Code::kUnsupported, fmt::format("Column {}.{} is the primary key and cannot be "
                                                    "dropped; drop the table instead.",
                                                    operation.table, operation.column));
    SEGURIFAI_TRY(migrate::apply(schema_, operation));
    change.kind = Change::Kind::kBuryColumn;
    Tombstone tombstone{.id = next_id(),
                        .kind = Tombstone::Kind::kColumn,
                        .holder = change.before.number,
                        .number = column->number,
                        .migration = burial.migration,
                        .buried_at = burial.at,
                        .keep_until = burial.keep_until};
    tombstone.physical = tombstone_name(tombstone.id, column->name);
    tombstone.table = {.number = change.before.number,
                       .app = change.before.app,
                       .name = change.before.name,
                       .columns = {*column}};
    TableState& after = *schema_.find(operation.table);
    after.columns.push_back(bare(*column, tombstone.physical_number(), tombstone.physical));
    change.column_before = column->number;
    change.column_after = tombstone.physical_number();
    change.after = after;
    tombstones_.push_back(tombstone);
    change.tombstone = std::move(tombstone);
    return change;
}

Result<Change> PhysicalSchema::other(const Operation& operation, Change change) {
    using Kind = Change::Kind;
    if (const auto* run = std::get_if<RunSql>(&operation)) {
        change.kind = Kind::kRunSql;
        change.run = *run;
        return change;
    }
    const TableState* table = schema_.find(table_of(operation));
    if (table != nullptr) change.before = *table;
    SEGURIFAI_TRY(migrate::apply(schema_, operation));
    change.after = schema_.tables.at(change.before.number);
    const auto column_number = [&](std::string_view name) {
        return change.before.find_column(name)->number;
    };
    if (std::holds_alternative<RenameTable>(operation)) {
        change.kind = Kind::kRenameTable;
    } else if (const auto* rename = std::get_if<RenameColumn>(&operation)) {
        change.kind = Kind::kRenameColumn;
        change.column_before = change.column_after = column_number(rename->from);
    } else if (const auto* alter = std::get_if<AlterColumn>(&operation)) {
        change.kind = Kind::kAlterColumn;
        change.column_before = change.column_after = alter->column.number;
        change.fill = alter->fill;
    } else if (const auto* add_index = std::get_if<AddIndex>(&operation)) {
        change.kind = Kind::kAddIndex;
        change.name_after = add_index->index.name;
    } else if (const auto* drop_index = std::get_if<DropIndex>(&operation)) {
        change.kind = Kind::kDropIndex;
        change.name_before = drop_index->index;
    } else if (const auto* rename_index = std::get_if<RenameIndex>(&operation)) {
        change.kind = Kind::kRenameIndex;
        change.name_before = rename_index->from;
        change.name_after = rename_index->to;
    } else if (const auto* add_check = std::get_if<AddCheck>(&operation)) {
        change.kind = Kind::kAddCheck;
        change.name_after = add_check->check.name;
    } else if (const auto* drop_check = std::get_if<DropCheck>(&operation)) {
        change.kind = Kind::kDropCheck;
        change.name_before = drop_check->check;
    }
    return change;
}

}  // namespace segurifai::migrate
