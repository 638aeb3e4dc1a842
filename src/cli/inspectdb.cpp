#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/drift.hpp"
#include "migrate/describe_live.hpp"
#include "migrate/inspect.hpp"

namespace segurifai::cli {

namespace {

Outcome<Exit> run_inspectdb(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const auto session, context.open(given));
    if (given.has("--drift")) return print_drift(*session, context);
    SEGURIFAI_TRY_AS(const migrate::LiveSchema live, migrate::inspect(*session));
    migrate::LiveSchema chosen;
    for (const std::string& name : given.all("TABLE")) {
        const auto found = live.tables.find(name);
        if (found == live.tables.end())
            return std::unexpected(Error{
                .code = Code::kNotFound,
                .message = fmt::format("There is no table {} in this database; leave the name out "
                                       "to see all.",
                                       name)});
        chosen.tables.insert(*found);
    }
    context.terminal.print(migrate::describe_live(given.all("TABLE").empty() ? live : chosen));
    return Exit::kOk;
}

}  // namespace

Command inspectdb_command() {
    return {.name = "inspectdb",
            .summary = "Print a database's tables as descriptions",
            .description =
                "Reads the catalogue of any database and prints its tables in the form the program "
                "describes tables in, as a starting point. Personal-data tags and retention are "
                "left for a person to fill in. With --drift: what checkdb prints.",
            .arguments =
                {{.name = "TABLE", .help = "only these tables", .required = false, .many = true}},
            .options = {database_option(),
                        {.name = "--drift",
                         .help = "print the differences from the program's tables instead"}},
            .examples = {{"segurifai inspectdb --database sqlite:///old.db",
                          "a database of another program"},
                         {"segurifai inspectdb users_user", "one table"},
                         {"segurifai inspectdb --drift", "the differences, as checkdb"}},
            .run = run_inspectdb};
}

}  // namespace segurifai::cli
