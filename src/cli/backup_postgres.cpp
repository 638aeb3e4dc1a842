#include "cli/backup_postgres.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "cli/backup_repository.hpp"
#include "cli/backup_words.hpp"
#include "cli/examination/storage.hpp"
#include "cli/finish_restore.hpp"
#include "cli/installation_secrets.hpp"
#include "ops/pgbackrest/drill.hpp"
#include "ops/pgbackrest/dumps.hpp"
#include "ops/pgbackrest/points.hpp"
#include "ops/pgbackrest/reach.hpp"
#include "ops/pgbackrest/restore.hpp"
#include "ops/pgbackrest/restored_cluster.hpp"
#include "ops/pgbackrest/status.hpp"
#include "security/secrets.hpp"

namespace segurifai::cli {
namespace {

namespace json = boost::json;

/// A session with the server, and its backups.
struct Place {
    std::unique_ptr<sql::Session> session;
    pgbackrest::PgBackRest backups;
};

Outcome<Place> place_of(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(auto session, context.open(given));
    SEGURIFAI_TRY_AS(auto backups,
                     pgbackrest::backups_of(*session, repository_folder(given, context)));
    return Place{std::move(session), std::move(backups)};
}

Outcome<security::Key> key_of(const Context& context) {
    SEGURIFAI_TRY_AS(const auto secrets, secrets_to_write(context.settings));
    return secrets.current().backups;
}

Outcome<Exit> run_setup(Place& place, const Given&, const Context& context) {
    // First, so that no folder of the way becomes the cluster's owner's that is to be ours.
    SEGURIFAI_TRY(context.settings.make_data_dir());
    SEGURIFAI_TRY(
        pgbackrest::make_reachable(place.backups.folder(), place.backups.cluster().owner));
    SEGURIFAI_TRY_AS(const security::Key key, key_of(context));
    SEGURIFAI_TRY_AS(const bool restart, place.backups.set_up(*place.session, key));
    if (restart) {
        context.terminal.line(
            "The server is told to archive its log. Restart it, and run this again.");
        return Exit::kFaults;
    }
    context.terminal.line(
        fmt::format("The log is archived into {}. Now make the first backup: "
                    "segurifai backup full",
                    place.backups.folder().string()));
    return Exit::kOk;
}

Outcome<Exit> make(Place& place, const Context& context, bool full) {
    SEGURIFAI_TRY(place.backups.back_up(full));
    SEGURIFAI_TRY_AS(const pgbackrest::Contents contents, place.backups.contents());
    if (contents.copies.empty())
        return std::unexpected(Failure(
            Error{.code = Code::kInternal, .message = "pgBackRest says it made no backup."}));
    const pgbackrest::Copy& made = contents.copies.back();
    context.terminal.line(fmt::format("Made {}: {} MB, {} MB of them new in the repository.",
                                      made.label, made.bytes / 1'000'000,
                                      made.stored_bytes / 1'000'000));
    return Exit::kOk;
}
Outcome<Exit> run_full(Place& place, const Given&, const Context& context) {
    return make(place, context, true);
}
Outcome<Exit> run_incremental(Place& place, const Given&, const Context& context) {
    return make(place, context, false);
}

double megabytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / 1'000'000;
}

std::string status_json(const pgbackrest::Status& status) {
    json::object object;
    object["ok"] = status.complaints.empty();
    object["last_full"] = json_of(status.last_full);
    object["last_incremental"] = json_of(status.last_increment);
    object["log_bytes_waiting"] = status.log_bytes_waiting;
    object["log_seconds_waiting"] = status.log_seconds_waiting;
    object["dumps"] = status.dumps;
    object["last_dump"] = json_of(status.last_dump);
    object["window"] = {{"from", json_of(status.window_from)}, {"to", json_of(status.window_to)}};
    object["drill"] = json_of(status.drill);
    json::array complaints;
    for (const std::string& complaint : status.complaints) complaints.emplace_back(complaint);
    object["complaints"] = std::move(complaints);
    return json::serialize(object);
}

Outcome<Exit> run_status(Place& place, const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(pgbackrest::Status status,
                     pgbackrest::status_of(place.backups, *place.session, context.clock.now()));
    if (std::string full = complaint_of_room(place.backups.folder()); !full.empty())
        status.complaints.push_back(std::move(full));
    const Exit exit = status.complaints.empty() ? Exit::kOk : Exit::kFaults;
    if (given.has("--json")) {
        context.terminal.line(status_json(status));
        return exit;
    }
    context.terminal.print(Table{
        .heads = {"backups", ""},
        .rows = {{"last full", text_of(status.last_full)},
                 {"last incremental", text_of(status.last_increment)},
                 {"log not archived", fmt::format("{} bytes, {} s", status.log_bytes_waiting,
                                                  status.log_seconds_waiting)},
                 {"restorable", status.window_from && status.window_to
                                    ? fmt::format("{} to {}", status.window_from->to_string(),
                                                  status.window_to->to_string())
                                    : "nothing"},
                 {"last dump",
                  status.last_dump
                      ? fmt::format("{}, {:.1f} MB; {} are kept", status.last_dump->to_string(),
                                    megabytes(status.last_dump_bytes), status.dumps)
                      : "never"},
                 {"last restore drill", text_of(status.drill)}}});
    for (const std::string& complaint : status.complaints) context.terminal.warn(complaint);
    if (exit == Exit::kOk) context.terminal.line("All is well.");
    return exit;
}

/// The dumps of a place; `files` outlives them.
Outcome<pgbackrest::Dumps> dumps_of(const Place& place, backup::Files& files,
                                    const Context& context) {
    SEGURIFAI_TRY_AS(auto keys, backup_keys(context));
    return pgbackrest::Dumps(files, place.backups, std::move(keys));
}

Outcome<Exit> run_dump(Place& place, const Given&, const Context& context) {
    SEGURIFAI_TRY_AS(const bool is_set_up, place.backups.is_set_up());
    if (!is_set_up) return refused(std::string(pgbackrest::kNotSetUp));
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto dumps, dumps_of(place, files, context));
    SEGURIFAI_TRY_AS(const pgbackrest::Dump made, dumps.make(context.clock));
    context.terminal.line(fmt::format("Made {}: {:.1f} MB.", made.name, megabytes(made.bytes)));
    return Exit::kOk;
}

Outcome<Exit> run_point(Place& place, const Given& given, const Context& context) {
    const auto name = given.argument("NAME");
    if (!name) return wrong_use("'backup point' needs the NAME of the point.");
    SEGURIFAI_TRY_AS(const bool is_set_up, place.backups.is_set_up());
    if (!is_set_up) return refused(std::string(pgbackrest::kNotSetUp));
    SEGURIFAI_TRY_AS(const Instant at,
                     pgbackrest::make_point(place.backups, *place.session, context.clock, *name));
    context.terminal.line(fmt::format("The point '{}' is at {}.", *name, at.to_string()));
    return Exit::kOk;
}

Outcome<Exit> run_verify(Place& place, const Given&, const Context& context) {
    SEGURIFAI_TRY_AS(std::vector<std::string> faults, place.backups.verify());
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto dumps, dumps_of(place, files, context));
    SEGURIFAI_TRY_AS(auto in_dumps, dumps.verify());
    std::ranges::move(in_dumps, std::back_inserter(faults));
    const auto examined = pgbackrest::examine_newest(place.backups, context.clock);
    if (!examined && examined.error().code == Code::kBusy) return std::unexpected(examined.error());
    if (!examined) faults.push_back(examined.error().message);
    for (const std::string& fault : faults) context.terminal.line(fault);
    if (examined)
        context.terminal.line(fmt::format(
            "The newest state was restored and examined in {:.1f} s: {} rows in {} tables.",
            examined->seconds, examined->rows, examined->tables));
    context.terminal.line(faults.empty() ? "No fault." : fmt::format("{} faults.", faults.size()));
    return faults.empty() ? Exit::kOk : Exit::kFaults;
}

Outcome<Exit> run_prune(Place& place, const Given&, const Context& context) {
    const Instant now = context.clock.now();
    SEGURIFAI_TRY_AS(auto gone, place.backups.prune(now));
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto dumps, dumps_of(place, files, context));
    SEGURIFAI_TRY_AS(auto old_dumps, dumps.prune(now));
    std::ranges::move(old_dumps, std::back_inserter(gone));
    SEGURIFAI_TRY_AS(const pgbackrest::Contents left, place.backups.contents());
    SEGURIFAI_TRY_AS(const auto points, pgbackrest::prune_points(place.backups, left));
    for (const std::string& point : points)
        context.terminal.line(fmt::format("The point '{}' cannot be reached any more.", point));
    for (const std::string& label : gone) context.terminal.line(label);
    context.terminal.line(fmt::format("{} backups removed.", gone.size()));
    return Exit::kOk;
}

Outcome<Exit> run_drill(Place& place, const Given&, const Context& context) {
    SEGURIFAI_TRY_AS(const backup::Drill drill,
                     pgbackrest::drill(place.backups, *place.session, context.clock));
    return say_drill(drill, "commit", context.terminal);
}

struct Part {
    std::string_view name;
    Outcome<Exit> (*run)(Place&, const Given&, const Context&);
};
constexpr std::array kParts{
    Part{"setup", run_setup},   Part{"full", run_full},     Part{"incremental", run_incremental},
    Part{"status", run_status}, Part{"verify", run_verify}, Part{"prune", run_prune},
    Part{"drill", run_drill},   Part{"dump", run_dump},     Part{"point", run_point}};

}  // namespace

Outcome<Exit> run_postgres_backup(std::string_view what, const Given& given,
                                  const Context& context) {
    SEGURIFAI_TRY_AS(Place place, place_of(given, context));
    const auto part = std::ranges::find(kParts, what, &Part::name);
    auto end = part->run(place, given, context);
    if (!end && end.error().error.code == Code::kNotFound) end.error().exit = Exit::kFaults;
    return end;
}

Outcome<PostgresBackups> postgres_backups(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const Place place, place_of(given, context));
    PostgresBackups found;
    found.folder = place.backups.folder();
    if (const auto barred = pgbackrest::barred_from(found.folder, place.backups.cluster().owner)) {
        found.barred = *barred;
        return found;
    }
    SEGURIFAI_TRY_AS(pgbackrest::Status status,
                     pgbackrest::status_of(place.backups, *place.session, context.clock.now()));
    found.complaints = std::move(status.complaints);
    found.last_full = status.last_full;
    found.restorable_to = status.window_to;
    return found;
}

namespace {

Outcome<Exit> open_dump(const Place& place, const std::string& name, const std::string& into,
                        const Context& context) {
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto dumps, dumps_of(place, files, context));
    SEGURIFAI_TRY_AS(const std::string opened, dumps.open_into(name, into));
    context.terminal.line(
        fmt::format("{} is {}, for pg_restore. Who was erased since is in it: run "
                    "'segurifai erasures apply' on what comes of it.",
                    into, opened));
    return Exit::kOk;
}

Outcome<Exit> restore_cluster(const Place& place, const RestoreWish& wish, const std::string& into,
                              const Context& context) {
    const auto folder = std::filesystem::absolute(into);
    if (const auto named = pgbackrest::RestoredCluster::check_name(folder); !named)
        return wrong_use(named.error().message);
    pgbackrest::Target target{.at = wish.at};
    if (!wish.point.empty()) {
        SEGURIFAI_TRY_AS(target, pgbackrest::point_named(place.backups, wish.point));
    }
    std::vector<backup::StepDone> steps;
    const auto finish = [&](sql::Session& session) -> Result<void> {
        SEGURIFAI_TRY_AS(steps, finish_restore(session, context));
        return {};
    };
    SEGURIFAI_TRY_AS(const pgbackrest::Restored restored,
                     pgbackrest::restore(place.backups, target, folder, finish));
    const std::string to = !wish.point.empty() ? fmt::format("the point '{}'", wish.point)
                           : wish.at           ? wish.at->to_string()
                                               : "the end";
    const std::string commit =
        restored.last_commit ? fmt::format(", commit of {}", restored.last_commit->to_string())
                             : std::string();
    context.terminal.line(fmt::format("Restored to {}{} on timeline {}, into {}.", to, commit,
                                      restored.timeline, into));
    for (const backup::StepDone& step : steps)
        context.terminal.line(fmt::format("{}: {}", step.name, step.rows));
    context.terminal.line(
        "A full backup is due: when the server runs on it, segurifai backup setup and then "
        "segurifai backup full");
    return Exit::kOk;
}

}  // namespace

Outcome<Exit> run_postgres_restore(const RestoreWish& wish, const std::string& into,
                                   const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const Place place, place_of(given, context));
    auto end = wish.dump ? open_dump(place, *wish.dump, into, context)
                         : restore_cluster(place, wish, into, context);
    if (!end && end.error().error.code == Code::kNotFound) end.error().exit = Exit::kFaults;
    return end;
}

}  // namespace segurifai::cli
