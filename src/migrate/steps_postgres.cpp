#include <fmt/format.h>

#include <algorithm>

#include "migrate/conversions.hpp"
#include "migrate/ddl.hpp"
#include "migrate/identifiers.hpp"
#include "migrate/step_writer.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {
namespace {

constexpr sql::Engine kEngine = sql::Engine::kPostgres;

bool is_none(const PresetState& preset) noexcept {
    return std::holds_alternative<std::monostate>(preset);
}

std::string alter(const std::string& table) {
    return "ALTER TABLE " + sql::quoted(table) + " ";
}

std::string missing_value(const TableState& table, const ColumnState& column) {
    return fmt::format(
        "Column {}.{} allows no NULL, but there are rows without a value for it; give the "
        "operation a fill, or the column a default.",
        table.name, column.name);
}

bool is_text(model::Type type) noexcept {
    return type == model::Type::kVarchar || type == model::Type::kText;
}

/// Whether PostgreSQL changes only its catalogue.
bool is_metadata_only(const ColumnState& from, const ColumnState& to) noexcept {
    if (is_text(from.type) && is_text(to.type))
        return to.type == model::Type::kText ||
               (from.type == model::Type::kVarchar && to.length >= from.length);
    return from.type == model::Type::kDecimal && to.type == model::Type::kDecimal &&
           from.scale == to.scale && to.precision >= from.precision;
}

bool holds(const std::vector<CheckState>& checks, const CheckState& wanted) {
    return std::ranges::find(checks, wanted) != checks.end();
}

std::vector<CheckState> checks_of(const TableState& table, const ColumnState& column) {
    return ddl::column_checks(kEngine, table.name, column);
}

std::string key_name(const TableState& table, const ColumnState& column) {
    return ddl::constraint_name(table.name, column.name, "fkey");
}

}  // namespace

Step& PostgresSteps::push(std::string about, const std::string& table, Lock lock, std::string sql) {
    return steps_.emplace_back(
        Step{.about = std::move(about), .sql = std::move(sql), .table = table, .lock = lock});
}

void PostgresSteps::remember(std::string sql) {
    push("write the tombstone down", "segurifai_tombstone", Lock::kRowExclusive, std::move(sql));
}

bool PostgresSteps::is_big(const TableState& table) const {
    const auto known = start_.tables.find(table.number);
    return known != start_.tables.end() && live_.rows(known->second.name) >= live_.online_from_rows;
}

Result<void> PostgresSteps::add(const Change& change) {
    using Kind = Change::Kind;
    const TableState& after = change.after;
    switch (change.kind) {
        case Kind::kCreateTable: create_table(change); break;
        case Kind::kRenameTable: rename_table(change); break;
        case Kind::kBuryTable: bury_table(change); break;
        case Kind::kReviveTable: return revive_table(change);
        case Kind::kAddColumn: add_column(change); break;
        case Kind::kRenameColumn:
            rename_column(change.before, *change.before.find_column(change.column_before),
                          *after.find_column(change.column_after), change.about);
            break;
        case Kind::kAlterColumn:
            return alter_column({.table = after,
                                 .from = *change.before.find_column(change.column_before),
                                 .to = *after.find_column(change.column_after),
                                 .fill = change.fill,
                                 .about = change.about});
        case Kind::kBuryColumn: bury_column(change); break;
        case Kind::kReviveColumn: return revive_column(change);
        case Kind::kAddIndex:
            add_index(after, *after.find_index(change.name_after), change.about);
            break;
        case Kind::kDropIndex: drop_index(after, change.name_before, change.about); break;
        case Kind::kRenameIndex:
            push(change.about, after.name, Lock::kShareUpdateExclusive,
                 fmt::format("ALTER INDEX {} RENAME TO {}", sql::quoted(change.name_before),
                             sql::quoted(change.name_after)));
            break;
        case Kind::kAddCheck:
            add_check(after, *after.find_check(change.name_after), change.about);
            break;
        case Kind::kDropCheck: drop_constraint(after, change.name_before, change.about); break;
        case Kind::kRunSql:
            if (!change.run->postgres.empty())
                push(change.about, {}, Lock::kRowExclusive, change.run->postgres);
            break;
    }
    return {};
}

void PostgresSteps::create_table(const Change& change) {
    const auto references = [](const ColumnState& column) { return bool(column.references); };
    const auto key = std::ranges::find_if(change.after.columns, references);
    // A new foreign key stops writes to its parent for the moment of its making.
    push(change.about,
         key == change.after.columns.end() ? change.after.name : key->references->table,
         key == change.after.columns.end() ? Lock::kNone : Lock::kShareRowExclusive,
         create_table_sql(kEngine, change.after));
    for (const IndexState& index : change.after.indexes)
        push("add index " + index.name, change.after.name, Lock::kNone,
             create_index_sql(change.after, index));
}

void PostgresSteps::rename_table(const Change& change) {
    if (change.before.name == change.after.name) return;  // only the app changed
    push(change.about, change.before.name, Lock::kAccessExclusive,
         alter(change.before.name) + "RENAME TO " + sql::quoted(change.after.name));
    rename_constraints(change.before, change.after, change.about);
    push(change.about, change.after.name, Lock::kAccessExclusive,
         alter(change.after.name) +
             fmt::format("RENAME CONSTRAINT {} TO {}",
                         sql::quoted(ddl::primary_key_name(change.before.name)),
                         sql::quoted(ddl::primary_key_name(change.after.name))));
    rename_partitions(change.before, change.after, change.about);
}

/// Those of the columns, whose names begin with the table's. The table is called as in `to`.
void PostgresSteps::rename_constraints(const TableState& from, const TableState& to,
                                       const std::string& about) {
    for (const ColumnState& column : from.columns) {
        const ColumnState* renamed = to.find_column(column.number);
        if (renamed == nullptr) continue;
        std::vector<std::pair<std::string, std::string>> names;
        for (const CheckState& check : checks_of(from, column))
            names.emplace_back(check.name,
                               to.name + "_" + renamed->name +
                                   check.name.substr(from.name.size() + 1 + column.name.size()));
        if (column.references) names.emplace_back(key_name(from, column), key_name(to, *renamed));
        for (const auto& [old_name, new_name] : names)
            if (old_name != new_name)
                push(about, to.name, Lock::kAccessExclusive,
                     alter(to.name) + fmt::format("RENAME CONSTRAINT {} TO {}",
                                                  sql::quoted(old_name), sql::quoted(new_name)));
    }
}

/// Partitions are called after their table, so that a new table of the old name gets its own.
void PostgresSteps::rename_partitions(const TableState& before, const TableState& after,
                                      const std::string& about) {
    if (before.partition_by.empty()) return;
    const std::string prefix =
        ddl::is_tombstone(after.number)
            ? fmt::format("tombstone_{}", after.number - ddl::kTombstoneNumber)
            : after.name;
    push(
        about, after.name, Lock::kAccessExclusive,
        fmt::format("DO $partitions$ DECLARE part text; BEGIN\n"
                    "FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c "
                    "ON c.oid = i.inhrelid WHERE i.inhparent = {0}::regclass LOOP\n"
                    "EXECUTE format('ALTER TABLE %I RENAME TO %I', part, {1} || right(part, 10));\n"
                    "END LOOP; END $partitions$",
                    sql::literal(kEngine, sql::Value::text(sql::quoted(after.name))),
                    sql::literal(kEngine, sql::Value::text(prefix))));
}

void PostgresSteps::bury_table(const Change& change) {
    const TableState& before = change.before;
    const TableState& after = change.after;
    for (const ColumnState& column : before.columns)
        if (column.references) drop_constraint(before, key_name(before, column), change.about);
    for (const IndexState& index : before.indexes)
        push(change.about, before.name, Lock::kAccessExclusive,
             "DROP INDEX " + sql::quoted(index.name));
    push(change.about, before.name, Lock::kAccessExclusive,
         alter(before.name) + "RENAME TO " + sql::quoted(after.name));
    push(change.about, after.name, Lock::kAccessExclusive,
         alter(after.name) +
             fmt::format("RENAME CONSTRAINT {} TO {}",
                         sql::quoted(ddl::primary_key_name(before.name)),
                         sql::quoted(fmt::format("tombstone_{}_pkey", change.tombstone->id))));
    rename_partitions(before, after, change.about);
}

Result<void> PostgresSteps::revive_table(const Change& change) {
    const TableState& after = change.after;
    // Its checks kept the names they had when the table was buried.
    TableState was = change.tombstone->table;
    push(change.about, change.before.name, Lock::kAccessExclusive,
         alter(change.before.name) + "RENAME TO " + sql::quoted(after.name));
    push(change.about, after.name, Lock::kAccessExclusive,
         alter(after.name) +
             fmt::format("RENAME CONSTRAINT {} TO {}",
                         sql::quoted(fmt::format("tombstone_{}_pkey", change.tombstone->id)),
                         sql::quoted(ddl::primary_key_name(after.name))));
    rename_partitions(change.before, after, change.about);
    for (ColumnState& column : was.columns) {
        column.references.reset();
        const ColumnState& wanted = *after.find_column(column.number);
        if (wanted.name == column.name) continue;
        push(change.about, after.name, Lock::kAccessExclusive,
             alter(after.name) + fmt::format("RENAME COLUMN {} TO {}", sql::quoted(column.name),
                                             sql::quoted(wanted.name)));
    }
    rename_constraints(was, after, change.about);
    for (ColumnState& column : was.columns) {
        const ColumnState& wanted = *after.find_column(column.number);
        column.name = wanted.name;
        SEGURIFAI_TRY(alter_column({.table = after,
                                    .from = column,
                                    .to = wanted,
                                    .fill = wanted.preset,
                                    .about = change.about,
                                    .when_null = missing_value(after, wanted)}));
    }
    for (const CheckState& check : was.checks)
        if (!holds(after.checks, check)) drop_constraint(after, check.name, change.about);
    for (const CheckState& check : after.checks)
        if (!holds(was.checks, check)) add_check(after, check, change.about);
    for (const IndexState& index : after.indexes) add_index(after, index, change.about);
    return {};
}

void PostgresSteps::add_column(const Change& change) {
    const TableState& table = change.after;
    const ColumnState& column = *table.find_column(change.column_after);
    const bool big = is_big(table);
    // A constant default fills the existing rows without touching them, so a fill is given as one
    // and then replaced.
    ColumnState filled = column;
    if (!is_none(change.fill)) filled.preset = change.fill;
    Step& step =
        push(change.about, table.name, Lock::kAccessExclusive,
             alter(table.name) + "ADD COLUMN " +
                 ddl::column_sql(kEngine, table.name, filled,
                                 big ? ddl::Extent::kWithoutConstraints : ddl::Extent::kWhole));
    step.when_null = missing_value(table, column);
    step.rewrites = column.identity;
    step.scans = !big && (!checks_of(table, column).empty() || column.references);
    if (filled.preset != column.preset) {
        const std::string preset = ddl::preset_sql(kEngine, column, column.preset);
        push(change.about, table.name, Lock::kAccessExclusive,
             alter(table.name) +
                 fmt::format("ALTER COLUMN {} {}", sql::quoted(column.name),
                             preset.empty() ? "DROP DEFAULT" : "SET DEFAULT " + preset));
    }
    if (!big) return;
    for (const CheckState& check : checks_of(table, column)) add_check(table, check, change.about);
    if (column.references) add_key(table, column, change.about);
}

void PostgresSteps::rename_column(const TableState& before, const ColumnState& from,
                                  const ColumnState& to, const std::string& about) {
    push(about, before.name, Lock::kAccessExclusive,
         alter(before.name) +
             fmt::format("RENAME COLUMN {} TO {}", sql::quoted(from.name), sql::quoted(to.name)));
    TableState renamed = before;
    for (ColumnState& column : renamed.columns)
        if (column.number == to.number) column = to;
    rename_constraints(before, renamed, about);
}

Result<void> PostgresSteps::alter_column(const Alteration& a) {
    const bool retyped = ddl::type_sql(kEngine, a.from) != ddl::type_sql(kEngine, a.to);
    const std::vector<CheckState> before = checks_of(a.table, a.from);
    const std::vector<CheckState> after = checks_of(a.table, a.to);
    const auto stays = [&](const CheckState& check, const std::vector<CheckState>& others) {
        return !retyped && holds(others, check);
    };
    const bool other_key = a.from.references != a.to.references;
    if (other_key && a.from.references)
        drop_constraint(a.table, key_name(a.table, a.from), a.about);
    for (const CheckState& check : before)
        if (!stays(check, after)) drop_constraint(a.table, check.name, a.about);
    if (retyped) SEGURIFAI_TRY(change_type(a));
    const std::string column = sql::quoted(a.to.name);
    if (retyped || a.from.preset != a.to.preset) {
        const std::string preset = ddl::preset_sql(kEngine, a.to, a.to.preset);
        if (!preset.empty() || !is_none(a.from.preset))
            push(a.about, a.table.name, Lock::kAccessExclusive,
                 alter(a.table.name) +
                     fmt::format("ALTER COLUMN {} {}", column,
                                 preset.empty() ? "DROP DEFAULT" : "SET DEFAULT " + preset));
    }
    if (a.from.null && !a.to.null) require(a);
    if (!a.from.null && a.to.null)
        push(a.about, a.table.name, Lock::kAccessExclusive,
             alter(a.table.name) + fmt::format("ALTER COLUMN {} DROP NOT NULL", column));
    for (const CheckState& check : after)
        if (!stays(check, before)) add_check(a.table, check, a.about);
    if (other_key && a.to.references) add_key(a.table, a.to, a.about);
    return {};
}

/// Checks and predicates that name the column are made anew: PostgreSQL would carry them over with
/// casts that a fresh table does not have, and read the whole table for it.
Result<void> PostgresSteps::change_type(const Alteration& a) {
    const std::string column = sql::quoted(a.to.name);
    const auto concerned = [&](const std::string& expression) {
        return mentions(expression, a.to.name);
    };
    for (const CheckState& check : a.table.checks)
        if (concerned(check.expression)) drop_constraint(a.table, check.name, a.about);
    for (const IndexState& index : a.table.indexes)
        if (concerned(index.where)) drop_index(a.table, index.name, a.about);
    if (!is_none(a.from.preset))
        push(a.about, a.table.name, Lock::kAccessExclusive,
             alter(a.table.name) + fmt::format("ALTER COLUMN {} DROP DEFAULT", column));
    SEGURIFAI_TRY_AS(const std::string value, converted(kEngine, a.from, a.to, column));
    std::string sql = alter(a.table.name) +
                      fmt::format("ALTER COLUMN {} TYPE {}", column, ddl::type_sql(kEngine, a.to));
    if (value != column && a.from.type != a.to.type &&
        !(is_text(a.from.type) && is_text(a.to.type)))
        sql += " USING " + value;
    Step& step = push(a.about, a.table.name, Lock::kAccessExclusive, std::move(sql));
    step.rewrites = step.scans = !is_metadata_only(a.from, a.to);
    for (const CheckState& check : a.table.checks)
        if (concerned(check.expression)) add_check(a.table, check, a.about);
    for (const IndexState& index : a.table.indexes)
        if (concerned(index.where)) add_index(a.table, index, a.about);
    return {};
}

/// NULL → NOT NULL. On a big table a check holds for new rows first, then the old ones are filled
/// and looked at while traffic goes on; SET NOT NULL believes the check.
void PostgresSteps::require(const Alteration& a) {
    const std::string column = sql::quoted(a.to.name);
    const std::string fill = ddl::preset_sql(kEngine, a.to, a.fill);
    const std::string when_null = a.when_null.empty() ? missing_value(a.table, a.to) : a.when_null;
    const std::string set =
        alter(a.table.name) + fmt::format("ALTER COLUMN {} SET NOT NULL", column);
    if (!is_big(a.table)) {
        if (!fill.empty()) {
            Step& step = push(a.about, a.table.name, Lock::kRowExclusive,
                              fmt::format("UPDATE {0} SET {1} = {2} WHERE {1} IS NULL",
                                          sql::quoted(a.table.name), column, fill));
            step.scans = true;
        }
        Step& step = push(a.about, a.table.name, Lock::kAccessExclusive, set);
        step.scans = true;
        step.when_null = when_null;
        return;
    }
    const std::string name = ddl::constraint_name(a.table.name, a.to.name, "given");
    push(a.about, a.table.name, Lock::kAccessExclusive,
         alter(a.table.name) + fmt::format("ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID",
                                           sql::quoted(name), column));
    if (!fill.empty()) fill_in_batches(a, fill);
    validate(a.table, name, a.about);
    steps_.back().when_null = when_null;
    push(a.about, a.table.name, Lock::kAccessExclusive, set);
    drop_constraint(a.table, name, a.about);
}

void PostgresSteps::fill_in_batches(const Alteration& a, const std::string& fill) {
    const ColumnState& key = a.table.primary_key();
    const std::string table = sql::quoted(a.table.name);
    const std::string column = sql::quoted(a.to.name);
    const std::string id = sql::quoted(key.name);
    Step& step =
        push(a.about, a.table.name, Lock::kRowExclusive,
             fmt::format("UPDATE {0} SET {1} = {2} WHERE {1} IS NULL", table, column, fill));
    step.transactional = false;
    step.scans = true;
    step.batches = Batches{
        .sql = fmt::format(
            "WITH picked AS (SELECT {0} FROM {1} WHERE {0} > $1 ORDER BY {0} LIMIT $2), "
            "done AS (UPDATE {1} AS t SET {2} = {3} FROM picked WHERE t.{0} = picked.{0} AND "
            "t.{2} IS NULL) SELECT {0} FROM picked ORDER BY {0} DESC LIMIT 1",
            id, table, column, fill),
        .key = model::value_type(key.type)};
}

void PostgresSteps::bury_column(const Change& change) {
    const ColumnState& from = *change.before.find_column(change.column_before);
    const ColumnState& to = *change.after.find_column(change.column_after);
    const std::string column = sql::quoted(from.name);
    std::vector<std::string> parts;
    if (from.references)
        parts.push_back("DROP CONSTRAINT " + sql::quoted(key_name(change.before, from)));
    for (const CheckState& check : checks_of(change.before, from))
        parts.push_back("DROP CONSTRAINT " + sql::quoted(check.name));
    if (!is_none(from.preset)) parts.push_back("ALTER COLUMN " + column + " DROP DEFAULT");
    if (!from.null) parts.push_back("ALTER COLUMN " + column + " DROP NOT NULL");
    if (!parts.empty())
        push(change.about, change.before.name, Lock::kAccessExclusive,
             alter(change.before.name) + fmt::format("{}", fmt::join(parts, ", ")));
    push(change.about, change.before.name, Lock::kAccessExclusive,
         alter(change.before.name) +
             fmt::format("RENAME COLUMN {} TO {}", column, sql::quoted(to.name)));
}

Result<void> PostgresSteps::revive_column(const Change& change) {
    ColumnState from = *change.before.find_column(change.column_before);
    const ColumnState& to = *change.after.find_column(change.column_after);
    push(change.about, change.before.name, Lock::kAccessExclusive,
         alter(change.before.name) +
             fmt::format("RENAME COLUMN {} TO {}", sql::quoted(from.name), sql::quoted(to.name)));
    if (to.references && to.references->on_delete == model::OnDelete::kSetNull) {
        // What the foreign key would have done when parents were deleted meanwhile.
        Step& step = push(
            change.about, change.before.name, Lock::kRowExclusive,
            fmt::format("UPDATE {0} SET {1} = NULL WHERE {1} IS NOT NULL AND NOT EXISTS "
                        "(SELECT 1 FROM {2} AS parent WHERE parent.{3} = {0}.{1})",
                        sql::quoted(change.after.name), sql::quoted(to.name),
                        sql::quoted(to.references->table), sql::quoted(to.references->column)));
        step.scans = true;
    }
    from.number = to.number;
    from.name = to.name;
    from.json = to.json;
    // Bare: what the checks would be made of is gone with them.
    const std::vector<CheckState> checks = checks_of(change.after, to);
    ColumnState unchecked = to;
    unchecked.choices.clear();
    unchecked.min.clear();
    unchecked.max.clear();
    unchecked.json = JsonKind::kAny;
    from.json = JsonKind::kAny;
    SEGURIFAI_TRY(alter_column({.table = change.after,
                                .from = from,
                                .to = unchecked,
                                .fill = is_none(change.fill) ? to.preset : change.fill,
                                .about = change.about}));
    for (const CheckState& check : checks) add_check(change.after, check, change.about);
    return {};
}

void PostgresSteps::add_index(const TableState& table, const IndexState& index,
                              const std::string& about) {
    // A partitioned table's index cannot be made CONCURRENTLY.
    const bool online = is_big(table) && table.partition_by.empty();
    Step& step = push(about, table.name, online ? Lock::kShareUpdateExclusive : Lock::kShare,
                      create_index_sql(table, index, online));
    step.scans = true;
    if (!online) return;
    step.transactional = false;
    step.invalid_index = index.name;
}

void PostgresSteps::drop_index(const TableState& table, const std::string& index,
                               const std::string& about) {
    const bool online = is_big(table) && table.partition_by.empty();
    Step& step =
        push(about, table.name, online ? Lock::kShareUpdateExclusive : Lock::kAccessExclusive,
             fmt::format("DROP INDEX {}{}", online ? "CONCURRENTLY IF EXISTS " : "",
                         sql::quoted(index)));
    step.transactional = !online;
}

void PostgresSteps::add_check(const TableState& table, const CheckState& check,
                              const std::string& about) {
    const bool online = is_big(table);
    Step& step =
        push(about, table.name, Lock::kAccessExclusive,
             alter(table.name) + "ADD " + ddl::check_sql(check) + (online ? " NOT VALID" : ""));
    step.scans = !online;
    if (online) validate(table, check.name, about);
}

void PostgresSteps::add_key(const TableState& table, const ColumnState& column,
                            const std::string& about) {
    const bool online = is_big(table) && table.partition_by.empty();
    const std::string name = key_name(table, column);
    Step& step = push(about, table.name, Lock::kShareRowExclusive,
                      alter(table.name) + fmt::format("ADD CONSTRAINT {} FOREIGN KEY ({}) {}{}",
                                                      sql::quoted(name), sql::quoted(column.name),
                                                      ddl::references_sql(*column.references),
                                                      online ? " NOT VALID" : ""));
    step.scans = !online;
    if (online) validate(table, name, about);
}

void PostgresSteps::drop_constraint(const TableState& table, const std::string& name,
                                    const std::string& about) {
    push(about, table.name, Lock::kAccessExclusive,
         alter(table.name) + "DROP CONSTRAINT " + sql::quoted(name));
}

void PostgresSteps::validate(const TableState& table, const std::string& name,
                             const std::string& about) {
    Step& step = push(about, table.name, Lock::kShareUpdateExclusive,
                      alter(table.name) + "VALIDATE CONSTRAINT " + sql::quoted(name));
    step.transactional = false;
    step.scans = true;
}

}  // namespace segurifai::migrate
