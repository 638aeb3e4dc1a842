#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"

namespace segurifai::cli {

namespace {

Outcome<Exit> run_counts(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = true}));
    SEGURIFAI_TRY_AS(const auto existing, existing_tables(*session));

    Table table{.heads = {"table", "rows"}, .rows = {}, .right = {false, true}};
    std::int64_t total = 0;
    std::size_t missing = 0;
    Progress progress(context.terminal, "Counting",
                      static_cast<std::int64_t>(context.registry.tables().size()), "tables");
    for (const model::Table* described : context.registry.tables()) {
        const std::string name(described->name);
        progress.now_at(name);
        if (!existing.contains(name)) {
            ++missing;
            table.rows.push_back({name, "missing"});
            continue;
        }
        SEGURIFAI_TRY_AS(const auto rows, session->one_integer(fmt::format(
                                              "SELECT COUNT(*) FROM {}", sql::quoted(name))));
        total += rows.value_or(0);
        table.rows.push_back({name, std::to_string(rows.value_or(0))});
        progress.advance();
    }
    context.terminal.print(table);
    context.terminal.line(fmt::format("{} rows in {} tables", total, table.rows.size() - missing));
    if (missing == 0) return Exit::kOk;
    context.terminal.warn(fmt::format(
        "{} of the program's tables are missing here; 'segurifai migrate' makes them.", missing));
    return Exit::kFaults;
}

}  // namespace

Command counts_command() {
    return {.name = "counts",
            .summary = "Count the rows of every table",
            .description = "Counts each of the program's tables. Answers 1 when some are missing.",
            .options = {database_option()},
            .examples = {{"segurifai counts", "the embedded database"},
                         {"segurifai counts --database postgresql://segurifai@db1/segurifai",
                          "another one"}},
            .run = run_counts};
}

}  // namespace segurifai::cli
