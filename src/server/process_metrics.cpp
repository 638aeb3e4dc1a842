#include "server/process_metrics.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace segurifai::server {

void append_metric(std::string& out, std::string_view name, std::uint64_t value) {
    const std::string_view type = name.ends_with("_total") ? "counter" : "gauge";
    fmt::format_to(std::back_inserter(out), "# TYPE {0} {1}\n{0} {2}\n", name, type, value);
}

void append_metrics(std::string& out, const http::WireStats& stats) {
    append_metric(out, "segurifai_connections_accepted_total", stats.connections_accepted);
    append_metric(out, "segurifai_connections_open", stats.connections_open);
    append_metric(out, "segurifai_connections_refused_total", stats.connections_refused);
    append_metric(out, "segurifai_requests_read_total", stats.requests);
    append_metric(out, "segurifai_requests_refused_head_total", stats.refused_head);
    append_metric(out, "segurifai_requests_refused_size_total", stats.refused_size);
    append_metric(out, "segurifai_requests_refused_busy_total", stats.refused_busy);
    append_metric(out, "segurifai_connection_timeouts_total", stats.timeouts);
    append_metric(out, "segurifai_bytes_in_total", stats.bytes_in);
    append_metric(out, "segurifai_bytes_out_total", stats.bytes_out);
}

void append_metrics(std::string& out, const sql::DatabaseStats& stats) {
    append_metric(out, "segurifai_database_statements_total", stats.statements);
    append_metric(out, "segurifai_database_transactions_total", stats.transactions);
    append_metric(out, "segurifai_database_commits_total", stats.commits);
    append_metric(out, "segurifai_database_retries_total", stats.retries);
    append_metric(out, "segurifai_database_reconnects_total", stats.reconnects);
    append_metric(out, "segurifai_database_refused_busy_total", stats.refused_busy);
}

void append_metrics(std::string& out, const security::WorkerPoolStats& stats) {
    append_metric(out, "segurifai_workers_run_total", stats.run);
    append_metric(out, "segurifai_workers_refused_total", stats.refused);
    append_metric(out, "segurifai_workers_waiting", stats.waiting);
    append_metric(out, "segurifai_workers_working", stats.working);
}

void append_metrics(std::string& out, const dispatch::EngineStats& stats) {
    append_metric(out, "segurifai_dispatch_passes_total", stats.passes);
    append_metric(out, "segurifai_dispatch_searches_total", stats.looked);
    append_metric(out, "segurifai_dispatch_offers_total", stats.offered);
    append_metric(out, "segurifai_dispatch_queued_total", stats.queued);
    append_metric(out, "segurifai_dispatch_failures_total", stats.failures);
}

void append_metrics(std::string& out, const providers::PositionBufferStats& stats) {
    append_metric(out, "segurifai_positions_taken_total", stats.taken);
    append_metric(out, "segurifai_positions_rejected_total", stats.rejected);
    append_metric(out, "segurifai_positions_throttled_total", stats.throttled);
    append_metric(out, "segurifai_positions_dropped_total", stats.dropped);
    append_metric(out, "segurifai_positions_flushes_total", stats.flushes);
    append_metric(out, "segurifai_positions_failures_total", stats.failures);
}

void append_metrics(std::string& out, const jobs::RunnerStats& stats) {
    append_metric(out, "segurifai_jobs_queued", static_cast<std::uint64_t>(stats.queue.queued));
    append_metric(out, "segurifai_jobs_running", static_cast<std::uint64_t>(stats.queue.running));
    append_metric(out, "segurifai_jobs_failed", static_cast<std::uint64_t>(stats.queue.failed));
    append_metric(out, "segurifai_jobs_look_failures_total", stats.look_failures);
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "# TYPE {0} gauge\n{0} {1:.0f}\n", "segurifai_jobs_oldest_due_seconds",
                   stats.oldest_due_seconds);
    const auto by_kind = [&](std::string_view name, auto value_of) {
        fmt::format_to(to, "# TYPE {} counter\n", name);
        for (const jobs::KindStats& kind : stats.kinds)
            fmt::format_to(to, "{}{{kind=\"{}\"}} {}\n", name, kind.kind, value_of(kind));
    };
    by_kind("segurifai_job_runs_total", [](const auto& kind) { return kind.runs; });
    by_kind("segurifai_job_failures_total", [](const auto& kind) { return kind.failures; });
    by_kind("segurifai_job_seconds_total", [](const auto& kind) { return kind.seconds; });
}

namespace {

/// Seconds since 1970; 0 = never.
std::uint64_t seconds_of(const std::optional<Instant>& at) {
    constexpr std::int64_t kMicrosPerSecond = 1'000'000;
    const std::int64_t micros = at ? at->micros : 0;
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, micros) / kMicrosPerSecond);
}

/// What both engines' backups have.
struct BackupTimes {
    std::optional<Instant> last_full;
    std::optional<Instant> last_increment;
    std::optional<Instant> drilled_at;
    bool is_drill_ok = false;
};
void append_backups(std::string& out, const BackupTimes& times) {
    append_metric(out, "segurifai_backup_last_full_timestamp_seconds", seconds_of(times.last_full));
    append_metric(out, "segurifai_backup_last_increment_timestamp_seconds",
                  seconds_of(times.last_increment));
    append_metric(out, "segurifai_backup_drill_ok", times.is_drill_ok ? 1 : 0);
    append_metric(out, "segurifai_backup_last_drill_timestamp_seconds",
                  seconds_of(times.drilled_at));
}

}  // namespace

void append_metrics(std::string& out, const backup::ServiceStats& stats) {
    const backup::ShipperStats& shipper = stats.shipper;
    const bool is_well = stats.is_shipping && !shipper.is_failing;
    append_metric(out, "segurifai_backup_shipping", is_well ? 1 : 0);
    append_metric(out, "segurifai_backup_commits_total", shipper.commits);
    append_metric(out, "segurifai_backup_bytes_total", shipper.bytes);
    append_metric(out, "segurifai_backup_checkpoints_total", shipper.checkpoints);
    append_metric(out, "segurifai_backup_writers_held_back_total", shipper.holds);
    append_metric(out, "segurifai_backup_losses_total", shipper.losses);
    append_metric(out, "segurifai_backup_failures_total", shipper.failures + stats.failures);
    append_metric(out, "segurifai_backup_lag_microseconds",
                  static_cast<std::uint64_t>(shipper.lag_micros));
    append_metric(out, "segurifai_backup_last_commit_timestamp_seconds",
                  seconds_of(shipper.position.at));
    const auto& drill = stats.last_drill;
    append_backups(out, {.last_full = stats.last_full,
                         .last_increment = stats.last_increment,
                         .drilled_at = drill ? std::optional(drill->at) : std::nullopt,
                         .is_drill_ok = drill && drill->is_ok});
}

void append_metrics(std::string& out, const BackupsSeen& seen) {
    const LogArchive& log = seen.log_archive;
    append_metric(out, "segurifai_backup_set_up", log.is_set_up ? 1 : 0);
    append_metric(out, "segurifai_backup_complaints", seen.check.complaints.size());
    append_metric(out, "segurifai_backup_log_waiting_bytes",
                  static_cast<std::uint64_t>(seen.check.log_waiting));
    append_metric(out, "segurifai_backup_log_waiting_seconds",
                  static_cast<std::uint64_t>(log.waiting_seconds));
    append_metric(out, "segurifai_backup_log_failures_total",
                  static_cast<std::uint64_t>(log.failures));
    append_metric(out, "segurifai_backup_failures_total", seen.failures);
    const auto& drill = seen.check.verified_restore;
    append_backups(out, {.last_full = seen.check.last_full,
                         .last_increment = seen.check.last_incremental,
                         .drilled_at = drill ? std::optional(drill->at) : std::nullopt,
                         .is_drill_ok = drill && drill->ok});
}

namespace {

/// 1 or 0 for each thing that was looked at; what was not is left out.
void append_judgements(std::string& out, const Observed& observed) {
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "# TYPE segurifai_health_ok gauge\n");
    const auto add = [&](std::string_view check, bool ok) {
        fmt::format_to(to, "segurifai_health_ok{{check=\"{}\"}} {:d}\n", check, ok);
    };
    if (observed.disk) add("disk", observed.disk->ok);
    if (observed.jobs) add("jobs", observed.jobs->ok);
    if (observed.backup) add("backup", is_ok(observed.backup->standing));
    if (observed.retention) add("retention", observed.retention->ok);
    if (observed.clock) add("clock", observed.clock->ok);
    if (observed.archive) add("archive", observed.archive->ok);
}

}  // namespace

void append_metrics(std::string& out, const Observed& observed) {
    const auto to = std::back_inserter(out);
    append_judgements(out, observed);
    append_metric(out, "segurifai_health_looked_at_timestamp_seconds",
                  seconds_of(observed.looked_at));
    if (observed.disk) {
        fmt::format_to(to, "# TYPE segurifai_disk_free_bytes gauge\n");
        for (const Volume& volume : observed.disk->volumes)
            fmt::format_to(to, "segurifai_disk_free_bytes{{volume=\"{}\"}} {}\n", volume.name,
                           volume.free_bytes);
    }
    if (observed.outbox)
        append_metric(out, "segurifai_outbox_oldest_seconds",
                      static_cast<std::uint64_t>(observed.outbox->oldest_seconds));
    if (observed.archive)
        append_metric(out, "segurifai_archive_damages_total",
                      static_cast<std::uint64_t>(observed.archive->damages));
    if (observed.retention) {
        fmt::format_to(to, "# TYPE segurifai_retention_last_run_timestamp_seconds gauge\n");
        for (const PolicyCheck& one : observed.retention->policies)
            fmt::format_to(to,
                           "segurifai_retention_last_run_timestamp_seconds{{policy=\"{}\"}} {}\n",
                           one.policy, seconds_of(one.last_run));
    }
    if (observed.clock) {
        fmt::format_to(to, "# TYPE {0} gauge\n{0} {1:.3f}\n", "segurifai_clock_behind_seconds",
                       observed.clock->behind_seconds);
        if (observed.clock->skew_seconds)
            fmt::format_to(to, "# TYPE {0} gauge\n{0} {1:.3f}\n", "segurifai_clock_skew_seconds",
                           *observed.clock->skew_seconds);
    }
}

void append_process_metrics(std::string& out) {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0;
    std::uint64_t resident = 0;
    if (statm >> pages >> resident)
        append_metric(out, "process_resident_memory_bytes",
                      resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
    std::error_code unreadable;
    std::uint64_t files = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", unreadable), end;
         !unreadable && at != end; at.increment(unreadable))
        ++files;
    if (!unreadable) append_metric(out, "process_open_fds", files);
}

}  // namespace segurifai::server
