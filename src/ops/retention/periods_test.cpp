#include "ops/retention/periods.hpp"

#include <gtest/gtest.h>

namespace segurifai::retention {
namespace {

Instant at(std::string_view text) {
    return *Instant::parse(text);
}

TEST(Periods, PositionsAreKeptForNinetyWholeDays) {
    // The last due microsecond is the end of a day, 90 days before today began.
    EXPECT_EQ(location_limit(at("2026-11-25T13:00:00Z")), at("2026-08-26T23:59:59.999999Z"));
    EXPECT_EQ(location_limit(at("2026-11-25T00:00:00Z")), at("2026-08-26T23:59:59.999999Z"));
    EXPECT_EQ(location_limit(at("2026-11-24T23:59:59Z")), at("2026-08-25T23:59:59.999999Z"));
}

TEST(Periods, SessionsAreKeptForADayAfterTheyExpire) {
    EXPECT_EQ(session_limit(at("2026-03-01T10:00:00Z")), at("2026-02-28T10:00:00Z"));
}

TEST(Periods, RequestsAreCountedByTheCalendar) {
    EXPECT_EQ(live_limit(at("2026-11-25T10:00:00.000001Z")), at("2024-11-25T10:00:00.000001Z"));
    EXPECT_EQ(purge_at(at("2020-01-31T23:59:59Z")), at("2027-01-31T23:59:59Z"));
    EXPECT_EQ(years_after(at("1969-12-31T23:00:00Z"), 2), at("1971-12-31T23:00:00Z"));
}

TEST(Periods, ALeapDayIsNeverKeptShorter) {
    const Instant leap = at("2024-02-29T12:00:00Z");
    EXPECT_EQ(years_after(leap, 7), at("2031-03-01T12:00:00Z"));
    EXPECT_EQ(years_after(leap, 4), at("2028-02-29T12:00:00Z"));
    EXPECT_EQ(years_before(leap, 2), at("2022-02-28T12:00:00Z"));
}

TEST(Periods, BeforeAndAfterAgree) {
    // What is due by looking back is due by looking forward, on every day around leap days.
    for (Date day = *Date::parse("2023-12-25"); day < *Date::parse("2029-03-10"); ++day.days)
        for (Date ended = Date{day.days - 733}; ended.days < day.days - 728; ++ended.days) {
            const Instant now{day.days * kMicrosPerDay};
            const Instant end{ended.days * kMicrosPerDay};
            EXPECT_EQ(end <= years_before(now, 2), years_after(end, 2) <= now)
                << day.to_string() << " " << ended.to_string();
        }
}

}  // namespace
}  // namespace segurifai::retention
