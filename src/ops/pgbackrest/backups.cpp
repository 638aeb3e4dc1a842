#include "ops/pgbackrest/backups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ops/pgbackrest/restored_cluster.hpp"

namespace segurifai::pgbackrest {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kMicrosPerHour = 3'600 * kMicros;
// One interval and some time to do the work in.
constexpr std::int64_t kFullLateMicros = 26 * kMicrosPerHour;
constexpr std::int64_t kIncrementLateMicros = 2 * kMicrosPerHour;
constexpr std::int64_t kLogLateMicros = 180 * kMicros;  // archive_timeout and two more minutes

void complain_of_copies(const Status& status, Instant now, std::vector<std::string>& complaints) {
    if (!status.last_full) {
        complaints.emplace_back("There is no full backup.");
        return;
    }
    const auto hours = [&](Instant at) { return (now.micros - at.micros) / kMicrosPerHour; };
    if (now.micros - status.last_full->micros > kFullLateMicros)
        complaints.push_back(
            fmt::format("The last full backup is {} hours old.", hours(*status.last_full)));
    const Instant newest = std::max(*status.last_full, status.last_increment.value_or(Instant{}));
    if (now.micros - newest.micros > kIncrementLateMicros)
        complaints.push_back(fmt::format("The last backup is {} hours old.", hours(newest)));
}

void complain_of_log(const Archiver& archiver, Instant now, std::vector<std::string>& complaints) {
    const std::int64_t waits = archiver.last ? now.micros - archiver.last->micros : 0;
    if (!archiver.is_on)
        complaints.emplace_back(
            "The server does not archive its log; run 'segurifai backup setup'.");
    else if (archiver.fails_now)
        complaints.push_back(
            fmt::format("The last attempt to archive the log failed ({} did so "
                        "far); see the server's log.",
                        archiver.failed));
    else if (archiver.bytes_waiting > 0 && waits > kLogLateMicros)
        complaints.push_back(
            fmt::format("{} bytes of the log wait for being archived since {} "
                        "seconds.",
                        archiver.bytes_waiting, waits / kMicros));
}

Result<void> refuse_to_overwrite(const std::filesystem::path& folder) {
    if (!std::filesystem::exists(folder)) return {};
    return fail(Code::kConflict, fmt::format("{} is there already.", folder.string()));
}

/// Removes a restored cluster's files at the end, unless they are to stay.
class Files {
public:
    explicit Files(std::filesystem::path folder) : folder_(std::move(folder)) {}
    ~Files() {
        std::error_code ignored;  // the next restore into it is refused, and names it
        if (!kept_) std::filesystem::remove_all(folder_, ignored);
    }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    void keep() noexcept { kept_ = true; }

private:
    std::filesystem::path folder_;
    bool kept_ = false;
};

/// Reads every row: what a checksum or a broken page would stop. (The counts that the planner
/// takes from the indexes alone are not enough, so the rows themselves are asked for.)
Result<void> count_rows(sql::Session& session, Examined& examined) {
    std::vector<std::string> tables;
    auto sink = sql::each_row([&](const sql::Row& row) { tables.emplace_back(row.text(0)); });
    SEGURIFAI_TRY(
        session.run("SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) "
                    "FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', "
                    "'information_schema') ORDER BY 1",
                    {}, &sink));
    for (const std::string& name : tables) {
        SEGURIFAI_TRY_AS(const auto rows,
                         session.one_integer("SELECT COUNT(t.*) FROM ONLY " + name + " AS t"));
        examined.rows += rows.value_or(0);
        ++examined.tables;
    }
    return {};
}

Result<Examined> examine(sql::Session& session) {
    Examined examined;
    SEGURIFAI_TRY(count_rows(session, examined));
    SEGURIFAI_TRY_AS(const auto last,
                     session.one_integer("SELECT (EXTRACT(EPOCH FROM "
                                         "pg_last_xact_replay_timestamp()) * 1000000)::int8"));
    if (last) examined.last_commit = Instant{.micros = *last};
    return examined;
}

}  // namespace

Result<Status> status_of(const PgBackRest& backups, sql::Session& session, Instant now) {
    SEGURIFAI_TRY_AS(const Contents contents, backups.contents());
    SEGURIFAI_TRY_AS(const Archiver archiver, archiver_of(session));
    Status status;
    for (const Copy& copy : contents.copies) {
        (copy.is_full ? status.last_full : status.last_increment) = copy.ended;
        if (!status.window_from) status.window_from = Instant{copy.ended.micros + kMicros};
        if (copy.is_faulty)
            status.complaints.push_back(
                fmt::format("Pages with wrong checksums are in backup {}.", copy.label));
    }
    if (status.window_from && archiver.last >= status.window_from) status.window_to = archiver.last;
    status.log_bytes_waiting = archiver.bytes_waiting;
    if (!contents.fault.empty()) status.complaints.push_back("pgBackRest: " + contents.fault);
    complain_of_copies(status, now, status.complaints);
    complain_of_log(archiver, now, status.complaints);
    return status;
}

Result<Examined> examine_newest(const PgBackRest& backups, const std::filesystem::path& side_folder,
                                Clock& clock) {
    SEGURIFAI_TRY(refuse_to_overwrite(side_folder));
    const Instant begun = clock.now();
    const Files files(side_folder);
    SEGURIFAI_TRY(backups.restore_files({}, side_folder));
    SEGURIFAI_TRY_AS(const auto cluster, RestoredCluster::start(backups.cluster(), side_folder));
    SEGURIFAI_TRY_AS(const auto session, sql::open_session(cluster->url()));
    SEGURIFAI_TRY_AS(Examined examined, examine(*session));
    SEGURIFAI_TRY(cluster->stop());
    examined.seconds = static_cast<double>(clock.now().micros - begun.micros) / kMicros;
    return examined;
}

Result<void> restore(const PgBackRest& backups, const std::optional<Instant>& to,
                     const std::filesystem::path& into,
                     const std::function<Result<void>(sql::Session&)>& finish) {
    SEGURIFAI_TRY(refuse_to_overwrite(into));
    Files files(into);
    SEGURIFAI_TRY(backups.restore_files(to, into));
    SEGURIFAI_TRY_AS(const auto cluster, RestoredCluster::start(backups.cluster(), into));
    {
        SEGURIFAI_TRY_AS(const auto session, sql::open_session(cluster->url()));
        SEGURIFAI_TRY(finish(*session));
    }
    SEGURIFAI_TRY(cluster->stop());
    files.keep();
    return {};
}

Result<void> leave_canary(sql::Session& session) {
    return session.script("SELECT pg_logical_emit_message(true, 'segurifai', 'canary')");
}

}  // namespace segurifai::pgbackrest
