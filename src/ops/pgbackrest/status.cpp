#include "ops/pgbackrest/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ops/pgbackrest/dumps.hpp"

namespace segurifai::pgbackrest {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kMicrosPerHour = 3'600 * kMicros;
// One interval and some time to do the work in.
constexpr std::int64_t kFullLateMicros = 26 * kMicrosPerHour;
constexpr std::int64_t kIncrementLateMicros = 2 * kMicrosPerHour;
constexpr std::int64_t kDrillLateMicros = 26 * kMicrosPerHour;
constexpr std::int64_t kDumpLateMicros = 26 * kMicrosPerHour;
constexpr std::int64_t kLogLateSeconds = 180;  // archive_timeout and two more minutes

void complain_of_copies(Status& status, Instant now) {
    if (!status.last_full) {
        status.complaints.emplace_back("There is no full backup.");
        return;
    }
    const auto hours = [&](Instant at) { return (now.micros - at.micros) / kMicrosPerHour; };
    if (now.micros - status.last_full->micros > kFullLateMicros)
        status.complaints.push_back(
            fmt::format("The last full backup is {} hours old.", hours(*status.last_full)));
    const Instant newest = std::max(*status.last_full, status.last_increment.value_or(Instant{}));
    if (now.micros - newest.micros > kIncrementLateMicros)
        status.complaints.push_back(fmt::format("The last backup is {} hours old.", hours(newest)));
}

/// Some minutes after a full backup, or after the server started, log has been archived.
bool is_nothing_restorable(const Archiver& archiver, const Status& status, Instant now) {
    if (!status.last_full || status.window_to) return false;
    const Instant since = std::max(*status.last_full, archiver.started);
    return now.micros - since.micros > kLogLateSeconds * kMicros;
}

void complain_of_log(const Archiver& archiver, Status& status, Instant now) {
    if (!archiver.is_on)
        status.complaints.emplace_back(
            "The server does not archive its log; run 'segurifai backup setup'.");
    else if (archiver.fails_now)
        status.complaints.push_back(
            fmt::format("The last attempt to archive the log failed ({} did so "
                        "far); see the server's log.",
                        archiver.failed));
    else if (status.log_seconds_waiting > kLogLateSeconds)
        status.complaints.push_back(
            fmt::format("{} bytes of the log wait for being archived since {} "
                        "seconds.",
                        status.log_bytes_waiting, status.log_seconds_waiting));
    else if (archiver.timeout_seconds == 0 || archiver.timeout_seconds > kLogLateSeconds)
        status.complaints.emplace_back(
            "The server keeps its log to itself until a file of it is full (archive_timeout); run "
            "'segurifai backup setup'.");
    else if (is_nothing_restorable(archiver, status, now))
        status.complaints.emplace_back(
            "No moment can be restored: no log was archived since the last full backup; run "
            "'segurifai backup setup', then 'segurifai backup full'.");
}

/// The log of as many days is kept as there are full backups for.
void complain_of_window(const Contents& contents, const Keeping& keeping, Status& status,
                        Instant now) {
    const Instant wanted{now.micros - keeping.log_days * kMicrosPerDay};
    const bool is_older = std::ranges::any_of(
        contents.copies, [&](const Copy& copy) { return copy.is_full && copy.ended < wanted; });
    // pgBackRest tells whole seconds, and the end of a backup is counted to the next.
    if (is_older && status.window_from && status.window_from->micros > wanted.micros + kMicros)
        status.complaints.push_back(
            fmt::format("The log is whole from {} on only, and is to be for {} days; run "
                        "'segurifai backup verify'.",
                        status.window_from->to_string(), keeping.log_days));
}

/// Until a day after the first backup nobody expects a drill.
void complain_of_drill(Status& status, Instant first_copy, Instant now) {
    if (status.drill && !status.drill->is_ok) {
        status.complaints.push_back(
            fmt::format("The last restore drill failed: {}", status.drill->fault));
        return;
    }
    const Instant since = status.drill ? status.drill->at : first_copy;
    if (now.micros - since.micros <= kDrillLateMicros) return;
    status.complaints.push_back(
        status.drill ? fmt::format("The last restore drill was at {}.", since.to_string())
                     : "No restore was ever drilled; run 'segurifai backup drill'.");
}

Result<void> look_at_dumps(const PgBackRest& backups, Instant now, Status& status) {
    SEGURIFAI_TRY_AS(const auto dumps, dumps_of(backups));
    status.dumps = static_cast<std::int64_t>(dumps.size());
    if (!dumps.empty()) {
        status.last_dump = dumps.back().at;
        status.last_dump_bytes = dumps.back().bytes;
    }
    if (!status.window_from) return {};
    if (now.micros - status.last_dump.value_or(*status.window_from).micros > kDumpLateMicros)
        status.complaints.emplace_back(
            status.last_dump
                ? fmt::format("The last dump was at {}.", status.last_dump->to_string())
                : "There is no dump; run 'segurifai backup dump'.");
    return {};
}

}  // namespace

Result<Status> status_of(const PgBackRest& backups, sql::Session& session, Instant now) {
    SEGURIFAI_TRY_AS(Contents contents, backups.contents());
    SEGURIFAI_TRY_AS(const Archiver archiver, archiver_of(session));
    Status status;
    for (const Copy& copy : contents.copies) {
        (copy.is_full ? status.last_full : status.last_increment) = copy.ended;
        if (copy.is_faulty)
            status.complaints.push_back(
                fmt::format("Pages with wrong checksums are in backup {}.", copy.label));
    }
    SEGURIFAI_TRY_AS(const auto logs, backups.logs());
    status.window_from = whole_from(contents, backups.keeping(), logs, backups.cluster().log_parts);
    if (status.window_from && archiver.last >= status.window_from) status.window_to = archiver.last;
    status.log_at = archiver.last;
    status.log_bytes_waiting = archiver.bytes_waiting;
    status.log_failures = archiver.failed;
    if (archiver.bytes_waiting > 0 && archiver.last)
        status.log_seconds_waiting =
            std::max<std::int64_t>(0, (now.micros - archiver.last->micros) / kMicros);
    if (!contents.fault.empty()) status.complaints.push_back("pgBackRest: " + contents.fault);
    complain_of_copies(status, now);
    complain_of_log(archiver, status, now);
    complain_of_window(contents, backups.keeping(), status, now);
    SEGURIFAI_TRY(look_at_dumps(backups, now, status));
    backup::SystemFiles files;
    auto drilled = backup::kept_drill(files, backups.folder());
    if (drilled) {
        status.drill = std::move(*drilled);
        if (!contents.copies.empty()) complain_of_drill(status, contents.copies.front().ended, now);
    } else {
        status.complaints.push_back(drilled.error().message);
    }
    status.copies = std::move(contents.copies);
    return status;
}

}  // namespace segurifai::pgbackrest
