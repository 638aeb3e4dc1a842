#include "ops/backup/status.hpp"

#include <fmt/format.h>

#include "ops/backup/log_files.hpp"
#include "ops/backup/log_reader.hpp"

namespace segurifai::backup {
namespace {

constexpr std::int64_t kMicrosPerMinute = 60'000'000;
constexpr std::int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
// One interval and some time to do the work in.
constexpr std::int64_t kFullLateMicros = 26 * kMicrosPerHour;
constexpr std::int64_t kIncrementLateMicros = 2 * kMicrosPerHour;
constexpr std::int64_t kDrillLateMicros = 26 * kMicrosPerHour;
constexpr std::int64_t kLogLateMicros = 2 * kMicrosPerMinute;
constexpr std::uint32_t kFramesLookedAt = 1'000'000;

std::string age(Instant then, Instant now) {
    const std::int64_t minutes =
        std::max<std::int64_t>(0, now.micros - then.micros) / kMicrosPerMinute;
    if (minutes < 120) return fmt::format("{} minutes", minutes);
    return fmt::format("{} hours", minutes / 60);
}

/// The oldest full from which the log reaches without a gap to its end.
void find_window(const Generation& generation, Status& status) {
    for (const StoredFile& full : generation.fulls) {
        const bool is_reached = generation.logs.empty()
                                    ? full.to_txid == status.log_end->txid
                                    : generation.logs.front().after_txid <= full.to_txid;
        if (!is_reached) continue;
        status.window_from = full.at;
        status.window_to = status.log_end->at;
        return;
    }
}

/// Commits of the database's log that are not in the repository.
Result<std::int64_t> count_waiting(const Repository& repository, const sql::DatabaseUrl& database,
                                   const LogEnd& end) {
    LogReader log(repository.files(), database.location + "-wal");
    SEGURIFAI_TRY_AS(const auto header, log.header());
    if (!header) return fail(Code::kConflict, "Another process removed the database's log.");
    LogPosition from = end.commit.log;
    if (header->salts != from.salts) {
        if (!end.may_restart || header->salts[0] != from.salts[0] + 1)
            return fail(Code::kConflict,
                        "Another process brought the log into the database and began a new one.");
        from = {.salts = header->salts, .checksum = header->checksum};
    }
    SEGURIFAI_TRY_AS(const bool holds, log.holds(from, header->page_size));
    if (!holds) return fail(Code::kConflict, "The log holds something else than what was shipped.");
    SEGURIFAI_TRY_AS(const auto commits, log.commits(*header, from, kFramesLookedAt));
    return static_cast<std::int64_t>(commits.size());
}

void complain_of_log(const Repository& repository, const sql::DatabaseUrl& database,
                     const LogEnd& end, Instant now, Status& status) {
    const auto waiting = count_waiting(repository, database, end);
    if (!waiting) {
        status.complaints.push_back(
            fmt::format("{} The server's next start begins a new generation with a full backup; "
                        "nothing since {} can be restored until then.",
                        waiting.error().message, end.commit.at.to_string()));
        return;
    }
    status.commits_not_shipped = *waiting;
    if (*waiting > 0 && now.micros - end.commit.at.micros > kLogLateMicros)
        status.complaints.push_back(fmt::format(
            "{} commits are not in the backups; the last one that is was {} ago. Is the server "
            "running?",
            *waiting, age(end.commit.at, now)));
}

void complain_of_age(const Generation& generation, Instant now, Status& status) {
    if (now.micros - status.last_full->micros > kFullLateMicros)
        status.complaints.push_back(fmt::format(
            "The last full backup is {} old; one is due every day.", age(*status.last_full, now)));
    const Instant increment = status.last_increment.value_or(generation.fulls.front().at);
    if (status.log_end->at.micros - increment.micros > kIncrementLateMicros)
        status.complaints.push_back(
            fmt::format("The last incremental backup is {} behind the log; one is due every hour.",
                        age(increment, status.log_end->at)));
    if (status.drill && !status.drill->is_ok) {
        status.complaints.push_back(
            fmt::format("The last restore drill failed: {}", status.drill->fault));
        return;
    }
    const Instant drilled = status.drill ? status.drill->at : generation.fulls.front().at;
    if (now.micros - drilled.micros > kDrillLateMicros)
        status.complaints.push_back(
            fmt::format("No restore was drilled for {}; one is due every day.", age(drilled, now)));
}

}  // namespace

Result<Status> status_of(const Repository& repository, const sql::DatabaseUrl& database,
                         Instant now) {
    Status status;
    SEGURIFAI_TRY_AS(const auto newest, repository.newest());
    auto drilled = last_drill(repository);
    if (drilled) {
        status.drill = std::move(*drilled);
    } else {
        status.complaints.push_back(drilled.error().message);
    }
    if (!newest || newest->fulls.empty()) {
        status.generation = newest ? newest->number : 0;
        status.complaints.push_back("There is no full backup yet: run 'segurifai backup full'.");
        return status;
    }
    status.generation = newest->number;
    status.last_full = newest->fulls.back().at;
    if (!newest->increments.empty()) status.last_increment = newest->increments.back().at;
    const auto end = end_of(repository, *newest);
    if (!end || !*end) {
        status.complaints.push_back(end ? "The log has no end." : end.error().message);
        return status;
    }
    status.log_end = (*end)->commit;
    find_window(*newest, status);
    complain_of_log(repository, database, **end, now, status);
    complain_of_age(*newest, now, status);
    return status;
}

}  // namespace segurifai::backup
