#include "migrate/tombstones.hpp"

#include <fmt/format.h>

#include "migrate/ddl.hpp"

namespace segurifai::migrate {
namespace {

constexpr std::string_view kPrefix = "tombstone_";

/// The definition is kept in the words of a migration file: readable, and read back by its parser.
std::string definition_of(const Tombstone& tombstone) {
    return write_migration({.id = {"tombstone", "definition"},
                            .operations = {Operation(CreateTable{tombstone.table})}});
}

Result<TableState> parse_definition(std::int64_t id, std::string_view text) {
    auto parsed = parse_migration({"tombstone", "definition", std::string(text)});
    const CreateTable* create = parsed && parsed->operations.size() == 1
                                    ? std::get_if<CreateTable>(&parsed->operations.front())
                                    : nullptr;
    if (create == nullptr)
        return fail(Code::kCorrupt,
                    fmt::format("The definition of tombstone {} in segurifai_tombstone cannot be "
                                "read; restore the row from a backup.",
                                id));
    return create->table;
}

std::string text_literal(sql::Engine engine, std::string_view text) {
    return sql::literal(engine, sql::Value::text(text));
}

}  // namespace

std::uint16_t Tombstone::physical_number() const noexcept {
    return static_cast<std::uint16_t>(ddl::kTombstoneNumber + id);
}

std::string tombstone_name(std::int64_t id, std::string_view name) {
    return fmt::format("{}{}_{}", kPrefix, id, name).substr(0, ddl::kNameBytesMax);
}

bool is_tombstone_name(std::string_view name) noexcept {
    return name.starts_with(kPrefix);
}

std::string remember_sql(sql::Engine engine, const Tombstone& t) {
    return fmt::format(
        "INSERT INTO segurifai_tombstone (id, kind, holder, number, physical, definition, app, "
        "migration, buried_at, keep_until) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
        t.id, t.kind == Tombstone::Kind::kColumn ? "'column'" : "'table'", t.holder, t.number,
        text_literal(engine, t.physical), text_literal(engine, definition_of(t)),
        text_literal(engine, t.migration.app), text_literal(engine, t.migration.name),
        sql::literal(engine, sql::Value::instant(t.buried_at)),
        sql::literal(engine, sql::Value::instant(t.keep_until)));
}

std::string forget_sql(const Tombstone& tombstone) {
    return fmt::format("DELETE FROM segurifai_tombstone WHERE id = {}", tombstone.id);
}

std::string move_sql(std::uint16_t from, std::uint16_t to) {
    return fmt::format("UPDATE segurifai_tombstone SET holder = {} WHERE holder = {}", to, from);
}

Result<std::vector<Tombstone>> load_tombstones(sql::Session& session) {
    std::vector<Tombstone> tombstones;
    std::vector<std::string> definitions;
    bool readable = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        Tombstone t;
        sql::Value buried;
        sql::Value keep;
        readable = readable && row.get(8, sql::ValueType::kInstant, 0, buried) &&
                   row.get(9, sql::ValueType::kInstant, 0, keep);
        t.id = row.integer(0);
        t.kind = row.text(1) == "table" ? Tombstone::Kind::kTable : Tombstone::Kind::kColumn;
        t.holder = static_cast<std::uint16_t>(row.integer(2));
        t.number = static_cast<std::uint16_t>(row.integer(3));
        t.physical = row.text(4);
        definitions.emplace_back(row.text(5));
        t.migration = {std::string(row.text(6)), std::string(row.text(7))};
        if (readable) {
            t.buried_at = buried.as_instant();
            t.keep_until = keep.as_instant();
        }
        tombstones.push_back(std::move(t));
    });
    SEGURIFAI_TRY(
        session.run("SELECT id, kind, holder, number, physical, definition, app, migration, "
                    "buried_at, keep_until FROM segurifai_tombstone ORDER BY id",
                    {}, &sink));
    if (!readable)
        return fail(Code::kCorrupt,
                    "A time in segurifai_tombstone cannot be read; restore the "
                    "table from a backup.");
    for (std::size_t i = 0; i < tombstones.size(); ++i) {
        SEGURIFAI_TRY_AS(tombstones[i].table, parse_definition(tombstones[i].id, definitions[i]));
    }
    return tombstones;
}

}  // namespace segurifai::migrate
