#include <fmt/format.h>

#include "apps/migrations.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "migrate/route.hpp"
#include "migrate/step.hpp"

namespace segurifai::cli {

namespace {

Outcome<Exit> run_sqlmigrate(const Given& given, const Context& context) {
    const std::string app = given.argument("app").value_or("");
    const std::string name = given.argument("name").value_or("");
    SEGURIFAI_TRY_AS(const migrate::MigrationGraph history, apps::embedded_history());
    SEGURIFAI_TRY_AS(const migrate::Migration* migration,
                     migrate::find_migration(history, {.app = app, .name = name}));
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    sql::Engine engine = url.engine;
    if (const auto chosen = given.value("--engine"))
        engine = *chosen == "postgres" ? sql::Engine::kPostgres : sql::Engine::kSqlite;
    SEGURIFAI_TRY_AS(migrate::SchemaState schema,
                     history.state_after(history.ancestors(migration->id)));
    std::vector<migrate::Operation> operations = migration->operations;
    if (given.has("--backwards")) {
        SEGURIFAI_TRY_AS(operations, migrate::reversed(*migration, schema));
        for (const migrate::Operation& operation : migration->operations)
            SEGURIFAI_TRY(apply(schema, operation));
    }
    SEGURIFAI_TRY_AS(const auto steps, migrate::steps_for(engine, operations, schema));
    Terminal& terminal = context.terminal;
    for (const migrate::Step& step : steps) {
        terminal.line("-- " + step.about);
        terminal.line(step.sql + ";");
        terminal.line();
    }
    if (steps.empty()) terminal.note("This migration runs no statement on this engine.");
    return Exit::kOk;
}

}  // namespace

Command sqlmigrate_command() {
    return {.name = "sqlmigrate",
            .summary = "Print the statements of a migration",
            .description =
                "Prints what a migration runs, or its undoing, on small tables. On big "
                "tables of a live PostgreSQL other forms are used that let traffic "
                "pass; 'segurifai migrate --plan' shows those.",
            .arguments = {{.name = "app", .help = "the app"},
                          {.name = "name", .help = "the migration, or the beginning of its name"}},
            .options = {{.name = "--backwards", .help = "the undoing"},
                        {.name = "--engine",
                         .value = "ENGINE",
                         .help = "for this engine instead of the database's",
                         .choices = {"sqlite", "postgres"}},
                        database_option()},
            .examples = {{"segurifai sqlmigrate users 0001 --engine postgres",
                          "how PostgreSQL gets the first tables of users"}},
            .run = run_sqlmigrate};
}

}  // namespace segurifai::cli
