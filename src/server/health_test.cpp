#include "server/health.hpp"

#include <gtest/gtest.h>

namespace segurifai::server {
namespace {

constexpr std::int64_t kHour = 3'600'000'000;
constexpr std::int64_t kHourSeconds = 3'600;
constexpr Instant kNow{1'770'141'600'000'000};

Instant ago(std::int64_t micros) {
    return {kNow.micros - micros};
}

TEST(Health, EveryVolumeHasRoom) {
    EXPECT_TRUE(is_ok(std::vector<Volume>{{"data", kFreeBytesMin, kFreeBytesMin}}));
    EXPECT_FALSE(is_ok(std::vector<Volume>{{"data", 2 * kFreeBytesMin, 2 * kFreeBytesMin},
                                           {"backups", kFreeBytesMin - 1, 2 * kFreeBytesMin}}));
}

TEST(Health, ADeadLetterIsNewsForADayAndAJobMayWaitFiveMinutes) {
    EXPECT_TRUE(is_ok(JobsCheck{}, kNow));
    EXPECT_FALSE(is_ok(JobsCheck{.dead_letters = 1, .last_dead_letter = ago(24 * kHour)}, kNow));
    EXPECT_TRUE(is_ok(JobsCheck{.dead_letters = 1, .last_dead_letter = ago(25 * kHour)}, kNow));
    EXPECT_TRUE(is_ok(JobsCheck{.oldest_overdue_seconds = 300}, kNow));
    EXPECT_FALSE(is_ok(JobsCheck{.oldest_overdue_seconds = 301}, kNow));
}

TEST(Health, APolicyIsLateTwoHoursAfterItWasDue) {
    struct Case {
        std::string_view what;
        PolicyTimes times;
        Standing standing;
    };
    const Case cases[] = {
        {"no server has run yet", {}, Standing::kOk},
        {"done 25 of 24 hours ago", {.last_done = ago(25 * kHour)}, Standing::kOk},
        {"done 27 of 24 hours ago", {.last_done = ago(27 * kHour)}, Standing::kLate},
        {"not done since it was queued", {.last_queued = ago(3 * kHour)}, Standing::kLate},
        {"queued just now for the first time", {.last_queued = ago(kHour)}, Standing::kOk},
        {"never queued, though due", {.next = ago(3 * kHour)}, Standing::kLate},
        {"never due", {.next = Instant{kNow.micros + kHour}}, Standing::kOk},
        {"a dead letter", {.last_done = ago(kHour), .has_failed = true}, Standing::kFailed},
    };
    for (const Case& one : cases)
        EXPECT_EQ(judge(one.times, 24 * kHourSeconds, kNow), one.standing) << one.what;
}

TEST(Health, DamageInAnArchiveIsNewsForADay) {
    EXPECT_TRUE(is_ok(ArchiveCheck{}, kNow));
    EXPECT_FALSE(is_ok(ArchiveCheck{.damages = 1, .last_damage = ago(24 * kHour)}, kNow));
    EXPECT_TRUE(is_ok(ArchiveCheck{.damages = 1, .last_damage = ago(25 * kHour)}, kNow));
    EXPECT_FALSE(is_ok(Observed{.looked_at = kNow, .archive = ArchiveCheck{.ok = false}}, kNow));
}

TEST(Health, AClockMayBeOffByFiveSeconds) {
    EXPECT_TRUE(is_ok(ClockCheck{.behind_seconds = 5, .skew_seconds = -5}));
    EXPECT_FALSE(is_ok(ClockCheck{.behind_seconds = 5.1}));
    EXPECT_FALSE(is_ok(ClockCheck{.skew_seconds = -5.1}));
    EXPECT_FALSE(is_ok(ClockCheck{.skew_seconds = 3'600}));
}

TEST(Health, WhatWasNotLookedAtIsNotHeldAgainstTheServerButForTooLong) {
    EXPECT_TRUE(is_ok(Observed{}, kNow));
    EXPECT_TRUE(is_ok(Observed{.looked_at = ago(120'000'000)}, kNow));
    EXPECT_FALSE(is_ok(Observed{.looked_at = ago(121'000'000)}, kNow)) << "the look hangs";
}

TEST(Health, OneBadThingIsEnough) {
    Observed seen{.looked_at = kNow,
                  .disk = DiskCheck{.ok = true},
                  .jobs = JobsCheck{.ok = true},
                  .backup = BackupCheck{.standing = Standing::kOk},
                  .retention = RetentionCheck{.ok = true},
                  .clock = ClockCheck{.ok = true}};
    EXPECT_TRUE(is_ok(seen, kNow));
    seen.backup->standing = Standing::kOff;
    EXPECT_TRUE(is_ok(seen, kNow)) << "whoever runs it wants none";
    for (const Standing bad : {Standing::kLate, Standing::kFailed}) {
        seen.backup->standing = bad;
        EXPECT_FALSE(is_ok(seen, kNow));
    }
    seen.backup.reset();
    for (bool* part : {&seen.disk->ok, &seen.jobs->ok, &seen.retention->ok, &seen.clock->ok}) {
        *part = false;
        EXPECT_FALSE(is_ok(seen, kNow));
        *part = true;
    }
}

}  // namespace
}  // namespace segurifai::server
