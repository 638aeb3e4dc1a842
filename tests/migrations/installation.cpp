#include "migrations/installation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "migrate/inspect.hpp"

namespace segurifai::testing {

using migrate::ColumnState;
using migrate::SchemaState;
using migrate::TableState;
using model::Type;

namespace {

template <class T>
T value_of(Result<T> result) {
    if (!result) throw std::runtime_error(describe(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string uuid_of(int row) {
    return fmt::format("018f0000-0000-7000-8000-{:012x}", row);
}

std::string quote(sql::Engine engine, std::string_view text) {
    return sql::literal(engine, sql::Value::text(text));
}

}  // namespace

void History::add(std::vector<migrate::Operation> operations) {
    add_all({std::move(operations)});
}

void History::add_all(std::vector<std::vector<migrate::Operation>> migrations) {
    for (std::vector<migrate::Operation>& operations : migrations) {
        migrate::Migration migration{
            .id = {"shop", fmt::format("{:04}_step", migrations_.size() + 1)},
            .operations = std::move(operations)};
        if (!migrations_.empty()) migration.depends = {migrations_.back().id};
        migrations_.push_back(std::move(migration));
    }
    graph_ = value_of(migrate::MigrationGraph::make(migrations_));
}

void History::drop_last() {
    migrations_.pop_back();
    graph_ = value_of(migrate::MigrationGraph::make(migrations_));
}

bool History::lead_to(const SchemaState& wanted) {
    auto operations = migrate::difference(state(size()), wanted);
    if (operations.empty()) return false;
    add(std::move(operations));
    return true;
}

std::string History::name(std::size_t number) const {
    return number == 0 ? "zero" : migrations_.at(number - 1).id.name;
}

SchemaState History::state(std::size_t count) const {
    std::vector<migrate::MigrationId> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(migrations_[i].id);
    return migrations_.empty() ? SchemaState{} : value_of(graph_.state_after(ids));
}

Installation::Installation(sql::Engine engine) : database_(engine) {
    connect();
}

void Installation::connect() {
    session_ = database_.session();
    if (database_.engine() == sql::Engine::kSqlite)
        value_of(session_->script("PRAGMA synchronous = OFF"));
}

migrate::Executor Installation::executor(migrate::ExecutorOptions options) {
    return {*session_, history.graph(), clock, random_, std::move(options)};
}

Result<void> Installation::go_to(std::size_t count, migrate::ExecutorOptions options) {
    options.accept_data_loss = true;
    auto done = executor(std::move(options)).migrate({"shop", history.name(count)});
    if (!done) return std::unexpected(std::move(done).error());
    return {};
}

void Installation::empty() {
    if (database_.engine() == sql::Engine::kPostgres) {
        value_of(session_->script("DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
        return;
    }
    std::string drops = "PRAGMA foreign_keys = OFF;";
    auto sink = sql::each_row(
        [&](const sql::Row& row) { drops += "DROP TABLE " + sql::quoted(row.text(0)) + ";"; });
    value_of(
        session_->run("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                      "'sqlite%'",
                      {}, &sink));
    value_of(session_->script(drops + "PRAGMA foreign_keys = ON"));
}

std::string example(sql::Engine engine, const SchemaState& schema, const TableState& table,
                    const ColumnState& column, int row) {
    if (column.references) {
        const TableState& parent = *schema.find(column.references->table);
        const bool self = parent.name == table.name;
        if (column.null && (self || row % 4 == 0)) return "NULL";
        return example(engine, schema, parent, parent.primary_key(), self ? row : 1 + row % 3);
    }
    if (column.null && row % 4 == 0) return "NULL";
    switch (column.type) {
        case Type::kBoolean: return sql::literal(engine, sql::Value::boolean(row % 2 == 0));
        case Type::kInteger:
        case Type::kBigInteger: return std::to_string(row);
        case Type::kFloat: return fmt::format("{}.25", row);
        case Type::kDecimal:
            return column.scale == 0 ? std::to_string(row)
                                     : fmt::format("{}.{:0{}}", row, row % 10, column.scale);
        case Type::kVarchar:
        case Type::kText:
            if (!column.choices.empty())
                return quote(engine,
                             column.choices[static_cast<std::size_t>(row) % column.choices.size()]);
            return quote(engine, fmt::format("it's {} ñ", row));
        case Type::kChar:
            return quote(engine, std::string(static_cast<std::size_t>(column.length), 'x'));
        case Type::kUuid: return quote(engine, uuid_of(row));
        case Type::kDate: return quote(engine, fmt::format("2026-02-{:02}", row));
        case Type::kDateTime:
            return quote(engine, fmt::format("2026-02-{:02} 12:30:00.123456{}", row,
                                             engine == sql::Engine::kPostgres ? "+00" : ""));
        case Type::kJson:
            return quote(engine, column.json == JsonKind::kArray
                                     ? fmt::format("[{}]", row)
                                     : fmt::format("{{\"a\":{}}}", row));
    }
    return "NULL";
}

void Installation::fill(const SchemaState& schema, int rows) {
    const sql::Engine engine = database_.engine();
    std::string script;
    for (const std::uint16_t number : in_foreign_key_order(schema)) {
        const TableState& table = schema.tables.at(number);
        std::vector<std::string> columns;
        for (const ColumnState& column : table.columns) columns.push_back(sql::quoted(column.name));
        for (int row = 1; row <= rows; ++row) {
            std::vector<std::string> values;
            for (const ColumnState& column : table.columns)
                values.push_back(example(engine, schema, table, column, row));
            script += fmt::format("INSERT INTO {} ({}) VALUES ({});\n", sql::quoted(table.name),
                                  fmt::join(columns, ", "), fmt::join(values, ", "));
        }
    }
    value_of(session_->begin());
    value_of(session_->script(script));
    value_of(session_->commit());
}

std::string Installation::rows(const SchemaState& schema) {
    const bool sqlite = database_.engine() == sql::Engine::kSqlite;
    std::string text;
    for (const auto& [number, table] : schema.tables) {
        std::vector<std::string> cells;
        for (const ColumnState& column : table.columns)
            cells.push_back(sqlite ? fmt::format("quote({})", sql::quoted(column.name))
                                   : fmt::format("COALESCE(quote_literal({}::text), 'NULL')",
                                                 sql::quoted(column.name)));
        text += fmt::format("table {}\n", number);
        auto sink = sql::each_row([&](const sql::Row& row) {
            text += row.text(0);
            text += '\n';
        });
        value_of(session_->run(
            fmt::format("SELECT {} FROM {} ORDER BY {}", fmt::join(cells, " || ', ' || "),
                        sql::quoted(table.name), sql::quoted(table.primary_key().name)),
            {}, &sink));
    }
    return text;
}

std::string Installation::drift(const SchemaState& schema) {
    std::string text;
    for (const migrate::Drift& drift : value_of(migrate::check_database(*session_, schema)))
        text += fmt::format("{}: {}\n", drift.table, drift.what);
    return text;
}

}  // namespace segurifai::testing
