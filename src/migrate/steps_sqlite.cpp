#include <fmt/format.h>

#include <algorithm>

#include "migrate/conversions.hpp"
#include "migrate/ddl.hpp"
#include "migrate/step_writer.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {
namespace {

constexpr sql::Engine kEngine = sql::Engine::kSqlite;
constexpr std::string_view kRebuilt = "\"segurifai_rebuild\"";

bool has_keys(const TableState& table) {
    return std::ranges::any_of(table.columns,
                               [](const ColumnState& column) { return bool(column.references); });
}

std::string rename_sql(const std::string& from, const std::string& to) {
    return fmt::format("ALTER TABLE {} RENAME TO {}", sql::quoted(from), sql::quoted(to));
}

std::string missing_value(const TableState& table, const ColumnState& column) {
    return fmt::format(
        "Column {}.{} allows no NULL, but there are rows without a value for it; give the "
        "operation a fill, or the column a default.",
        table.name, column.name);
}

std::string fill_sql(const ColumnState& column, const PresetState& fill) {
    const std::string given = ddl::preset_sql(kEngine, column, fill);
    return given.empty() ? ddl::preset_sql(kEngine, column, column.preset) : given;
}

/// ADD COLUMN appends, wants a constant that is not NULL for NOT NULL, and no default beside a
/// foreign key; elsewhere the table is rebuilt.
bool can_add_natively(const Change& change, const ColumnState& column) {
    if (!std::holds_alternative<std::monostate>(change.fill) || column.primary_key) return false;
    const bool has_preset = !std::holds_alternative<std::monostate>(column.preset);
    if ((!column.null && !has_preset) || (column.references && has_preset)) return false;
    return std::ranges::all_of(change.before.columns, [&](const ColumnState& other) {
        return other.number < column.number;
    });
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    return fmt::format("{}", fmt::join(parts, separator));
}

}  // namespace

void SqliteSteps::push(std::string about, const std::string& table, std::string sql) {
    steps_.push_back({.about = std::move(about), .sql = std::move(sql), .table = table});
}

void SqliteSteps::remember(std::string sql) {
    push("write the tombstone down", "segurifai_tombstone", std::move(sql));
}

SqliteSteps::Gathered& SqliteSteps::gather(const TableState& before, const std::string& about) {
    const auto [at, is_new] = gathered_.try_emplace(before.number);
    Gathered& gathered = at->second;
    if (is_new) {
        gathered.actual = before;
        for (const ColumnState& column : before.columns)
            gathered.sources[column.number] = sql::quoted(column.name);
    }
    if (!about.empty()) gathered.about.push_back(about);
    return gathered;
}

Result<void> SqliteSteps::add(const Change& change) {
    using Kind = Change::Kind;
    switch (change.kind) {
        case Kind::kCreateTable:
            push(change.about, change.after.name, create_table_sql(kEngine, change.after));
            for (const IndexState& index : change.after.indexes)
                push("add index " + index.name, change.after.name,
                     create_index_sql(change.after, index));
            break;
        case Kind::kRenameTable: rename(change); break;
        case Kind::kBuryTable: bury_table(change); break;
        case Kind::kReviveTable: revive_table(change); break;
        case Kind::kAddColumn: add_column(change); break;
        case Kind::kRenameColumn: rename_column(change); break;
        case Kind::kAlterColumn: return alter_column(change);
        case Kind::kBuryColumn: bury_column(change); break;
        case Kind::kReviveColumn: revive_column(change); break;
        case Kind::kAddIndex:
        case Kind::kDropIndex:
        case Kind::kRenameIndex: change_index(change); break;
        case Kind::kAddCheck:
        case Kind::kDropCheck: gather(change.before, change.about); break;
        case Kind::kRunSql:
            rebuild_all();
            if (!change.run->sqlite.empty()) push(change.about, {}, change.run->sqlite);
            break;
    }
    return {};
}

void SqliteSteps::rename(const Change& change) {
    if (change.before.name == change.after.name) return;  // only the app changed
    // Natively first: it rewrites the references of other tables. Then rebuilt, so that the names
    // of the checks follow.
    push(change.about, change.after.name, rename_sql(change.before.name, change.after.name));
    gather(change.before, change.about).actual.name = change.after.name;
}

void SqliteSteps::bury_table(const Change& change) {
    const auto known = gathered_.find(change.before.number);
    const TableState& actual = known == gathered_.end() ? change.before : known->second.actual;
    for (const IndexState& index : actual.indexes)
        push(change.about, change.before.name, "DROP INDEX " + sql::quoted(index.name));
    push(change.about, change.after.name, rename_sql(change.before.name, change.after.name));
    if (known == gathered_.end() && !has_keys(change.before)) return;
    Gathered gathered = gather(change.before, change.about);
    gathered_.erase(change.before.number);
    gathered.actual.name = change.after.name;
    gathered.actual.indexes.clear();
    gathered_[change.after.number] = std::move(gathered);
}

void SqliteSteps::revive_table(const Change& change) {
    const TableState& was = change.tombstone->table;
    push(change.about, change.after.name, rename_sql(change.before.name, change.after.name));
    const auto known = gathered_.find(change.before.number);
    const bool as_it_was = known == gathered_.end() && was.name == change.after.name &&
                           change.before.columns == change.after.columns &&
                           change.before.checks == change.after.checks && !has_keys(was);
    if (as_it_was) {
        for (const IndexState& index : change.after.indexes)
            push("add index " + index.name, change.after.name,
                 create_index_sql(change.after, index));
        return;
    }
    Gathered gathered = gather(change.before, change.about);
    gathered_.erase(change.before.number);
    gathered.actual.name = change.after.name;
    for (const ColumnState& column : change.after.columns) {
        const std::string fill = fill_sql(column, {});
        if (!column.null && !fill.empty())
            gathered.sources[column.number] =
                fmt::format("COALESCE({}, {})", gathered.sources[column.number], fill);
    }
    gathered_[change.after.number] = std::move(gathered);
}

void SqliteSteps::add_column(const Change& change) {
    const ColumnState& column = *change.after.find_column(change.column_after);
    if (!gathered_.contains(change.before.number) && can_add_natively(change, column)) {
        push(change.about, change.after.name,
             fmt::format("ALTER TABLE {} ADD COLUMN {}", sql::quoted(change.after.name),
                         ddl::column_sql(kEngine, change.after.name, column)));
        return;
    }
    Gathered& gathered = gather(change.before, change.about);
    const std::string fill = fill_sql(column, change.fill);
    gathered.sources[column.number] = fill.empty() ? "NULL" : fill;
    gathered.when_null = missing_value(change.after, column);
}

void SqliteSteps::rename_column(const Change& change) {
    const ColumnState& from = *change.before.find_column(change.column_before);
    const ColumnState& to = *change.after.find_column(change.column_after);
    if (!from.primary_key) {
        gather(change.before, change.about);
        return;
    }
    // References of other tables name the key: the native renaming rewrites them. So its actual
    // name is always its present one.
    const std::string old_name = sql::quoted(from.name);
    const std::string new_name = sql::quoted(to.name);
    push(change.about, change.after.name,
         fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", sql::quoted(change.after.name),
                     old_name, new_name));
    Gathered& gathered = gather(change.before, change.about);
    for (ColumnState& column : gathered.actual.columns)
        if (column.number == from.number) column.name = to.name;
    std::string& source = gathered.sources[from.number];
    for (std::size_t at = source.find(old_name); at != std::string::npos;
         at = source.find(old_name, at + new_name.size()))
        source.replace(at, old_name.size(), new_name);
}

Result<void> SqliteSteps::alter_column(const Change& change) {
    const ColumnState& from = *change.before.find_column(change.column_before);
    const ColumnState& to = *change.after.find_column(change.column_after);
    Gathered& gathered = gather(change.before, change.about);
    std::string& source = gathered.sources[to.number];
    SEGURIFAI_TRY_AS(source, converted(kEngine, from, to, source));
    if (!from.null || to.null) return {};
    const std::string fill = ddl::preset_sql(kEngine, to, change.fill);
    if (!fill.empty()) source = fmt::format("COALESCE({}, {})", source, fill);
    gathered.when_null = missing_value(change.after, to);
    return {};
}

void SqliteSteps::bury_column(const Change& change) {
    Gathered& gathered = gather(change.before, change.about);
    auto source = gathered.sources.extract(change.column_before);
    source.key() = change.column_after;
    gathered.sources.insert(std::move(source));
}

void SqliteSteps::revive_column(const Change& change) {
    const ColumnState& column = *change.after.find_column(change.column_after);
    Gathered& gathered = gather(change.before, change.about);
    std::string source = gathered.sources.extract(change.column_before).mapped();
    const std::string fill = fill_sql(column, change.fill);
    if (column.references && column.references->on_delete == model::OnDelete::kSetNull)
        source = fmt::format("CASE WHEN {0} IN (SELECT {1} FROM {2}) THEN {0} END", source,
                             sql::quoted(column.references->column),
                             sql::quoted(column.references->table));
    if (!column.null && !fill.empty()) source = fmt::format("COALESCE({}, {})", source, fill);
    gathered.sources[column.number] = std::move(source);
    gathered.when_null = missing_value(change.after, column);
}

void SqliteSteps::drop_actual_index(const Change& change, const std::string& index) {
    const auto gathered = gathered_.find(change.before.number);
    if (gathered != gathered_.end() &&
        std::erase_if(gathered->second.actual.indexes,
                      [&](const IndexState& actual) { return actual.name == index; }) == 0)
        return;  // it was to come with the rebuild
    push(change.about, change.before.name, "DROP INDEX " + sql::quoted(index));
}

void SqliteSteps::change_index(const Change& change) {
    if (!change.name_before.empty()) drop_actual_index(change, change.name_before);
    if (change.name_after.empty() || gathered_.contains(change.before.number)) return;
    push(change.about, change.after.name,
         create_index_sql(change.after, *change.after.find_index(change.name_after)));
}

void SqliteSteps::rebuild(std::uint16_t number) {
    const Gathered gathered = gathered_.extract(number).mapped();
    const TableState& table = physical_.schema().tables.at(number);
    const std::string name = sql::quoted(table.name);
    std::vector<std::string> columns;
    std::vector<std::string> sources;
    for (const ColumnState& column : table.columns) {
        columns.push_back(sql::quoted(column.name));
        sources.push_back(gathered.sources.at(column.number));
    }
    std::vector<std::string> script = {
        "PRAGMA legacy_alter_table = ON",  // or the last renaming would look at other tables
        create_table_sql(kEngine, table, "segurifai_rebuild"),
        fmt::format("INSERT INTO {} ({}) SELECT {} FROM {}", kRebuilt, joined(columns, ", "),
                    joined(sources, ", "), name)};
    if (table.primary_key().identity) {
        script.push_back("DELETE FROM sqlite_sequence WHERE name = 'segurifai_rebuild'");
        script.push_back(
            fmt::format("INSERT INTO sqlite_sequence (name, seq) SELECT "
                        "'segurifai_rebuild', seq FROM sqlite_sequence WHERE name = {}",
                        sql::literal(kEngine, sql::Value::text(table.name))));
    }
    script.push_back("DROP TABLE " + name);
    script.push_back(fmt::format("ALTER TABLE {} RENAME TO {}", kRebuilt, name));
    script.emplace_back("PRAGMA legacy_alter_table = OFF");
    for (const IndexState& index : table.indexes) script.push_back(create_index_sql(table, index));
    steps_.push_back(
        {.about = fmt::format("rebuild table {}: {}", table.name, joined(gathered.about, ", ")),
         .sql = joined(script, ";\n"),
         .table = table.name,
         .rewrites = true,
         .scans = true,
         .foreign_keys_off = true,
         .when_null = gathered.when_null});
}

void SqliteSteps::rebuild_all() {
    while (!gathered_.empty()) rebuild(gathered_.begin()->first);
}

std::vector<Step> SqliteSteps::finish() {
    rebuild_all();
    return std::move(steps_);
}

}  // namespace segurifai::migrate
