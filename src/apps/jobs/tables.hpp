#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/jobs/choices.hpp"
#include "apps/keys.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::jobs {

/// Work that is nobody's request: what is to be done, who does it, and what came of it.
struct Job {
    SEGURIFAI_TABLE(Job, {.number = 40,
                          .app = "jobs",
                          .name = "platform_job",
                          .retention = Retention::kOperational,
                          .help = "Work that is nobody's request: what is to be done, who does it, "
                                  "and what came of it."})

    SEGURIFAI_COLUMN(1, kNone, JobId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, std::string, kind, .length = 80,
                     .help = "What is done: platform.partitions")
    SEGURIFAI_COLUMN(3, kNone, JobState, state, .length = 20, .preset = "QUEUED",
                     .help = "Where it stands")
    SEGURIFAI_COLUMN(4, kNone, double, progress, .min = "0", .max = "1",
                     .help = "The part of it that is done")
    SEGURIFAI_COLUMN(5, kContent, Json, args, .preset = "{}", .json = JsonKind::kObject,
                     .help = "What it was told")
    SEGURIFAI_COLUMN(6, kContent, Json, result, .preset = "{}", .json = JsonKind::kObject,
                     .help = "What came of it")
    SEGURIFAI_COLUMN(7, kContent, std::optional<std::string>, error, .length = 2000,
                     .help = "Why the last attempt failed")
    SEGURIFAI_COLUMN(8, kReference, std::optional<users::UserId>, starter_id,
                     .help = "The account that started it; NULL = the schedule or a command")
    SEGURIFAI_COLUMN(9, kNone, std::string, unique_key, .length = 160,
                     .help = "Of those with this key one is queued or running")
    SEGURIFAI_COLUMN(10, kNone, Instant, run_after, .help = "When it is due")
    SEGURIFAI_COLUMN(11, kNone, std::int32_t, attempt, .preset = 0, .min = "0",
                     .help = "Attempts begun; the number of the one that holds the lease")
    SEGURIFAI_COLUMN(12, kNone, std::int32_t, attempts_max, .min = "1",
                     .help = "Attempts before it is a dead letter")
    SEGURIFAI_COLUMN(13, kNone, std::optional<std::string>, runner, .length = 120,
                     .help = "Host and process of the last attempt")
    SEGURIFAI_COLUMN(14, kNone, std::optional<Instant>, lease_until,
                     .help = "While RUNNING: from here another runner takes it")
    SEGURIFAI_COLUMN(15, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(16, kNone, std::optional<Instant>, started_at,
                     .help = "When the last attempt began")
    SEGURIFAI_COLUMN(17, kNone, std::optional<Instant>, finished_at,
                     .help = "When it was DONE or FAILED; kept 30 days from here")
    SEGURIFAI_COLUMN(18, kNone, std::optional<std::string>, file_name, .length = 120,
                     .help = "What the file it made is called; kept 24 hours from finished_at")

    static constexpr std::array kIndexes{
        model::Index{.name = "due_idx", .columns = {"run_after"}, .where = "state = 'QUEUED'"},
        model::Index{.name = "lease_idx", .columns = {"lease_until"}, .where = "state = 'RUNNING'"},
        model::Index{.name = "under_way_uniq",
                     .columns = {"unique_key"},
                     .unique = true,
                     .where = "state IN ('QUEUED', 'RUNNING')"},
        model::Index{.name = "finished_idx", .columns = {"finished_at"}},
        model::Index{.name = "kind_idx", .columns = {"kind", "id"}},
        model::Index{.name = "state_idx", .columns = {"state", "id"}},
        model::Index{.name = "not_done_idx", .columns = {"state"}, .where = "state <> 'DONE'"},
    };
};

/// When a kind of job runs by itself the next time.
struct ScheduledKind {
    SEGURIFAI_TABLE(ScheduledKind, {.number = 41,
                                    .app = "jobs",
                                    .name = "platform_schedule",
                                    .retention = Retention::kOperational,
                                    .help = "When a kind of job runs by itself the next time."})

    SEGURIFAI_COLUMN(1, kNone, ScheduledKindId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, std::string, kind, .unique = true, .length = 80,
                     .help = "What is done: platform.partitions")
    SEGURIFAI_COLUMN(3, kNone, Instant, next_at, .help = "When it is queued the next time")
    SEGURIFAI_COLUMN(4, kNone, std::optional<Instant>, last_at,
                     .help = "When it was queued the last time")

    static constexpr std::array kIndexes{
        model::Index{.name = "next_at_idx", .columns = {"next_at"}},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::jobs
