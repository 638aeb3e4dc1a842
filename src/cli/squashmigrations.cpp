#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/migration_files.hpp"
#include "migrate/autodetector.hpp"

namespace segurifai::cli {

namespace {

Outcome<Exit> run_squashmigrations(const Given& given, const Context& context) {
    Terminal& terminal = context.terminal;
    SEGURIFAI_TRY_AS(const RecordedHistory history, recorded_history(given));
    SEGURIFAI_TRY_AS(const migrate::Migration squashed,
                     migrate::squash(history.graph, given.argument("app").value_or(""),
                                     given.argument("name").value_or("")));
    std::size_t operations_before = 0;
    for (const migrate::MigrationId& part : squashed.replaces)
        operations_before += history.graph.find(part)->operations.size();
    terminal.line(fmt::format("{} stands for {} migrations: {} operations became {}.",
                              squashed.id.to_string(), squashed.replaces.size(), operations_before,
                              squashed.operations.size()));
    if (given.has("--dry-run")) {
        terminal.line();
        terminal.print(migrate::write_migration(squashed));
        return Exit::kOk;
    }
    if (!history.apps)
        return wrong_use("There is no source tree here to write to; give one with --source DIR.");
    SEGURIFAI_TRY_AS(const auto path, write_file(*history.apps, squashed));
    terminal.line("written to " + path.lexically_normal().string());
    terminal.line(
        "The replaced files and the line `replaces` can go once every database has "
        "been migrated past them.");
    return Exit::kOk;
}

}  // namespace

Command squashmigrations_command() {
    return {.name = "squashmigrations",
            .summary = "Make one migration of many",
            .description =
                "Writes one migration that stands for an app's first ones, up to and including "
                "the named one, with the operations reduced to what leads straight to the same "
                "tables. SQL written by hand stays in its place. Databases that have all or none "
                "of the replaced migrations take the new one; one that has some finishes them "
                "first.",
            .arguments = {{.name = "app", .help = "the app"},
                          {.name = "name", .help = "the last migration to squash"}},
            .options = {{.name = "--dry-run", .help = "print the file instead of writing it"},
                        source_option()},
            .examples = {{"segurifai squashmigrations users 0012_user_language",
                          "the first twelve become one"}},
            .run = run_squashmigrations};
}

}  // namespace segurifai::cli
