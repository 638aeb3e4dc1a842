#include "apps/gamification/levels.hpp"

#include <gtest/gtest.h>

namespace segurifai::gamification {
namespace {

TEST(Levels, BeginExactlyAtTheirThreshold) {
    EXPECT_EQ(level_of(0), Level::kNovato);
    EXPECT_EQ(level_of(99), Level::kNovato);
    EXPECT_EQ(level_of(100), Level::kAprendiz);
    EXPECT_EQ(level_of(249), Level::kAprendiz);
    EXPECT_EQ(level_of(250), Level::kConocedor);
    EXPECT_EQ(level_of(499), Level::kConocedor);
    EXPECT_EQ(level_of(500), Level::kExperto);
    EXPECT_EQ(level_of(999), Level::kExperto);
    EXPECT_EQ(level_of(1000), Level::kMaestro);
    EXPECT_EQ(level_of(2'000'000'000), Level::kMaestro);
}

TEST(Levels, EveryLevelAboveTheFirstHasItsReward) {
    ASSERT_EQ(kLevelRewards.size() + 1, kLevelThresholds.size());
    for (std::size_t i = 0; i < kLevelRewards.size(); ++i)
        EXPECT_EQ(kLevelRewards[i].reached, kLevelThresholds[i + 1].level);
}

}  // namespace
}  // namespace segurifai::gamification
