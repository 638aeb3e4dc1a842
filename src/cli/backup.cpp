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
#include "ops/backup/service.hpp"
#include "ops/backup/status.hpp"
#include "ops/backup/verify.hpp"

namespace segurifai::cli {

namespace {

namespace json = boost::json;

constexpr std::chrono::minutes kPatience{30};  ///< with a server that makes a full of gigabytes

/// Makes a backup here, where no server holds the repository.
Outcome<std::optional<backup::StoredFile>> make_here(backup::Shipper& shipper, backup::Wish wish) {
    using Made = std::optional<backup::StoredFile>;
    Made made;
    if (wish == backup::Wish::kFull || shipper.needs_full()) {
        SEGURIFAI_TRY_AS(backup::Snapshot snapshot, shipper.snapshot());
        SEGURIFAI_TRY_AS(made, backup::make_full(shipper.repository(), snapshot));
        shipper.full_is_made(snapshot.generation);
    } else {
        SEGURIFAI_TRY(shipper.cut());
        SEGURIFAI_TRY_AS(made, backup::make_increment(shipper.repository()));
    }
    return made;
}

/// The newest file of the kind.
Outcome<std::optional<backup::StoredFile>> newest_of(const backup::Repository& repository,
                                                     backup::Wish wish) {
    using Found = std::optional<backup::StoredFile>;
    SEGURIFAI_TRY_AS(const auto newest, repository.newest());
    if (!newest) return Found();
    const auto& files = wish == backup::Wish::kFull ? newest->fulls : newest->increments;
    return files.empty() ? Found() : Found(files.back());
}

/// Asks the server for it.
Outcome<std::optional<backup::StoredFile>> ask_server(const backup::Repository& repository,
                                                      backup::Wish wish) {
    SEGURIFAI_TRY_AS(const auto before, newest_of(repository, wish));
    SEGURIFAI_TRY(backup::wish_for(repository, wish, kPatience));
    SEGURIFAI_TRY_AS(auto after, newest_of(repository, wish));
    if (before && after && before->name == after->name) after.reset();
    return after;
}

Outcome<Exit> run_make(const Given& given, const Context& context, backup::Wish wish) {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    SEGURIFAI_TRY(context.open(given, {.read_only = true}));
    SEGURIFAI_TRY_AS(auto keys, backup_keys(context));
    backup::SystemFiles files;
    SystemRandom random;
    SEGURIFAI_TRY_AS(auto repository,
                     backup::Repository::open_or_make(files, repository_folder(given, context),
                                                      std::move(keys), context.clock, random));
    backup::ShipperOptions options{.database = url};
    options.report = [&](backup::Loudness, std::string_view sentence) {
        context.terminal.warn(sentence);
    };
    auto shipper = backup::Shipper::start(repository, std::move(options), context.clock);
    std::optional<backup::StoredFile> made;
    if (shipper) {
        SEGURIFAI_TRY_AS(made, make_here(**shipper, wish));
    } else if (shipper.error().code == Code::kBusy) {
        context.terminal.note("The server is asked for it.");
        SEGURIFAI_TRY_AS(made, ask_server(repository, wish));
    } else {
        return std::unexpected(std::move(shipper).error());
    }
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

Outcome<Exit> run_backup(const Given& given, const Context& context) {
    const std::string what = given.argument("WHAT").value_or("");
    const auto part = std::ranges::find(kParts, what, &Part::name);
    if (part == kParts.end() && what != "setup")
        return wrong_use(
            fmt::format("'backup {}' is nothing; it is setup, full, incremental, status, "
                        "verify, prune or drill.",
                        what));
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    if (given.has("--json") && what != "status") return wrong_use("--json is for 'backup status'.");
    if (url.engine == sql::Engine::kPostgres) return run_postgres_backup(what, given, context);
    if (what == "setup")
        return wrong_use("SQLite needs no setup: a running server backs itself up.");
    return part->run(given, context);
}

}  // namespace

Command backup_command() {
    return {
        .name = "backup",
        .summary = "Make, look after and check the backups of the database",
        .description =
            "A running server ships every commit into the backups within milliseconds, makes a "
            "full one every day (kept 30 days) and an incremental one every hour (kept 7 days), "
            "keeps the log 14 days, and drills a restore every day; these commands do the same by "
            "hand, or ask the server for it.\n\n"
            "setup               PostgreSQL: archive its log here, with pgBackRest; once\n"
            "full, incremental   make one now\n"
            "status              how they stand; answers 1 when anything is late or broken\n"
            "verify              read every file, restore the newest state aside, have it checked\n"
            "prune               remove those whose time is over\n"
            "drill               restore the newest state aside, check it, time it, remove it\n\n"
            "They are encrypted with a key from secrets.toml: keep a copy of it elsewhere. "
            "Bringing a database back is 'segurifai restore'.",
        .arguments = {{.name = "WHAT",
                       .help = "setup, full, incremental, status, verify, prune or drill",
                       .offer = Offer::kWords,
                       .words = {"setup", "full", "incremental", "status", "verify", "prune",
                                 "drill"}}},
        .options = {repository_option(),
                    {.name = "--json", .help = "status as one JSON object"},
                    database_option()},
        .examples = {{"segurifai backup status", "how they stand"},
                     {"segurifai backup full --repository /mnt/backups", "a full one, there"}},
        .run = run_backup};
}

}  // namespace segurifai::cli
