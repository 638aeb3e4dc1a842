#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/drift.hpp"
#include "migrate/inspect.hpp"
#include "migrate/state.hpp"

namespace segurifai::cli {

namespace {

Outcome<Exit> run_checkdb(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    // On PostgreSQL the expected tables are made in a scratch schema, which writes.
    SEGURIFAI_TRY_AS(const auto session,
                     context.open(given, {.read_only = url.engine == sql::Engine::kSqlite}));
    return print_drift(*session, context);
}

}  // namespace

Result<Comparison> compare_tables(sql::Session& session, const model::Registry& registry) {
    const migrate::SchemaState described = migrate::state_of(registry.tables());
    SEGURIFAI_TRY_AS(const migrate::LiveSchema live, migrate::inspect(session));
    SEGURIFAI_TRY_AS(const migrate::LiveSchema should, migrate::expected(session, described));
    return Comparison{.counts = migrate::count(should), .drifts = migrate::compare(live, should)};
}

Outcome<Exit> print_drift(sql::Session& session, const Context& context) {
    SEGURIFAI_TRY_AS(const auto compared, compare_tables(session, context.registry));
    const auto& [counts, drifts] = compared;
    for (const migrate::Drift& drift : drifts)
        context.terminal.line(
            fmt::format("{}: {}", context.terminal.paint(Colour::kBold, drift.table), drift.what));
    context.terminal.line(
        fmt::format("Compared {} tables, {} columns, {} constraints and {} indexes: {}.",
                    counts.tables, counts.columns, counts.constraints, counts.indexes,
                    drifts.empty()       ? "no drift"
                    : drifts.size() == 1 ? "1 difference"
                                         : fmt::format("{} differences", drifts.size())));
    return drifts.empty() ? Exit::kOk : Exit::kFaults;
}

Command checkdb_command() {
    return {.name = "checkdb",
            .summary = "Compare a database with the program's tables",
            .description =
                "Compares every table, column, type, NULL, default, key, constraint, index and "
                "trigger of the database with what the program describes, and prints each "
                "difference. Answers 1 when there is any. On PostgreSQL the expected tables are "
                "made in a scratch schema inside a transaction that is rolled back.",
            .options = {database_option()},
            .examples = {{"segurifai checkdb", "check the embedded database"},
                         {"segurifai checkdb --database postgresql://segurifai@db1/segurifai",
                          "check another one"}},
            .run = run_checkdb};
}

}  // namespace segurifai::cli
