#include "base/guatemala.hpp"

#include <gtest/gtest.h>

#include <random>

namespace segurifai {
namespace {

Date day(std::string_view text) {
    return Date::parse(text).value();
}

Instant at(std::string_view text) {
    return Instant::parse(text).value();
}

TEST(Guatemala, IsSixHoursBehindUtcAllYear) {
    struct Case {
        std::string_view utc;
        std::string_view date;
        int minute;
    };
    for (const Case& expected : {Case{"2026-02-03T05:59:59.999999Z", "2026-02-02", 1439},
                                 Case{"2026-02-03T06:00:00Z", "2026-02-03", 0},
                                 Case{"2026-07-03T06:00:00Z", "2026-07-03", 0},
                                 Case{"2026-07-03T18:30:59Z", "2026-07-03", 750},
                                 Case{"1970-01-01T00:00:00Z", "1969-12-31", 1080},
                                 Case{"2025-01-01T05:00:00Z", "2024-12-31", 1380}}) {
        EXPECT_EQ(guatemala_date(at(expected.utc)), day(expected.date)) << expected.utc;
        EXPECT_EQ(minute_of_day(at(expected.utc)), expected.minute) << expected.utc;
    }
}

TEST(Guatemala, CountsTheWeekFromMonday) {
    EXPECT_EQ(weekday(day("1970-01-01")), 3);
    EXPECT_EQ(weekday(day("2026-02-02")), 0);
    EXPECT_EQ(weekday(day("2026-02-08")), 6);
    EXPECT_EQ(weekday(day("0001-01-01")), 0);
    EXPECT_EQ(hour_of_week(at("2026-02-02T06:00:00Z")), 0);
    EXPECT_EQ(hour_of_week(at("2026-02-02T05:59:59Z")), 167);
    EXPECT_EQ(hour_of_week(at("2026-02-03T18:04:05Z")), 24 + 12);
}

TEST(Guatemala, AddsMonthsToTheLastDayOfShorterOnes) {
    EXPECT_EQ(add_months(day("2026-01-31"), 1), day("2026-02-28"));
    EXPECT_EQ(add_months(day("2024-01-31"), 1), day("2024-02-29"));
    EXPECT_EQ(add_months(day("2026-01-15"), -1), day("2025-12-15"));
    EXPECT_EQ(add_months(day("2026-12-31"), 14), day("2028-02-29"));
    EXPECT_EQ(first_of_month(day("2026-02-28")), day("2026-02-01"));
}

TEST(Guatemala, CountsTheTwentyNinthOfFebruaryAsTheTwentyEighth) {
    EXPECT_EQ(add_years(day("2024-02-29"), 1), day("2025-02-28"));
    EXPECT_EQ(add_years(day("2024-02-29"), 4), day("2028-02-28"));
    EXPECT_EQ(add_years(day("2024-03-01"), 1), day("2025-03-01"));
}

TEST(Guatemala, StaysWithinWhatADateCanBe) {
    EXPECT_EQ(add_days(day("9999-12-31"), 1), day("9999-12-31"));
    EXPECT_EQ(add_days(day("0001-01-01"), INT64_MIN), day("0001-01-01"));
    EXPECT_EQ(add_months(day("9999-12-01"), 1), day("9999-12-31"));
    EXPECT_EQ(add_months(day("0001-01-31"), -1), day("0001-01-01"));
    EXPECT_EQ(add_years(day("2026-01-01"), INT32_MAX), day("9999-12-31"));
    EXPECT_EQ(add_years(day("2026-01-01"), INT32_MIN), day("0001-01-01"));
    EXPECT_EQ(add_seconds({kInstantMaxMicros}, INT64_MAX).micros, kInstantMaxMicros);
    EXPECT_EQ(add_seconds({kInstantMinMicros}, INT64_MIN).micros, kInstantMinMicros);
    EXPECT_EQ(guatemala_date({kInstantMinMicros}), day("0001-01-01"));
}

TEST(Guatemala, KnowsEveryInstantsDay) {
    std::mt19937_64 random(20260203);
    std::uniform_int_distribution<std::int64_t> any(kInstantMinMicros + kMicrosPerDay,
                                                    kInstantMaxMicros - kMicrosPerDay);
    for (int round = 0; round < 10'000; ++round) {
        const Instant instant{any(random)};
        const Date date = guatemala_date(instant);
        ASSERT_LE(start_of_day(date), instant);
        ASSERT_LT(instant, start_of_day(add_days(date, 1)));
        ASSERT_EQ((instant.micros - start_of_day(date).micros) / kMicrosPerMinute,
                  minute_of_day(instant));
        const CalendarDay parts = calendar_day(date);
        ASSERT_EQ(Date::of(parts.year, parts.month, parts.day), date);
    }
}

}  // namespace
}  // namespace segurifai
