#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/examination/examination.hpp"
#include "cli/installation_secrets.hpp"
#include "ops/audit_segments/closing.hpp"
#include "ops/audit_segments/verification.hpp"

namespace segurifai::cli {
namespace {

constexpr std::string_view kJobs = "jobs";
constexpr std::string_view kRetention = "retention";
constexpr std::string_view kOutbox = "outbox";
constexpr std::string_view kAudit = "audit log";
constexpr std::string_view kClock = "clock";

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerHour = 3'600 * kMicrosPerSecond;
constexpr std::int64_t kScheduleLateMicros = kMicrosPerHour / 6;
constexpr std::int64_t kRetentionLateMicros = 50 * kMicrosPerHour;  // two nights missed
constexpr std::int64_t kOutboxLateMicros = 24 * kMicrosPerHour;
constexpr std::int64_t kClocksApartMicros = 5 * kMicrosPerSecond;

std::optional<Instant> instant_of(const sql::Row& row, int column) {
    sql::Value value;
    if (row.is_null(column) || !row.get(column, sql::ValueType::kInstant, 0, value))
        return std::nullopt;
    return value.as_instant();
}

/// The first column of the first row.
Result<std::optional<Instant>> one_instant(sql::Session& session, std::string_view sql) {
    std::optional<Instant> found;
    auto sink = sql::each_row([&](const sql::Row& row) { found = instant_of(row, 0); });
    SEGURIFAI_TRY(session.run(sql, {}, &sink));
    return found;
}

Result<void> examine_retention(const Examination& examination, sql::Session& session) {
    Findings& findings = examination.findings;
    const Instant now = examination.context.clock.now();
    auto sink = sql::each_row([&](const sql::Row& row) {
        const std::string kind(row.text(0));
        const auto done = instant_of(row, 1);
        if (!done || now.micros - done->micros <= kRetentionLateMicros) return;
        findings.fault(
            kRetention,
            fmt::format("{} ended well last at {}; it is due every day.", kind, done->to_string()),
            fmt::format("segurifai jobs run {}", kind));
    });
    SEGURIFAI_TRY(session.run(
        "SELECT kind, (SELECT MAX(finished_at) FROM platform_job WHERE platform_job.kind = "
        "platform_schedule.kind AND state = 'DONE' AND args = '{}') FROM platform_schedule WHERE "
        "kind LIKE "
        "'retention.%' OR kind = 'audit.close' ORDER BY kind",
        {}, &sink));
    if (findings.is_well(kRetention))
        findings.well(kRetention, "What is past its time goes as it should.");
    return {};
}

}  // namespace

Result<void> examine_jobs(const Examination& examination, sql::Session& session) {
    Findings& findings = examination.findings;
    const Instant now = examination.context.clock.now();
    SEGURIFAI_TRY_AS(const auto dead,
                     session.one_integer("SELECT COUNT(*) FROM platform_job WHERE state <> 'DONE' "
                                         "AND state = 'FAILED'"));
    if (dead.value_or(0) > 0)
        findings.fault(kJobs, fmt::format("{} jobs failed for good.", *dead),
                       "segurifai jobs list --state failed");
    SEGURIFAI_TRY_AS(const auto next,
                     one_instant(session, "SELECT MIN(next_at) FROM platform_schedule"));
    if (next && now.micros - next->micros > kScheduleLateMicros)
        findings.fault(kJobs,
                       fmt::format("What was due at {} is not done: no server keeps the schedule.",
                                   next->to_string()),
                       "segurifai serve");
    if (findings.is_well(kJobs))
        findings.well(kJobs, next ? fmt::format("None failed for good; the next is due at {}.",
                                                next->to_string())
                                  : std::string("Nothing is scheduled: no server has run yet."));
    return examine_retention(examination, session);
}

Result<void> examine_outbox(const Examination& examination, sql::Session& session) {
    SEGURIFAI_TRY_AS(const auto oldest,
                     one_instant(session,
                                 "SELECT created_at FROM events_outbox WHERE delivered_at IS NULL "
                                 "ORDER BY id LIMIT 1"));
    const Instant now = examination.context.clock.now();
    if (!oldest)
        examination.findings.well(kOutbox, "No event waits to be told.");
    else if (now.micros - oldest->micros > kOutboxLateMicros)
        examination.findings.warn(
            kOutbox, fmt::format("An event of {} still waits to be told.", oldest->to_string()),
            "segurifai dbshell -- 'SELECT name, COUNT(*) FROM events_outbox WHERE delivered_at IS "
            "NULL GROUP BY name'");
    else
        examination.findings.well(kOutbox, fmt::format("The oldest event that waits to be told is "
                                                       "of {}.",
                                                       oldest->to_string()));
    return {};
}

Result<void> examine_audit(const Examination& examination, sql::Session& session) {
    using audit_segments::Month;
    Findings& findings = examination.findings;
    const Settings& settings = examination.context.settings;
    const Instant now = examination.context.clock.now();
    SEGURIFAI_TRY_AS(const auto oldest,
                     one_instant(session, "SELECT at FROM audit_event ORDER BY id LIMIT 1"));
    if (oldest && audit_segments::may_close(Month::of(*oldest), {now.micros - 2 * kMicrosPerDay}))
        findings.fault(kAudit,
                       fmt::format("{} is over and not closed.", Month::of(*oldest).to_string()),
                       "segurifai audit close");
    SEGURIFAI_TRY_AS(const auto closed, session.one_text("SELECT MAX(month) FROM audit_segment"));
    const auto place = settings.data_dir / "archive" / "audit";
    if (!closed || closed->empty()) {
        if (findings.is_well(kAudit)) findings.well(kAudit, "No month had to be closed yet.");
        return {};
    }
    if (!std::filesystem::is_directory(place)) {
        findings.fault(kAudit,
                       fmt::format("{} is closed, and there is no {}: bring the folder back "
                                   "from a copy.",
                                   *closed, place.string()));
        return {};
    }
    SEGURIFAI_TRY_AS(const security::Secrets secrets, secrets_there_are(settings));
    const auto folder = audit_segments::disk_folder(place);
    const auto last = Month::parse(*closed);
    const auto verified =
        audit_segments::verify(session, *folder, secrets, {.as_of = now, .from = last, .to = last});
    if (!verified && verified.error().code == Code::kConflict)
        findings.warn(kAudit, verified.error().message, "segurifai audit verify");
    else if (!verified)
        return std::unexpected(verified.error());
    else if (!verified->findings.empty())
        findings.fault(kAudit,
                       fmt::format("{} things are not as they were written; the first: {}",
                                   verified->findings.size(),
                                   audit_segments::to_string(verified->findings.front())),
                       "segurifai audit verify");
    else if (findings.is_well(kAudit))
        findings.well(
            kAudit, fmt::format("{} is as it was closed, and the chain before it holds.", *closed));
    return {};
}

Result<void> examine_clock(const Examination& examination, sql::Session& session) {
    Findings& findings = examination.findings;
    const Instant now = examination.context.clock.now();
    SEGURIFAI_TRY_AS(const auto newest,
                     one_instant(session, "SELECT at FROM audit_event ORDER BY id DESC LIMIT 1"));
    if (newest && newest->micros - now.micros > kClocksApartMicros)
        findings.fault(kClock,
                       fmt::format("It is {} here, and something was written at {}: a clock is "
                                   "wrong.",
                                   now.to_string(), newest->to_string()),
                       "timedatectl status");
    if (session.engine() == sql::Engine::kPostgres) {
        SEGURIFAI_TRY_AS(const auto there, one_instant(session, "SELECT clock_timestamp()"));
        const Instant here = examination.context.clock.now();
        if (there && std::abs(there->micros - here.micros) > kClocksApartMicros)
            findings.fault(kClock,
                           fmt::format("It is {} here and {} at the database.", here.to_string(),
                                       there->to_string()),
                           "timedatectl status");
    }
    if (findings.is_well(kClock)) findings.well(kClock, now.to_string() + ", as the database's.");
    return {};
}

}  // namespace segurifai::cli
