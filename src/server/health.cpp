#include "server/health.hpp"

#include <algorithm>
#include <cmath>

namespace segurifai::server {
namespace {

constexpr std::int64_t kMicros = 1'000'000;

bool is_past(Instant due, std::int64_t grace_seconds, Instant now) noexcept {
    return now.micros - due.micros > grace_seconds * kMicros;
}

template <class Check>
bool is_fine(const std::optional<Check>& check) noexcept {
    return !check || check->ok;
}

}  // namespace

bool is_ok(const std::vector<Volume>& volumes) noexcept {
    return std::ranges::all_of(
        volumes, [](const Volume& volume) { return volume.free_bytes >= kFreeBytesMin; });
}

bool is_ok(const JobsCheck& jobs, Instant now) noexcept {
    const bool is_news =
        jobs.last_dead_letter && !is_past(*jobs.last_dead_letter, kDeadLetterSeconds, now);
    return !is_news && jobs.oldest_overdue_seconds <= kOverdueSecondsMax;
}

bool is_ok(const RetentionCheck& retention) noexcept {
    return std::ranges::all_of(retention.policies,
                               [](const PolicyCheck& one) { return is_ok(one.standing); });
}

bool is_ok(const ClockCheck& clock) noexcept {
    return clock.behind_seconds <= kClockBehindSecondsMax &&
           std::abs(clock.skew_seconds.value_or(0)) <= kClockSkewSecondsMax;
}

bool is_ok(const ArchiveCheck& archive, Instant now) noexcept {
    return !archive.last_damage || is_past(*archive.last_damage, kDamageSeconds, now);
}

Standing judge(const PolicyTimes& times, std::int64_t every_seconds, Instant now) noexcept {
    if (times.has_failed) return Standing::kFailed;
    std::optional<Instant> due = times.last_queued ? times.last_queued : times.next;
    if (times.last_done) due = Instant{times.last_done->micros + every_seconds * kMicros};
    return due && is_past(*due, kRetentionGraceSeconds, now) ? Standing::kLate : Standing::kOk;
}

bool is_ok(const Observed& observed, Instant now) noexcept {
    if (!observed.looked_at) return true;
    return !is_past(*observed.looked_at, kLookedAtSecondsMax, now) && is_fine(observed.disk) &&
           is_fine(observed.jobs) && is_fine(observed.retention) && is_fine(observed.clock) &&
           is_fine(observed.archive) && (!observed.backup || is_ok(observed.backup->standing));
}

}  // namespace segurifai::server
