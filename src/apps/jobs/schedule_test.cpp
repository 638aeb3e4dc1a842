#include "apps/jobs/schedule.hpp"

#include <gtest/gtest.h>

namespace segurifai::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Instant at(std::string_view text) {
    return Instant::parse(text).value();
}

TEST(Schedule, RunsAtItsMinuteOfEveryHour) {
    const Schedule hourly{.every = hours(1), .at = minutes(7)};
    EXPECT_EQ(next_slot(hourly, at("2026-02-03 18:04:05")), at("2026-02-03 18:07:00"));
    EXPECT_EQ(last_slot(hourly, at("2026-02-03 18:04:05")), at("2026-02-03 17:07:00"));
    EXPECT_EQ(next_slot(hourly, at("2026-02-03 18:07:00")), at("2026-02-03 19:07:00"))
        << "its own time is past";
    EXPECT_EQ(last_slot(hourly, at("2026-02-03 18:07:00")), at("2026-02-03 18:07:00"));
}

TEST(Schedule, RunsAtTheHourOfADayInGuatemala) {
    const Schedule nightly{.every = hours(24), .at = hours(8)};  // two in the morning
    EXPECT_EQ(next_slot(nightly, at("2026-02-03 07:59:59")), at("2026-02-03 08:00:00"));
    EXPECT_EQ(next_slot(nightly, at("2026-02-03 18:00:00")), at("2026-02-04 08:00:00"));
    EXPECT_EQ(last_slot(nightly, at("1969-12-31 20:00:00")), at("1969-12-31 08:00:00"));
}

TEST(Schedule, MakesUpForAMissedRunUnlessToldNotTo) {
    const Schedule once{.every = hours(1)};
    const Schedule skip{.every = hours(1), .catch_up = CatchUp::kSkip};
    const Instant due = at("2026-02-03 18:00:00");
    EXPECT_TRUE(is_made_up_for(once, due, at("2026-02-06 18:30:00")));
    EXPECT_FALSE(is_made_up_for(skip, due, at("2026-02-06 18:30:00")));
    EXPECT_TRUE(is_made_up_for(skip, due, at("2026-02-03 18:00:59"))) << "a look comes a bit late";
    EXPECT_TRUE(is_made_up_for(skip, due, at("2026-02-06 19:00:01"))) << "due again just now";
}

}  // namespace
}  // namespace segurifai::jobs
