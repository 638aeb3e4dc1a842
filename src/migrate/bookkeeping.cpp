#include "migrate/bookkeeping.hpp"

#include <fmt/format.h>

namespace segurifai::migrate::bookkeeping {
namespace {

constexpr std::string_view kTables = R"sql(
CREATE TABLE IF NOT EXISTS segurifai_migration (
    position {identity},
    app TEXT NOT NULL,
    name TEXT NOT NULL,
    applied_at {instant} NOT NULL,
    checksum TEXT NOT NULL,
    canonical TEXT NOT NULL,
    UNIQUE (app, name)
);
CREATE TABLE IF NOT EXISTS segurifai_migration_step (
    position INTEGER PRIMARY KEY NOT NULL,
    app TEXT NOT NULL,
    name TEXT NOT NULL,
    direction TEXT NOT NULL,
    checksum TEXT NOT NULL,
    about TEXT NOT NULL,
    sql TEXT NOT NULL,
    table_name TEXT NOT NULL,
    transactional BOOLEAN NOT NULL,
    invalid_index TEXT NOT NULL,
    when_null TEXT NOT NULL,
    batch_sql TEXT NOT NULL,
    batch_key INTEGER NOT NULL,
    step_checksum TEXT NOT NULL,
    started_at {instant},
    finished_at {instant}
);
CREATE TABLE IF NOT EXISTS segurifai_lease (
    name TEXT PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL,
    expires_at {instant} NOT NULL
);
CREATE TABLE IF NOT EXISTS segurifai_tombstone (
    id INTEGER PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    holder INTEGER NOT NULL,
    number INTEGER NOT NULL,
    physical TEXT NOT NULL,
    definition TEXT NOT NULL,
    app TEXT NOT NULL,
    migration TEXT NOT NULL,
    buried_at {instant} NOT NULL,
    keep_until {instant} NOT NULL
)
)sql";

std::string text(sql::Engine engine, std::string_view words) {
    return sql::literal(engine, sql::Value::text(words));
}

std::string instant(sql::Engine engine, Instant at) {
    return sql::literal(engine, sql::Value::instant(at));
}

/// So that nobody edits a journal into something else (64-bit FNV-1a of the statement).
std::string step_checksum(const Step& step) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    for (const char character : step.sql) {
        hash ^= static_cast<unsigned char>(character);
        hash *= 1'099'511'628'211ULL;
    }
    return fmt::format("{:016x}", hash);
}

std::string entry_sql(sql::Engine engine, const Journal& journal, std::size_t position) {
    const Step& step = journal.entries[position].step;
    return fmt::format(
        "({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})", position,
        text(engine, journal.migration.app), text(engine, journal.migration.name),
        journal.direction == Direction::kForwards ? "'forwards'" : "'backwards'",
        text(engine, journal.checksum), text(engine, step.about), text(engine, step.sql),
        text(engine, step.table), step.transactional ? "TRUE" : "FALSE",
        text(engine, step.invalid_index), text(engine, step.when_null),
        text(engine, step.batches ? step.batches->sql : std::string()),
        step.batches ? static_cast<int>(step.batches->key) : 0, text(engine, step_checksum(step)));
}

Journal::Entry entry_of(const sql::Row& row) {
    Journal::Entry entry;
    Step& step = entry.step;
    sql::Value transactional;
    step.about = row.text(4);
    step.sql = row.text(5);
    step.table = row.text(6);
    step.transactional = row.get(7, sql::ValueType::kBoolean, 0, transactional) &&
                         !transactional.is_null() && transactional.as_boolean();
    step.invalid_index = row.text(8);
    step.when_null = row.text(9);
    if (!row.text(10).empty())
        step.batches = Batches{.sql = std::string(row.text(10)),
                               .key = static_cast<sql::ValueType>(row.integer(11))};
    entry.started = !row.is_null(13);
    entry.finished = !row.is_null(14);
    return entry;
}

}  // namespace

Result<bool> exists(sql::Session& session) {
    SEGURIFAI_TRY_AS(
        const auto found,
        session.one_integer(session.engine() == sql::Engine::kSqlite
                                ? "SELECT 1 FROM sqlite_master WHERE name = 'segurifai_tombstone'"
                                : "SELECT 1 WHERE to_regclass('segurifai_tombstone') IS NOT NULL"));
    return found.has_value();
}

Result<void> create(sql::Session& session) {
    const bool sqlite = session.engine() == sql::Engine::kSqlite;
    const std::string tables = fmt::format(
        kTables,
        fmt::arg("identity", sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"
                                    : "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
        fmt::arg("instant", sqlite ? "DATETIME" : "timestamptz"));
    SEGURIFAI_TRY(session.begin());
    // Two runners on a new database would collide in PostgreSQL's catalogue.
    if (auto made =
            sqlite ? Result<void>() : session.script("SELECT pg_advisory_xact_lock(7305806402)");
        !made) {
        session.rollback();
        return made;
    }
    if (auto made = session.script(tables); !made) {
        session.rollback();
        return made;
    }
    return session.commit();
}

Result<std::vector<AppliedMigration>> load_applied(sql::Session& session) {
    std::vector<AppliedMigration> applied;
    bool readable = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        sql::Value at;
        readable = readable && row.get(2, sql::ValueType::kInstant, 0, at);
        applied.push_back({.id = {std::string(row.text(0)), std::string(row.text(1))},
                           .applied_at = readable ? at.as_instant() : Instant{},
                           .checksum = std::string(row.text(3)),
                           .canonical = std::string(row.text(4))});
    });
    SEGURIFAI_TRY(
        session.run("SELECT app, name, applied_at, checksum, canonical FROM "
                    "segurifai_migration ORDER BY position",
                    {}, &sink));
    if (!readable)
        return fail(Code::kCorrupt,
                    "A time in segurifai_migration cannot be read; restore the "
                    "table from a backup.");
    return applied;
}

std::string record_sql(sql::Engine engine, const Migration& migration, Instant at) {
    return fmt::format(
        "INSERT INTO segurifai_migration (app, name, applied_at, checksum, canonical) "
        "VALUES ({}, {}, {}, {}, {})",
        text(engine, migration.id.app), text(engine, migration.id.name), instant(engine, at),
        text(engine, checksum(migration)), text(engine, canonical_text(migration)));
}

std::string forget_sql(sql::Engine engine, const MigrationId& id) {
    return fmt::format("DELETE FROM segurifai_migration WHERE app = {} AND name = {}",
                       text(engine, id.app), text(engine, id.name));
}

Result<std::optional<Journal>> load_journal(sql::Session& session) {
    Journal journal;
    bool sound = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        journal.migration = {std::string(row.text(0)), std::string(row.text(1))};
        journal.direction =
            row.text(2) == "backwards" ? Direction::kBackwards : Direction::kForwards;
        journal.checksum = row.text(3);
        journal.entries.push_back(entry_of(row));
        sound = sound && step_checksum(journal.entries.back().step) == row.text(12);
    });
    SEGURIFAI_TRY(session.run(
        "SELECT app, name, direction, checksum, about, sql, table_name, transactional, "
        "invalid_index, when_null, batch_sql, batch_key, step_checksum, started_at, finished_at "
        "FROM segurifai_migration_step ORDER BY position",
        {}, &sink));
    if (!sound)
        return fail(Code::kCorrupt,
                    "The journal in segurifai_migration_step was changed by hand; "
                    "restore it from a backup.");
    if (journal.entries.empty()) return std::optional<Journal>();
    return std::optional<Journal>(std::move(journal));
}

std::string open_journal_sql(sql::Engine engine, const Journal& journal) {
    std::string sql =
        "INSERT INTO segurifai_migration_step (position, app, name, direction, checksum, about, "
        "sql, table_name, transactional, invalid_index, when_null, batch_sql, batch_key, "
        "step_checksum) VALUES ";
    for (std::size_t i = 0; i < journal.entries.size(); ++i)
        sql += (i == 0 ? "" : ", ") + entry_sql(engine, journal, i);
    return sql;
}

std::string started_sql(sql::Engine engine, std::size_t position, Instant at) {
    return fmt::format("UPDATE segurifai_migration_step SET started_at = {} WHERE position = {}",
                       instant(engine, at), position);
}

std::string finished_sql(sql::Engine engine, std::size_t position, Instant at) {
    return fmt::format("UPDATE segurifai_migration_step SET finished_at = {} WHERE position = {}",
                       instant(engine, at), position);
}

std::string close_journal_sql() {
    return "DELETE FROM segurifai_migration_step";
}

}  // namespace segurifai::migrate::bookkeeping
