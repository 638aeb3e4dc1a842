#include "apps/providers/working_hours.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace segurifai::providers {
namespace {

using ::testing::ElementsAre;

TEST(WorkingHours, WithoutAnythingMeanAlways) {
    const auto hours = parse_working_hours("{}");
    ASSERT_TRUE(hours);
    EXPECT_TRUE(hours->always);
}

TEST(WorkingHours, ReadRangesPastMidnightDaysOffAndExceptions) {
    const auto hours = parse_working_hours(
        R"({"mon":[["06:00","12:30"],["22:00","06:00"]],"sat":[["00:00","24:00"]],"sun":[],
            "exceptions":[{"date":"2026-12-25","hours":[]}]})");
    ASSERT_TRUE(hours) << describe(hours.error());
    EXPECT_FALSE(hours->always);
    EXPECT_THAT(hours->week[0], ElementsAre(OpeningRange{360, 750}, OpeningRange{1320, 360}));
    EXPECT_TRUE(hours->week[1].empty());
    EXPECT_THAT(hours->week[5], ElementsAre(OpeningRange{0, 1440}));
    EXPECT_TRUE(hours->exceptions.at(Date::of(2026, 12, 25).value()).empty());
}

TEST(WorkingHours, RefuseWhatIsNoSchedule) {
    for (const std::string_view wrong :
         {"[]", "null", R"({"monday":[]})", R"({"mon":["06:00","22:00"]})",
          R"({"mon":[["06:00"]]})", R"({"mon":[["6:00","22:00"]]})",
          R"({"mon":[["06:00","24:01"]]})", R"({"mon":[["24:00","06:00"]]})",
          R"({"mon":[["06:60","22:00"]]})", R"({"mon":[["06:00","06:00"]]})", R"({"mon":[[6,22]]})",
          R"({"mon":{}})", R"({"exceptions":[{"date":"2026-02-30","hours":[]}]})",
          R"({"exceptions":[{"date":"2026-02-03"}]})",
          R"({"exceptions":[{"date":"2026-02-03","hours":[]},{"date":"2026-02-03","hours":[]}]})",
          R"({"exceptions":[7]})"})
        EXPECT_FALSE(parse_working_hours(wrong)) << wrong;
}

TEST(WorkingHoursColumn, SaysWhereTheFaultIs) {
    EXPECT_EQ(working_hours_fault(sql::Value::json("{}")), std::nullopt);
    EXPECT_EQ(working_hours_fault(sql::Value::json(R"({"mon":[["06:00","22:00"],7]})")),
              "mon.1: Must be an array.");
}

}  // namespace
}  // namespace segurifai::providers
