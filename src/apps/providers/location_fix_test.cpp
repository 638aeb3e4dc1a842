#include "apps/providers/location_fix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/guatemala.hpp"

namespace segurifai::providers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Rejected = BatchJudgement::Rejected;

const Instant kNow = Instant::parse("2026-02-03T18:00:00Z").value();
constexpr double kDegreePerKm = 1 / 111.1950797;  // of latitude

/// `km` north of a corner in zone 10, `seconds` after now.
Fix fix_at(double km, std::int64_t seconds) {
    return {.latitude = 14.5990 + km * kDegreePerKm,
            .longitude = -90.5090,
            .recorded_at = add_seconds(kNow, seconds)};
}

FixPoint point_at(double km, std::int64_t seconds) {
    return {fix_at(km, 0).position(), add_seconds(kNow, seconds)};
}

TEST(LocationFix, NamesWhatIsWrong) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    struct Case {
        Fix fix;
        std::optional<FixFault> fault;
    };
    const Instant then = add_seconds(kNow, -5);
    for (const Case& expected : {
             Case{{0, 0, {}, {}, {}, then}, std::nullopt},
             Case{{-90, 180, 360.0, 0.0, 0.0, then}, std::nullopt},
             Case{{90.000001, 0, {}, {}, {}, then}, FixFault::kOutOfRange},
             Case{{0, -180.1, {}, {}, {}, then}, FixFault::kOutOfRange},
             Case{{0, 0, 360.1, {}, {}, then}, FixFault::kOutOfRange},
             Case{{0, 0, -0.1, {}, {}, then}, FixFault::kOutOfRange},
             Case{{0, 0, {}, -1.0, {}, then}, FixFault::kOutOfRange},
             Case{{0, 0, {}, {}, -1.0, then}, FixFault::kOutOfRange},
             Case{{kNan, 0, {}, {}, {}, then}, FixFault::kNotFinite},
             Case{{0, kInfinite, {}, {}, {}, then}, FixFault::kNotFinite},
             Case{{0, 0, kNan, {}, {}, then}, FixFault::kNotFinite},
             Case{{0, 0, {}, kInfinite, {}, then}, FixFault::kNotFinite},
             Case{{0, 0, {}, {}, kNan, then}, FixFault::kNotFinite},
         })
        EXPECT_EQ(fix_fault(expected.fix, std::nullopt, kNow), expected.fault);
}

TEST(LocationFix, TakesTimesUpToFiveSecondsAhead) {
    EXPECT_EQ(fix_fault(fix_at(0, 5), std::nullopt, kNow), std::nullopt);
    EXPECT_EQ(fix_fault(fix_at(0, 6), std::nullopt, kNow), FixFault::kInFuture);
}

TEST(LocationFix, RefusesTimesThatGoBack) {
    EXPECT_EQ(fix_fault(fix_at(0, -11), point_at(0, -10), kNow), FixFault::kGoingBack);
    EXPECT_EQ(fix_fault(fix_at(0, -10), point_at(0, -10), kNow), std::nullopt);
}

TEST(LocationFix, RefusesMoreThanTwoHundredFiftyKilometresAnHour) {
    EXPECT_EQ(fix_fault(fix_at(2.499, 0), point_at(0, -36), kNow), std::nullopt);
    EXPECT_EQ(fix_fault(fix_at(2.501, 0), point_at(0, -36), kNow), FixFault::kTooFast);
    EXPECT_EQ(fix_fault(fix_at(0.2, 0), point_at(0, -1), kNow), std::nullopt);
    EXPECT_EQ(fix_fault(fix_at(0.2, 0), point_at(0, -2), kNow), FixFault::kTooFast);
}

TEST(LocationFix, JudgesEachAgainstTheLastOneAccepted) {
    const std::vector<Fix> fixes{
        fix_at(0.0, -40),  // 0: older than what is stored
        fix_at(0.1, -20),  // 1: taken
        fix_at(50, -10),   // 2: 50 km in 10 s
        fix_at(0.2, -9),   // 3: taken, although the one before it was not
        fix_at(0.1, -15),  // 4: before the last one taken
        fix_at(0.3, 60),   // 5: tomorrow's news
        fix_at(0.3, 0),    // 6: taken
    };
    const BatchJudgement judged = judge_fixes(fixes, point_at(0, -30), kNow);
    EXPECT_THAT(judged.accepted, ElementsAre(1, 3, 6));
    EXPECT_THAT(judged.rejected,
                ElementsAre(Rejected{0, FixFault::kGoingBack}, Rejected{2, FixFault::kTooFast},
                            Rejected{4, FixFault::kGoingBack}, Rejected{5, FixFault::kInFuture}));
}

TEST(LocationFix, JudgesEveryFixOnceAndTakesThemInOrder) {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> km(-3, 3);
    std::uniform_int_distribution<std::int64_t> seconds(-600, 10);
    for (int round = 0; round < 300; ++round) {
        std::vector<Fix> fixes;
        for (std::size_t i = 0; i < kFixesPerBatchMax; ++i)
            fixes.push_back(fix_at(km(random), seconds(random)));
        const BatchJudgement judged = judge_fixes(fixes, std::nullopt, kNow);
        ASSERT_EQ(judged.accepted.size() + judged.rejected.size(), fixes.size());
        for (std::size_t i = 1; i < judged.accepted.size(); ++i)
            ASSERT_LE(fixes[judged.accepted[i - 1]].recorded_at,
                      fixes[judged.accepted[i]].recorded_at);
    }
    EXPECT_THAT(judge_fixes({}, std::nullopt, kNow).accepted, IsEmpty());
}

TEST(LocationHistory, KeepsAPositionEveryThirtySecondsOrHundredMetres) {
    EXPECT_TRUE(keep_in_history(std::nullopt, point_at(0, 0), false));
    EXPECT_FALSE(keep_in_history(point_at(0, -29), point_at(0.09, 0), false));
    EXPECT_TRUE(keep_in_history(point_at(0, -30), point_at(0, 0), false));
    EXPECT_TRUE(keep_in_history(point_at(0, -5), point_at(0.101, 0), false));
}

TEST(LocationHistory, KeepsEveryPositionWhileOnAJob) {
    EXPECT_TRUE(keep_in_history(point_at(0, -1), point_at(0, 0), true));
}

TEST(Arrival, IsTwoPositionsInARowWithinFiftyMetres) {
    const apps::Position place = point_at(0, 0).position;
    std::int32_t near = 0;
    std::vector<bool> arrived;
    for (const double km : {0.2, 0.04, 0.06, 0.049, 0.049, 0.01}) {
        near = near_fixes_after(near, point_at(km, 0).position, place);
        arrived.push_back(has_arrived(near));
    }
    EXPECT_THAT(arrived, ElementsAre(false, false, false, false, true, true));
    EXPECT_EQ(near, kArrivedFixes);
}

TEST(Arrival, DeclaredFarAwayIsInDoubt) {
    const apps::Position place = point_at(0, 0).position;
    EXPECT_FALSE(is_arrival_in_doubt(point_at(0.499, 0).position, place));
    EXPECT_TRUE(is_arrival_in_doubt(point_at(0.501, 0).position, place));
    EXPECT_TRUE(is_arrival_in_doubt(std::nullopt, place));
}

}  // namespace
}  // namespace segurifai::providers
