#include <fmt/format.h>

#include "apps/migrations.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/migration_plan.hpp"
#include "migrate/executor.hpp"

namespace segurifai::cli {

namespace {

std::string_view verb(migrate::Direction direction, bool fake) noexcept {
    if (direction == migrate::Direction::kBackwards) return fake ? "forgot" : "undid";
    return fake ? "recorded" : "applied";
}

/// An SQLite database that is not there has nothing applied: looking at a plan does not make it.
Outcome<Exit> show_plan_only(const Given& given, const Context& context,
                             const migrate::MigrationGraph& history,
                             const migrate::Target& target) {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    std::unique_ptr<sql::Session> session;
    if (is_missing_file(url)) {
        SEGURIFAI_TRY_AS(session, sql::open_session({sql::Engine::kSqlite, ":memory:"}));
    } else {
        SEGURIFAI_TRY_AS(session, context.open(given));
    }
    SystemRandom random;
    migrate::Executor executor(*session, history, context.clock, random);
    SEGURIFAI_TRY_AS(const auto planned, executor.plan(target));
    return print_plan(*session, history, executor, planned, context.terminal);
}

Outcome<Exit> run_migrate(const Given& given, const Context& context) {
    const migrate::Target target{.app = given.argument("app").value_or(""),
                                 .name = given.argument("name").value_or("")};
    SEGURIFAI_TRY_AS(const migrate::MigrationGraph history, apps::embedded_history());
    if (given.has("--plan")) return show_plan_only(given, context, history, target);

    SEGURIFAI_TRY_AS(const auto session, context.open_or_create(given));
    SystemRandom random;
    Terminal& terminal = context.terminal;
    Progress progress(terminal, "Migrating", 0, "steps");
    migrate::ExecutorOptions options{.fake = given.has("--fake"),
                                     .fake_initial = given.has("--fake-initial"),
                                     .accept_data_loss = given.has("--accept-data-loss")};
    options.on_waiting = [&] {
        terminal.note(
            "Another run is at work on this database, or was killed a moment ago and its lease "
            "runs out; waiting.");
    };
    options.on_progress = [&](const migrate::Progress& now) {
        progress.now_at(fmt::format("{}: {}", now.migration, now.step));
        if (now.rows_done == 0) progress.advance();
    };
    migrate::Executor executor(*session, history, context.clock, random, std::move(options));
    SEGURIFAI_TRY_AS(const auto done, executor.migrate(target));
    for (const migrate::PlannedMigration& one : done)
        terminal.line(fmt::format("{} {} ({})", verb(one.direction, given.has("--fake")),
                                  one.migration->id.to_string(), label(one.safety)));
    if (done.empty()) terminal.line("Nothing to do: everything is applied.");
    return Exit::kOk;
}

}  // namespace

Command migrate_command() {
    return {.name = "migrate",
            .summary = "Bring a database to the program's schema, or back",
            .description =
                "Applies what is not applied yet, in order; with an app and a migration's name (or "
                "the beginning of it), goes to exactly that one, also backwards; 'zero' undoes all "
                "of an app. Going back takes along what other apps built on it.\n\n"
                "One runner works at a time; others wait. A run that was killed is finished by the "
                "next. Dropped tables and columns are kept aside and come back with their rows "
                "when the migration is undone; 'segurifai purge' ends them.",
            .arguments =
                {{.name = "app", .help = "only this app and what it needs", .required = false},
                 {.name = "name", .help = "go to this migration, or to 'zero'", .required = false}},
            .options = {{.name = "--plan", .help = "show what would run, and change nothing"},
                        {.name = "--fake", .help = "record without running"},
                        {.name = "--fake-initial",
                         .help = "record first migrations whose tables are all there"},
                        {.name = "--accept-data-loss",
                         .help = "also run what is LOSSY or IRREVERSIBLE"},
                        database_option()},
            .examples = {{"segurifai migrate", "everything, on the embedded database"},
                         {"segurifai migrate --plan", "what that would do"},
                         {"segurifai migrate users 0001", "back (or on) to the first of users"}},
            .run = run_migrate};
}

}  // namespace segurifai::cli
