#include <fmt/format.h>

#include "cli/backup_postgres.hpp"
#include "cli/backup_repository.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "cli/finish_restore.hpp"
#include "ops/backup/restore.hpp"

namespace segurifai::cli {

namespace {

Outcome<RestoreWish> wish_of(const Given& given) {
    const auto to = given.value("--to");
    const auto point = given.value("--to-point");
    const auto dump = given.value("--dump");
    const int told = (to ? 1 : 0) + (point ? 1 : 0) + (dump ? 1 : 0);
    if (told == 0) return wrong_use("--to is missing: an instant, or 'latest'.");
    if (told > 1) return wrong_use("--to, --to-point and --dump exclude each other.");
    if (point) return RestoreWish{.point = *point};
    if (dump) return RestoreWish{.dump = *dump == "latest" ? std::string() : *dump};
    if (*to == "latest") return RestoreWish{};
    const auto at = Instant::parse(*to);
    if (!at)
        return wrong_use(fmt::format(
            "--to is an instant, for example 2027-01-31T10:15:00Z, or 'latest', not '{}'.", *to));
    return RestoreWish{.at = at};
}

void print(const std::vector<backup::StepDone>& steps, Terminal& terminal) {
    for (const backup::StepDone& step : steps)
        terminal.line(fmt::format("{}: {}", step.name, step.rows));
}

/// The steps alone, on a database that was brought back by other means, or whose restore was ended
/// before them.
Outcome<Exit> run_finish(const Given& given, const Context& context) {
    for (const char* option : {"--to", "--to-point", "--dump", "--into", "--repository"})
        if (given.has(option))
            return wrong_use(fmt::format("'restore --finish' does not take {}.", option));
    SEGURIFAI_TRY_AS(const auto session, context.open(given));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));
    SEGURIFAI_TRY_AS(const auto steps, finish_restore(*session, context));
    print(steps, context.terminal);
    return Exit::kOk;
}

Outcome<Exit> run_restore(const Given& given, const Context& context) {
    if (given.has("--finish")) return run_finish(given, context);
    SEGURIFAI_TRY_AS(const RestoreWish wish, wish_of(given));
    const auto into = given.value("--into");
    if (!into) return wrong_use("--into is missing: the new database file.");
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    if (url.engine == sql::Engine::kPostgres)
        return run_postgres_restore(wish, *into, given, context);
    if (!wish.point.empty() || wish.dump)
        return wrong_use(
            "--to-point and --dump are for PostgreSQL; of SQLite any instant comes "
            "back with --to.");
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto repository, open_repository(given, context, files));
    std::vector<backup::StepDone> steps;
    const auto finish = [&](const std::filesystem::path& partial,
                            const backup::Restored&) -> Result<void> {
        SEGURIFAI_TRY_AS(
            const auto session,
            sql::open_session({sql::Engine::kSqlite, partial.string()}, {.create = false}));
        SEGURIFAI_TRY_AS(steps, finish_restore(*session, context));
        return {};
    };
    auto restored = backup::restore(repository, {.at = wish.at}, *into, finish);
    if (!restored) {
        Failure failure(std::move(restored).error());
        if (failure.error.code == Code::kNotFound) failure.exit = Exit::kFaults;
        return std::unexpected(std::move(failure));
    }
    context.terminal.line(fmt::format(
        "Restored to {}, commit {} of generation {}: {} MB from {} "
        "files.",
        restored->commit.at.to_string(), restored->commit.txid, restored->generation,
        static_cast<std::uint64_t>(restored->commit.pages) * restored->page_size / 1'000'000,
        restored->files_read));
    print(steps, context.terminal);
    return Exit::kOk;
}

}  // namespace

Command restore_command() {
    return {
        .name = "restore",
        .summary = "Bring the database back from its backups, to any moment",
        .description =
            "Writes the database as it was at that instant into a new file: what was committed up "
            "to then, and nothing later. Nothing is overwritten, and a moment that the backups do "
            "not cover without a gap is refused. Then everybody's sign-in ends, and codes that "
            "were not used are good no more; who was erased since is erased again. To work with "
            "it, stop the server, move the old "
            "database and its -wal and -shm away, and put the new one in its place.\n\n"
            "No server serves a database that was brought back before all of that has happened. "
            "--finish does it alone, to a PostgreSQL cluster that was brought back by other means, "
            "or a standby that became the server.",
        .options = {{.name = "--to",
                     .value = "INSTANT",
                     .help = "2027-01-31T10:15:00Z, or 'latest' for the newest commit"},
                    {.name = "--to-point",
                     .value = "NAME",
                     .help = "PostgreSQL: a point that 'backup point' made"},
                    {.name = "--dump",
                     .value = "NAME",
                     .help = "PostgreSQL: not the database, but a dump, opened for pg_restore; its "
                             "name, or 'latest'"},
                    {.name = "--into",
                     .value = "PATH",
                     .help = "the new database file, or the new folder of a PostgreSQL cluster"},
                    {.name = "--finish", .help = "only what has to happen after a restore"},
                    repository_option(),
                    database_option()},
        .examples = {{"segurifai restore --to 2027-01-31T10:15:00Z --into var/restored.db",
                      "as it was then"},
                     {"segurifai restore --to latest --into var/restored.db",
                      "the newest there is"}},
        .run = run_restore};
}

}  // namespace segurifai::cli
