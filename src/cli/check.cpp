#include <fmt/format.h>

#include <string>

#include "apps/permissions.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/examination/examination.hpp"
#include "cli/existing_tables.hpp"
#include "http/router.hpp"
#include "server/routes.hpp"
#include "server/schema_check.hpp"

namespace segurifai::cli {

namespace {

constexpr std::string_view kProgram = "program";

/// What production refuses.
Result<void> check_deployment(const Examination& examination, sql::Session& session) {
    SEGURIFAI_TRY(examine_files(examination));
    SEGURIFAI_TRY(examine_secrets(examination));
    SEGURIFAI_TRY(examine_switches(examination));
    if (require_tables(session, examination.context.registry.tables()))
        SEGURIFAI_TRY(examine_people(examination, session));
    return {};
}

Outcome<Exit> run_check(const Given& given, const Context& context) {
    Findings findings;
    if (const auto router = http::Router::make(server::all_routes(), apps::permissions()); !router)
        for (const Fault& fault : router.error().faults)
            findings.fault(kProgram, fmt::format("{}: {}", fault.path, fault.message));
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = true}));
    SystemRandom random;
    if (const auto schema = server::check_schema(url, context.clock, random); !schema)
        findings.fault(kProgram, schema.error().message);
    if (given.has("--deploy"))
        SEGURIFAI_TRY(check_deployment({given, context, url, findings}, *session));
    std::size_t wrong = 0;
    for (const Finding& finding : findings.all()) {
        if (finding.level == Level::kWell) continue;
        context.terminal.line(sentence_of(finding));
        ++wrong;
    }
    if (wrong == 0) {
        context.terminal.line("Nothing is wrong.");
        return Exit::kOk;
    }
    context.terminal.warn(fmt::format("{} to put right.", wrong));
    return Exit::kFaults;
}

}  // namespace

Command check_command() {
    return {.name = "check",
            .summary = "Look for what is wrong before the server starts",
            .description =
                "Routes, permissions and migrations; with --deploy also what production refuses: "
                "weak or readable\nsecrets, files others can read, switches for measuring, "
                "demonstration accounts. 'segurifai doctor' looks an installation over that runs.",
            .options = {{.name = "--deploy", .help = "also what production refuses"},
                        database_option()},
            .examples = {{"segurifai check --deploy", "before the first start in production"}},
            .run = run_check};
}

}  // namespace segurifai::cli
