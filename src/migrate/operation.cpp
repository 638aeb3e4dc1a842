#include "migrate/operation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "migrate/type_change.hpp"

namespace segurifai::migrate {

namespace {

template <class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};

Result<const TableState*> known_table(const SchemaState& schema, std::string_view name) {
    if (const TableState* table = schema.find(name)) return table;
    return fail(Code::kConflict,
                fmt::format("There is no table {} at this point of the history.", name));
}

template <class Part>
Result<const Part*> known(const Part* part, std::string_view kind, std::string_view table,
                          std::string_view name) {
    if (part != nullptr) return part;
    return fail(Code::kConflict, fmt::format("Table {} has no {} {} at this point of the history.",
                                             table, kind, name));
}

using Undoing = Result<std::vector<Operation>>;

Undoing undo(const CreateTable& done, const SchemaState&) {
    return std::vector<Operation>{DropTable{done.table.name}};
}
Undoing undo(const DropTable& done, const SchemaState& before) {
    SEGURIFAI_TRY_AS(const TableState* table, known_table(before, done.table));
    return std::vector<Operation>{CreateTable{*table}};
}
Undoing undo(const RenameTable& done, const SchemaState& before) {
    SEGURIFAI_TRY_AS(const TableState* table, known_table(before, done.from));
    return std::vector<Operation>{RenameTable{done.to, done.from, table->app}};
}
Undoing undo(const AddColumn& done, const SchemaState&) {
    return std::vector<Operation>{DropColumn{done.table, done.column.name}};
}
Undoing undo(const DropColumn& done, const SchemaState& before) {
    SEGURIFAI_TRY_AS(const TableState* table, known_table(before, done.table));
    SEGURIFAI_TRY_AS(const ColumnState* column,
                     known(table->find_column(done.column), "column", done.table, done.column));
    return std::vector<Operation>{AddColumn{done.table, *column}};
}
Undoing undo(const RenameColumn& done, const SchemaState&) {
    return std::vector<Operation>{RenameColumn{done.table, done.to, done.from}};
}
Undoing undo(const AlterColumn& done, const SchemaState& before) {
    SEGURIFAI_TRY_AS(const TableState* table, known_table(before, done.table));
    SEGURIFAI_TRY_AS(const ColumnState* column, known(table->find_column(done.column.name),
                                                      "column", done.table, done.column.name));
    // NULLs written since become the old default; without one the executor refuses to go back.
    const bool turns_required = done.column.null && !column->null;
    return std::vector<Operation>{
        AlterColumn{done.table, *column, turns_required ? column->preset : PresetState{}}};
}
Undoing undo(const AddIndex& done, const SchemaState&) {
    return std::vector<Operation>{DropIndex{done.table, done.index.name}};
}
Undoing undo(const DropIndex& done, const SchemaState& before) {
    SEGURIFAI_TRY_AS(const TableState* table, known_table(before, done.table));
    SEGURIFAI_TRY_AS(const IndexState* index,
                     known(table->find_index(done.index), "index", done.table, done.index));
    return std::vector<Operation>{AddIndex{done.table, *index}};
}
Undoing undo(const RenameIndex& done, const SchemaState&) {
    return std::vector<Operation>{RenameIndex{done.table, done.to, done.from}};
}
Undoing undo(const AddCheck& done, const SchemaState&) {
    return std::vector<Operation>{DropCheck{done.table, done.check.name}};
}
Undoing undo(const DropCheck& done, const SchemaState& before) {
    SEGURIFAI_TRY_AS(const TableState* table, known_table(before, done.table));
    SEGURIFAI_TRY_AS(const CheckState* check,
                     known(table->find_check(done.check), "check", done.table, done.check));
    return std::vector<Operation>{AddCheck{done.table, *check}};
}
Undoing undo(const RunSql& done, const SchemaState&) {
    if (!done.reversible)
        return fail(Code::kUnsupported,
                    fmt::format("There is no way back from \"{}\": its migration file says no "
                                "reverse.",
                                done.about));
    RunSql back = done;
    std::swap(back.sqlite, back.sqlite_reverse);
    std::swap(back.postgres, back.postgres_reverse);
    return std::vector<Operation>{back};
}

Safety safety_of_alter(const AlterColumn& operation, const SchemaState& before) {
    const TableState* table = before.find(operation.table);
    const ColumnState* column =
        table == nullptr ? nullptr : table->find_column(operation.column.name);
    if (column == nullptr) return Safety::kLossless;  // apply() refuses it in its own words
    const Safety by_type = type_change(*column, operation.column);
    const bool filled_in = column->null && !operation.column.null &&
                           !std::holds_alternative<std::monostate>(operation.fill);
    return std::max(by_type, filled_in ? Safety::kLossy : Safety::kLossless);
}

}  // namespace

Result<std::vector<Operation>> reverse(const Operation& operation, const SchemaState& before) {
    return std::visit([&](const auto& done) { return undo(done, before); }, operation);
}

std::string describe(const Operation& operation) {
    return std::visit(
        Match{
            [](const CreateTable& o) { return fmt::format("create table {}", o.table.name); },
            [](const DropTable& o) { return fmt::format("drop table {}", o.table); },
            [](const RenameTable& o) {
                return o.from == o.to ? fmt::format("move table {} to app {}", o.from, o.app)
                                      : fmt::format("rename table {} to {}", o.from, o.to);
            },
            [](const AddColumn& o) {
                return fmt::format("add column {}.{}", o.table, o.column.name);
            },
            [](const DropColumn& o) { return fmt::format("drop column {}.{}", o.table, o.column); },
            [](const RenameColumn& o) {
                return fmt::format("rename column {}.{} to {}", o.table, o.from, o.to);
            },
            [](const AlterColumn& o) {
                return fmt::format("alter column {}.{}", o.table, o.column.name);
            },
            [](const AddIndex& o) {
                return fmt::format("add {} {} on {}", o.index.unique ? "unique index" : "index",
                                   o.index.name, o.table);
            },
            [](const DropIndex& o) { return fmt::format("drop index {} on {}", o.index, o.table); },
            [](const RenameIndex& o) {
                return fmt::format("rename index {} on {} to {}", o.from, o.table, o.to);
            },
            [](const AddCheck& o) {
                return fmt::format("add check {} on {}", o.check.name, o.table);
            },
            [](const DropCheck& o) { return fmt::format("drop check {} on {}", o.check, o.table); },
            [](const RunSql& o) {
                return o.about.empty() ? std::string("run SQL")
                                       : fmt::format("run SQL: {}", o.about);
            },
        },
        operation);
}

std::string_view label(Safety safety) noexcept {
    switch (safety) {
        case Safety::kLossless: return "LOSSLESS";
        case Safety::kLossy: return "LOSSY";
        case Safety::kIrreversible: return "IRREVERSIBLE";
    }
    return "IRREVERSIBLE";
}

Safety safety_of(const Operation& operation, const SchemaState& before) {
    if (const auto* alter = std::get_if<AlterColumn>(&operation))
        return safety_of_alter(*alter, before);
    if (const auto* sql = std::get_if<RunSql>(&operation)) {
        if (!sql->reversible) return Safety::kIrreversible;
        return sql->lossy ? Safety::kLossy : Safety::kLossless;
    }
    return Safety::kLossless;  // dropped things stay as tombstones
}

std::string_view table_of(const Operation& operation) noexcept {
    return std::visit(Match{[](const CreateTable& o) -> std::string_view { return o.table.name; },
                            [](const RenameTable& o) -> std::string_view { return o.from; },
                            [](const RunSql&) -> std::string_view { return {}; },
                            [](const auto& o) -> std::string_view { return o.table; }},
                      operation);
}

}  // namespace segurifai::migrate
