#include <fmt/format.h>

#include "apps/reference_data.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"

namespace segurifai::cli {

namespace {

void print_report(const apps::ReferenceDataReport& report, bool dry_run, Terminal& terminal) {
    Table table{.heads = {"table", dry_run ? "to add" : "added", "there before"},
                .rows = {},
                .right = {false, true, true}};
    for (const auto& one : report.tables)
        table.rows.push_back({std::string(one.table), std::to_string(one.inserted.size()),
                              std::to_string(one.present)});
    terminal.print(table);
    if (!dry_run) return;
    for (const auto& one : report.tables)
        for (const std::string& key : one.inserted)
            terminal.line(fmt::format("would add {}: {}", one.table, key));
}

Outcome<Exit> run_loadreference(const Given& given, const Context& context) {
    const bool dry_run = given.has("--dry-run");
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = dry_run}));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));
    SEGURIFAI_TRY_AS(const auto report,
                     apps::load_reference_data(*session, context.clock, {.dry_run = dry_run}));
    print_report(report, dry_run, context.terminal);
    return Exit::kOk;
}

}  // namespace

Command loadreference_command() {
    return {.name = "loadreference",
            .summary = "Add the reference data that is missing (categories, plans, achievements)",
            .description =
                "One transaction. What is there already stays as it is, however it was "
                "edited, so it\nmay be run at any time.",
            .options = {{.name = "--dry-run", .help = "only show what would be added"},
                        database_option()},
            .examples = {{"segurifai loadreference", "after migrate"},
                         {"segurifai loadreference --dry-run", "look before"}},
            .run = run_loadreference};
}

}  // namespace segurifai::cli
