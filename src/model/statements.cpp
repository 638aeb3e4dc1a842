#include "model/statements.hpp"

#include <algorithm>
#include <numeric>

#include "sql/session.hpp"

namespace segurifai::model {
namespace {

std::string parameter(std::size_t position) {
    return "$" + std::to_string(position + 1);
}

std::string listed(const Table& table, std::span<const std::size_t> columns) {
    std::string text;
    for (const std::size_t column : columns) {
        if (!text.empty()) text += ", ";
        text += sql::quoted(table.columns[column].name);
    }
    return text;
}

std::string parameters(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) text += ", ";
        text += parameter(i);
    }
    return text;
}

/// "INSERT INTO … (…) <between>VALUES (…)"; a table of nothing but an identity takes its default.
std::string insert_text(const Table& table, std::span<const std::size_t> columns,
                        std::string_view between) {
    std::string text = "INSERT INTO " + sql::quoted(table.name);
    if (columns.empty()) return text + " DEFAULT VALUES";
    text += " (" + listed(table, columns) + ") ";
    text += between;
    return text + "VALUES (" + parameters(columns.size()) + ")";
}

std::vector<std::size_t> every_position(const Table& table) {
    std::vector<std::size_t> positions(table.columns.size());
    std::iota(positions.begin(), positions.end(), std::size_t{0});
    return positions;
}

}  // namespace

GeneratedStatement::GeneratedStatement(std::string name, std::string sqlite, std::string postgres,
                                       bool point)
    : name_(std::move(name)),
      sqlite_(std::move(sqlite)),
      postgres_(std::move(postgres)),
      id_(sql::next_statement_id()),
      point_(point) {}

TableStatements::TableStatements(const Table& table) : table_(table) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const Column& column = table.columns[i];
        if (column.primary_key) key_ = i;
        if (column.identity) identity_ = true;
        if (!column.identity) inserted_.push_back(i);
        if (!column.primary_key) updated_.push_back(i);
    }
    column_list_ = listed(table, every_position(table));
    make_inserts();
    make_updates();
    make_reads();
}

GeneratedStatement TableStatements::make(std::string_view what, std::string text,
                                         bool point) const {
    std::string name(table_.name);
    name.append(".").append(what);
    return {std::move(name), text, text, point};
}

void TableStatements::make_inserts() {
    const std::string key = sql::quoted(table_.columns[key_].name);
    const std::string returning = identity_ ? " RETURNING " + key : "";
    const std::vector<std::size_t> whole = every_position(table_);
    insert = make("insert", insert_text(table_, inserted_, "") + returning, false);
    insert_absent =
        make("insert_absent",
             insert_text(table_, inserted_, "") + " ON CONFLICT DO NOTHING" + returning, false);
    insert_whole = {std::string(table_.name) + ".insert_whole", insert_text(table_, whole, ""),
                    insert_text(table_, whole, identity_ ? "OVERRIDING SYSTEM VALUE " : ""), false};
}

std::string TableStatements::update_text(std::span<const std::size_t> columns) const {
    std::string text = "UPDATE " + sql::quoted(table_.name) + " SET ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) text += ", ";
        text += sql::quoted(table_.columns[columns[i]].name) + " = " + parameter(i);
    }
    return text + " WHERE " + sql::quoted(table_.columns[key_].name) + " = " +
           parameter(columns.size());
}

void TableStatements::make_updates() {
    const std::string key = sql::quoted(table_.columns[key_].name);
    // A table that is nothing but its key has nothing to change: its update is a look.
    update = make("update",
                  updated_.empty() ? "UPDATE " + sql::quoted(table_.name) + " SET " + key + " = " +
                                         key + " WHERE " + key + " = $1"
                                   : update_text(updated_),
                  false);
    remove = make("remove", "DELETE FROM " + sql::quoted(table_.name) + " WHERE " + key + " = $1",
                  false);
}

void TableStatements::make_reads() {
    const std::string key = sql::quoted(table_.columns[key_].name);
    const std::string select = "SELECT " + column_list_ + " FROM " + sql::quoted(table_.name);
    find = make("find", select + " WHERE " + key + " = $1", true);
    all = make("all", select + " ORDER BY " + key, false);
    list = make("list", select, false);
    count = make("count", "SELECT count(*) FROM " + sql::quoted(table_.name), false);
    for (std::size_t i = 0; i < table_.columns.size(); ++i)
        if (table_.columns[i].unique) add_lookup(table_.columns[i].name, {i});
    for (const Index& index : table_.indexes) {
        if (!index.unique || !index.where.empty()) continue;
        std::vector<std::size_t> positions;
        for (const std::string_view name : index.columns)
            for (std::size_t i = 0; i < table_.columns.size(); ++i)
                if (!name.empty() && table_.columns[i].name == name) positions.push_back(i);
        add_lookup(index.name, std::move(positions));
    }
}

void TableStatements::add_lookup(std::string_view what, std::vector<std::size_t> columns) {
    std::string text = "SELECT " + column_list_ + " FROM " + sql::quoted(table_.name) + " WHERE ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) text += " AND ";
        text += sql::quoted(table_.columns[columns[i]].name) + " = " + parameter(i);
    }
    GeneratedStatement statement = make("find_by_" + std::string(what), std::move(text), true);
    lookups.push_back({std::move(columns), std::move(statement)});
}

const TableStatements::Lookup* TableStatements::find_by(std::string_view column) const noexcept {
    for (const Lookup& lookup : lookups)
        if (lookup.columns.size() == 1 && table_.columns[lookup.columns[0]].name == column)
            return &lookup;
    return nullptr;
}

TableStatements::PartialUpdate TableStatements::update_of(
    std::span<const std::size_t> columns) const {
    PartialUpdate update_of_some;
    for (const std::size_t position : updated_) {
        const bool asked = std::find(columns.begin(), columns.end(), position) != columns.end();
        if (asked || table_.columns[position].auto_time == AutoTime::kWrite)
            update_of_some.columns.push_back(position);
    }
    if (!update_of_some.columns.empty()) update_of_some.text = update_text(update_of_some.columns);
    return update_of_some;
}

std::vector<sql::Statement> TableStatements::every(sql::Engine engine) const {
    std::vector<sql::Statement> statements;
    for (const GeneratedStatement* statement :
         {&insert, &insert_whole, &insert_absent, &find, &update, &remove, &all, &list, &count})
        statements.push_back(statement->on(engine));
    for (const Lookup& lookup : lookups) statements.push_back(lookup.statement.on(engine));
    return statements;
}

}  // namespace segurifai::model
