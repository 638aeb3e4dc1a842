#include <fmt/format.h>

#include "apps/migrations.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "migrate/executor.hpp"

namespace segurifai::cli {

namespace {

Outcome<Exit> run_purge(const Given& given, const Context& context) {
    Terminal& terminal = context.terminal;
    const bool all = given.has("--all");
    if (all && !given.has("--dry-run") && !given.has("--accept-data-loss"))
        return refused(
            "This ends all tombstones for good, also those whose time is not over; add "
            "--accept-data-loss to go on.");
    SEGURIFAI_TRY_AS(const migrate::MigrationGraph history, apps::embedded_history());
    SEGURIFAI_TRY_AS(const auto session, context.open(given));
    SystemRandom random;
    migrate::Executor executor(*session, history, context.clock, random);
    std::vector<migrate::Executor::Tombstone> ended;
    if (given.has("--dry-run")) {
        SEGURIFAI_TRY_AS(ended, executor.tombstones());
        const Instant now = context.clock.now();
        std::erase_if(ended, [&](const auto& one) { return !all && one.keep_until > now; });
    } else {
        SEGURIFAI_TRY_AS(ended, executor.purge(all));
    }
    Table table{.heads = {"was", "dropped by", "at", "kept until"}};
    for (const migrate::Executor::Tombstone& one : ended)
        table.rows.push_back({one.column.empty() ? one.table : one.table + "." + one.column,
                              one.migration.to_string(), one.buried_at.to_string(),
                              one.keep_until.to_string()});
    terminal.print(table);
    terminal.line(
        fmt::format("{} {}", ended.size(),
                    given.has("--dry-run") ? "tombstones would end" : "tombstones ended"));
    return Exit::kOk;
}

}  // namespace

Command purge_command() {
    return {.name = "purge",
            .summary = "Really drop what migrations dropped and the database still keeps",
            .description =
                "A dropped table or column is kept aside for 30 days, so that undoing "
                "the migration brings its rows back. This ends those whose time is over.",
            .options = {{.name = "--all", .help = "also those whose time is not over"},
                        {.name = "--accept-data-loss", .help = "needed with --all"},
                        {.name = "--dry-run", .help = "only list them"},
                        database_option()},
            .examples = {{"segurifai purge --dry-run", "what would end"},
                         {"segurifai purge", "ends it"}},
            .run = run_purge};
}

}  // namespace segurifai::cli
