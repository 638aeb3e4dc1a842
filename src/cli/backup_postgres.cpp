#include "cli/backup_postgres.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "cli/backup_repository.hpp"
#include "cli/backup_words.hpp"
#include "cli/examination/storage.hpp"
#include "cli/finish_restore.hpp"
#include "cli/installation_secrets.hpp"
#include "ops/backup/drill_record.hpp"
#include "ops/pgbackrest/backups.hpp"
#include "ops/pgbackrest/reach.hpp"

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
    SEGURIFAI_TRY_AS(auto cluster, pgbackrest::cluster_of(*session));
    const auto folder = std::filesystem::absolute(repository_folder(given, context) / "postgres");
    SEGURIFAI_TRY_AS(auto backups,
                     pgbackrest::PgBackRest::make(std::move(cluster), folder.lexically_normal()));
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

/// What the last drill says against the backups; empty = nothing.
std::string complaint_of(const std::optional<backup::Drill>& drill, Instant now) {
    constexpr std::int64_t kLateMicros = 26LL * 3'600 * 1'000'000;
    if (!drill) return "No restore was ever drilled; run 'segurifai backup drill'.";
    if (!drill->is_ok) return fmt::format("The last restore drill failed: {}", drill->fault);
    if (now.micros - drill->at.micros > kLateMicros)
        return fmt::format("The last restore drill was at {}.", drill->at.to_string());
    return {};
}

std::string status_json(const pgbackrest::Status& status,
                        const std::optional<backup::Drill>& drill) {
    json::object object;
    object["ok"] = status.complaints.empty();
    object["last_full"] = json_of(status.last_full);
    object["last_incremental"] = json_of(status.last_increment);
    object["log_bytes_waiting"] = status.log_bytes_waiting;
    object["window"] = {{"from", json_of(status.window_from)}, {"to", json_of(status.window_to)}};
    object["drill"] = json_of(drill);
    json::array complaints;
    for (const std::string& complaint : status.complaints) complaints.emplace_back(complaint);
    object["complaints"] = std::move(complaints);
    return json::serialize(object);
}

/// How the backups stand, with what the last drill says against them.
struct Standing {
    pgbackrest::Status status;
    std::optional<backup::Drill> drill;
};

Result<Standing> standing_of(const Place& place, Instant now) {
    Standing standing;
    SEGURIFAI_TRY_AS(standing.status, pgbackrest::status_of(place.backups, *place.session, now));
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(standing.drill, backup::kept_drill(files, place.backups.folder()));
    if (std::string complaint = complaint_of(standing.drill, now); !complaint.empty())
        standing.status.complaints.push_back(std::move(complaint));
    return standing;
}

Outcome<Exit> run_status(Place& place, const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(Standing standing, standing_of(place, context.clock.now()));
    if (std::string full = complaint_of_room(place.backups.folder()); !full.empty())
        standing.status.complaints.push_back(std::move(full));
    const auto& [status, drill] = standing;
    if (given.has("--json")) {
        context.terminal.line(status_json(status, drill));
        return status.complaints.empty() ? Exit::kOk : Exit::kFaults;
    }
    context.terminal.print(
        Table{.heads = {"backups", ""},
              .rows = {{"last full", text_of(status.last_full)},
                       {"last incremental", text_of(status.last_increment)},
                       {"log not archived", fmt::format("{} bytes", status.log_bytes_waiting)},
                       {"restorable", status.window_from && status.window_to
                                          ? fmt::format("{} to {}", status.window_from->to_string(),
                                                        status.window_to->to_string())
                                          : "nothing"},
                       {"last restore drill", text_of(drill)}}});
    for (const std::string& complaint : status.complaints) context.terminal.warn(complaint);
    if (status.complaints.empty()) context.terminal.line("All is well.");
    return status.complaints.empty() ? Exit::kOk : Exit::kFaults;
}

std::filesystem::path side_folder(const Place& place) {
    return place.backups.folder() / "drill";
}

Outcome<Exit> run_verify(Place& place, const Given&, const Context& context) {
    SEGURIFAI_TRY_AS(std::vector<std::string> faults, place.backups.verify());
    const auto examined =
        pgbackrest::examine_newest(place.backups, side_folder(place), context.clock);
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
    SEGURIFAI_TRY_AS(const auto gone, place.backups.prune(context.clock.now()));
    for (const std::string& label : gone) context.terminal.line(label);
    context.terminal.line(fmt::format("{} backups removed.", gone.size()));
    return Exit::kOk;
}

Outcome<Exit> run_drill(Place& place, const Given&, const Context& context) {
    backup::Drill drill{.at = context.clock.now()};
    SEGURIFAI_TRY(pgbackrest::leave_canary(*place.session));
    SEGURIFAI_TRY(place.session->script("SELECT pg_switch_wal()"));
    const auto examined =
        pgbackrest::examine_newest(place.backups, side_folder(place), context.clock);
    if (examined) {
        drill.is_ok = true;
        drill.seconds = examined->seconds;
        drill.rows = examined->rows;
        if (examined->last_commit)
            drill.lost_seconds = std::max<std::int64_t>(
                0, (drill.at.micros - examined->last_commit->micros) / 1'000'000);
    } else {
        drill.fault = examined.error().message;
    }
    backup::SystemFiles files;
    SEGURIFAI_TRY(backup::keep_drill(files, place.backups.folder(), drill));
    return say_drill(drill, "commit", context.terminal);
}

struct Part {
    std::string_view name;
    Outcome<Exit> (*run)(Place&, const Given&, const Context&);
};
constexpr std::array kParts{
    Part{"setup", run_setup},   Part{"full", run_full},     Part{"incremental", run_incremental},
    Part{"status", run_status}, Part{"verify", run_verify}, Part{"prune", run_prune},
    Part{"drill", run_drill}};

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
    SEGURIFAI_TRY_AS(const Standing standing, standing_of(place, context.clock.now()));
    found.complaints = standing.status.complaints;
    found.last_full = standing.status.last_full;
    found.restorable_to = standing.status.window_to;
    return found;
}

Outcome<Exit> run_postgres_restore(const std::optional<Instant>& to, const std::string& into,
                                   const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const Place place, place_of(given, context));
    std::vector<backup::StepDone> steps;
    const auto finish = [&](sql::Session& session) -> Result<void> {
        SEGURIFAI_TRY_AS(steps, finish_restore(session, context));
        return {};
    };
    auto restored = pgbackrest::restore(place.backups, to, std::filesystem::absolute(into), finish);
    if (!restored) {
        Failure failure(std::move(restored).error());
        if (failure.error.code == Code::kNotFound) failure.exit = Exit::kFaults;
        return std::unexpected(std::move(failure));
    }
    context.terminal.line(
        fmt::format("Restored to {} into {}.", to ? to->to_string() : "the end", into));
    for (const backup::StepDone& step : steps)
        context.terminal.line(fmt::format("{}: {}", step.name, step.rows));
    return Exit::kOk;
}

}  // namespace segurifai::cli
