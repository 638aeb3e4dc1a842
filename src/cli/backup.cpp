#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/random.hpp"
#include "cli/backup_postgres.hpp"
#include "cli/backup_repository.hpp"
#include "cli/backup_words.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/examination/storage.hpp"
#include "ops/backup/backups.hpp"
#include "ops/backup/making.hpp"
#include "ops/backup/status.hpp"
#include "ops/backup/verify.hpp"

namespace segurifai::cli {

namespace {

namespace json = boost::json;

Outcome<Exit> run_make(const Given& given, const Context& context, backup::Wish wish) {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    SEGURIFAI_TRY(context.open(given, {.read_only = true}));
    SEGURIFAI_TRY_AS(auto keys, backup_keys(context));
    backup::SystemFiles files;
    SystemRandom random;
    SEGURIFAI_TRY_AS(const auto repository,
                     backup::Repository::open_or_make(files, repository_folder(given, context),
                                                      std::move(keys), context.clock, random));
    backup::MakingOptions options{.database = url};
    options.report = [&](backup::Loudness loudness, std::string_view sentence) {
        if (loudness == backup::Loudness::kNote)
            context.terminal.note(sentence);
        else
            context.terminal.warn(sentence);
    };
    SEGURIFAI_TRY_AS(const auto made,
                     backup::make_backup(repository, wish, options, context.clock));
    context.terminal.line(made ? fmt::format("Made {}.", made->name)
                               : std::string("Nothing was committed since the last one."));
    return Exit::kOk;
}

Outcome<Exit> run_full(const Given& given, const Context& context) {
    return run_make(given, context, backup::Wish::kFull);
}
Outcome<Exit> run_incremental(const Given& given, const Context& context) {
    return run_make(given, context, backup::Wish::kIncrement);
}

std::string status_json(const backup::Status& status) {
    json::object object;
    object["ok"] = status.complaints.empty();
    object["generation"] = status.generation;
    object["last_full"] = json_of(status.last_full);
    object["last_incremental"] = json_of(status.last_increment);
    object["log_end"] =
        status.log_end ? json::value(status.log_end->at.to_string()) : json::value();
    object["commits_not_shipped"] = status.commits_not_shipped;
    object["window"] = {{"from", json_of(status.window_from)}, {"to", json_of(status.window_to)}};
    object["drill"] = json_of(status.drill);
    json::array complaints;
    for (const std::string& complaint : status.complaints) complaints.emplace_back(complaint);
    object["complaints"] = std::move(complaints);
    return json::serialize(object);
}

void print_status(const backup::Status& status, Terminal& terminal) {
    terminal.print(Table{
        .heads = {"backups", ""},
        .rows = {{"generation", std::to_string(status.generation)},
                 {"last full", text_of(status.last_full)},
                 {"last incremental", text_of(status.last_increment)},
                 {"log shipped to", status.log_end ? status.log_end->at.to_string() : "nowhere"},
                 {"commits not shipped", std::to_string(status.commits_not_shipped)},
                 {"restorable", status.window_from
                                    ? fmt::format("{} to {}", status.window_from->to_string(),
                                                  status.window_to->to_string())
                                    : "nothing"},
                 {"last restore drill", text_of(status.drill)}}});
    for (const std::string& complaint : status.complaints) terminal.warn(complaint);
    if (status.complaints.empty()) terminal.line("All is well.");
}

Outcome<Exit> run_status(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto repository, open_repository(given, context, files));
    SEGURIFAI_TRY_AS(backup::Status status,
                     backup::status_of(repository, url, context.clock.now()));
    if (std::string full = complaint_of_room(repository.folder()); !full.empty())
        status.complaints.push_back(std::move(full));
    if (given.has("--json")) {
        context.terminal.line(status_json(status));
    } else {
        print_status(status, context.terminal);
    }
    return status.complaints.empty() ? Exit::kOk : Exit::kFaults;
}

Outcome<Exit> run_verify(const Given& given, const Context& context) {
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto repository, open_repository(given, context, files));
    SEGURIFAI_TRY_AS(const backup::Verified verified,
                     backup::verify(repository, context.settings.data_dir));
    for (const std::string& fault : verified.faults) context.terminal.line(fault);
    context.terminal.line(
        fmt::format("{} files with {} commits read: {}.", verified.files, verified.commits,
                    verified.faults.empty() ? std::string("no fault")
                                            : fmt::format("{} faults", verified.faults.size())));
    if (const auto& examined = verified.examined)
        context.terminal.line(fmt::format(
            "The state of {} was restored and examined in {:.1f} s: {} rows in {} tables.",
            examined->commit.at.to_string(), examined->seconds, examined->rows, examined->tables));
    return verified.faults.empty() ? Exit::kOk : Exit::kFaults;
}

Outcome<Exit> run_prune(const Given& given, const Context& context) {
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto repository, open_repository(given, context, files));
    SEGURIFAI_TRY_AS(const auto removed, backup::prune(repository, context.clock.now()));
    for (const backup::StoredFile& file : removed) context.terminal.line(file.name);
    context.terminal.line(fmt::format("{} files removed.", removed.size()));
    return Exit::kOk;
}

Outcome<Exit> run_drill(const Given& given, const Context& context) {
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto repository, open_repository(given, context, files));
    SEGURIFAI_TRY_AS(const backup::Drill drill,
                     backup::drill(repository, context.settings.data_dir, context.clock));
    return say_drill(drill, "canary", context.terminal);
}

struct Part {
    std::string_view name;
    Outcome<Exit> (*run)(const Given&, const Context&);
};
constexpr std::array kParts{Part{"full", run_full},     Part{"incremental", run_incremental},
                            Part{"status", run_status}, Part{"verify", run_verify},
                            Part{"prune", run_prune},   Part{"drill", run_drill}};

/// What SQLite has no use for.
constexpr std::array<std::string_view, 3> kPostgresParts{"setup", "dump", "point"};

Outcome<Exit> run_backup(const Given& given, const Context& context) {
    const std::string what = given.argument("WHAT").value_or("");
    const auto part = std::ranges::find(kParts, what, &Part::name);
    const bool is_of_postgres = std::ranges::find(kPostgresParts, what) != kPostgresParts.end();
    if (part == kParts.end() && !is_of_postgres)
        return wrong_use(
            fmt::format("'backup {}' is nothing; it is setup, full, incremental, status, "
                        "verify, prune, drill, dump or point.",
                        what));
    if (given.argument("NAME") && what != "point")
        return wrong_use(fmt::format("'backup {}' takes no argument.", what));
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    if (given.has("--json") && what != "status") return wrong_use("--json is for 'backup status'.");
    if (url.engine == sql::Engine::kPostgres) return run_postgres_backup(what, given, context);
    if (what == "setup")
        return wrong_use("SQLite needs no setup: a running server backs itself up.");
    if (is_of_postgres)
        return wrong_use(
            fmt::format("'backup {}' is for PostgreSQL; of SQLite any instant can be "
                        "restored, into a file that any machine reads.",
                        what));
    return part->run(given, context);
}

}  // namespace

Command backup_command() {
    return {
        .name = "backup",
        .summary = "Make, look after and check the backups of the database",
        .description =
            "A running server ships every commit into the backups within milliseconds (of "
            "PostgreSQL every minute, once it is set up), makes a full one every day (kept 30 "
            "days) and an incremental one every hour (kept 7 days), keeps the log 14 days, drills "
            "a restore and verifies every day; these commands do the same by hand, or ask the "
            "server for it.\n\n"
            "setup               PostgreSQL: archive its log here, with pgBackRest; once\n"
            "full, incremental   make one now\n"
            "status              how they stand; answers 1 when anything is late or broken\n"
            "verify              read every file, restore the newest state aside, have it checked\n"
            "prune               remove those whose time is over\n"
            "drill               restore the newest state aside, check it, time it, remove it\n"
            "dump                PostgreSQL: a logical copy beside them, as pg_dump -Fc makes it\n"
            "point NAME          PostgreSQL: a point to come back to, 'restore --to-point NAME'\n\n"
            "They are encrypted with a key from secrets.toml: keep a copy of it elsewhere. "
            "Bringing a database back is 'segurifai restore'.",
        .arguments = {{.name = "WHAT",
                       .help = "setup, full, incremental, status, verify, prune, drill, dump or "
                               "point",
                       .offer = Offer::kWords,
                       .words = {"setup", "full", "incremental", "status", "verify", "prune",
                                 "drill", "dump", "point"}},
                      {.name = "NAME", .help = "point: its name", .required = false}},
        .options = {repository_option(),
                    {.name = "--json", .help = "status as one JSON object"},
                    database_option()},
        .examples = {{"segurifai backup status", "how they stand"},
                     {"segurifai backup full --repository /mnt/backups", "a full one, there"}},
        .run = run_backup};
}

}  // namespace segurifai::cli
