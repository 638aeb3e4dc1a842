#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <string>

#include "cli/backup_repository.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/examination/examination.hpp"
#include "cli/existing_tables.hpp"

namespace segurifai::cli {

namespace {

constexpr int kLookMillisMax = 30'000;  ///< for one statement, unless --full
constexpr std::string_view kDatabase = "database";

struct Outside {
    std::string_view area;
    Result<void> (*examine)(const Examination&);
};
constexpr std::array kOutside{
    Outside{"server", examine_server},     Outside{"data folder", examine_data_folder},
    Outside{"data folder", examine_files}, Outside{"secrets", examine_secrets},
    Outside{"settings", examine_switches}, Outside{"backups", examine_backups},
};

struct Inside {
    std::string_view area;
    Result<void> (*examine)(const Examination&, sql::Session&);
    bool needs_tables = true;
};
constexpr std::array kInside{
    Inside{"database", examine_engine, false},
    Inside{"schema", examine_schema, false},
    Inside{"people", examine_people},
    Inside{"jobs", examine_jobs},
    Inside{"outbox", examine_outbox},
    Inside{"audit log", examine_audit},
    Inside{"clock", examine_clock},
};

void examine_inside(const Examination& examination) {
    const bool is_full = examination.given.has("--full");
    // On PostgreSQL the tables as they should be are made in a scratch schema, and rolled back.
    const bool is_file = examination.database.engine == sql::Engine::kSqlite;
    const auto session = examination.context.open(
        examination.given,
        {.statement_timeout_ms = is_full ? 0 : kLookMillisMax, .read_only = is_file});
    Findings& findings = examination.findings;
    if (!session) {
        const Error& error = session.error().error;
        findings.fault(
            kDatabase, error.message,
            error.code == Code::kCorrupt ? "segurifai restore --to latest --into restored.db" : "");
        return;
    }
    const auto has_tables = require_tables(**session, examination.context.registry.tables());
    for (const Inside& one : kInside) {
        if (one.needs_tables && !has_tables) continue;  // the schema's finding says why
        if (const auto done = one.examine(examination, **session); !done)
            findings.fault(one.area, describe(done.error()));
    }
}

std::string json_of(const Findings& findings) {
    boost::json::array list;
    for (const Finding& finding : findings.all())
        list.push_back({{"level", name_of(finding.level)},
                        {"area", finding.area},
                        {"what", finding.what},
                        {"run", finding.command.empty() ? boost::json::value()
                                                        : boost::json::value(finding.command)}});
    return boost::json::serialize(boost::json::object{{"faults", findings.count(Level::kFault)},
                                                      {"warnings", findings.count(Level::kWarning)},
                                                      {"findings", std::move(list)}});
}

Colour colour_of(Level level) {
    switch (level) {
        case Level::kWell: return Colour::kGreen;
        case Level::kWarning: return Colour::kYellow;
        case Level::kFault: return Colour::kRed;
    }
    return Colour::kRed;
}

void print(const Findings& findings, Terminal& terminal) {
    for (const Finding& finding : findings.all())
        terminal.line(fmt::format(
            "{}  {:<11}  {}",
            terminal.paint(colour_of(finding.level), fmt::format("{:<7}", name_of(finding.level))),
            finding.area, sentence_of(finding)));
    terminal.line(fmt::format("{} faults, {} warnings.", findings.count(Level::kFault),
                              findings.count(Level::kWarning)));
}

Outcome<Exit> run_doctor(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl database, context.database(given));
    Findings findings;
    const Examination examination{given, context, database, findings};
    for (const Outside& one : kOutside)
        if (const auto done = one.examine(examination); !done)
            findings.fault(one.area, describe(done.error()));
    examine_inside(examination);
    if (given.value("--format") == "json")
        context.terminal.line(json_of(findings));
    else
        print(findings, context.terminal);
    if (findings.count(Level::kFault) > 0) return Exit::kFaults;
    return findings.count(Level::kWarning) > 0 ? Exit::kWarnings : Exit::kOk;
}

}  // namespace

Command doctor_command() {
    return {.name = "doctor",
            .summary = "Look an installation over, and say what to do",
            .description =
                "Data folder, secrets, settings, backups, the database and its settings, schema, "
                "people, jobs, retention, outbox, audit log and clock: a line each, with its level "
                "and, where something is to be done, a command. Beside a running server or without "
                "one; changes nothing. Answers 0 when all is well, 6 when there are warnings only, "
                "and 1 when there is a fault.\n\n"
                "No look takes longer than 30 seconds; --full compares every page, index and "
                "reference of an SQLite file, however long that takes.",
            .options = {{.name = "--full", .help = "every page of the database, without a bound"},
                        {.name = "--format",
                         .value = "FORMAT",
                         .help = "json: one object {faults, warnings, findings}",
                         .choices = {"text", "json"}},
                        repository_option(),
                        database_option()},
            .examples = {{"segurifai doctor", "how it stands"},
                         {"segurifai doctor --format json", "for whoever watches"}},
            .run = run_doctor};
}

}  // namespace segurifai::cli
