#include "server/crowd.hpp"

#include <gtest/gtest.h>

namespace segurifai::server {
namespace {

TEST(Crowd, HasLeftOnceWhenThreeOfFourAreGone) {
    Crowd crowd;
    for (const std::size_t open : {0U, 400U, 1'000U, 600U, 251U})
        EXPECT_FALSE(crowd.has_left(open, open)) << open;
    EXPECT_TRUE(crowd.has_left(250, 251));
    EXPECT_FALSE(crowd.has_left(100, 250));
    EXPECT_FALSE(crowd.has_left(0, 100));
    EXPECT_FALSE(crowd.has_left(500, 500));
    EXPECT_TRUE(crowd.has_left(0, 500));
}

TEST(Crowd, MayComeAndGoUnseen) {
    Crowd crowd;
    EXPECT_FALSE(crowd.has_left(3, 3));
    EXPECT_TRUE(crowd.has_left(3, 4'000));
    EXPECT_FALSE(crowd.has_left(3, 3));
}

TEST(Crowd, OfFewIsNone) {
    Crowd crowd;
    EXPECT_FALSE(crowd.has_left(0, Crowd::kCrowd - 1));
}

TEST(Crowd, OfManyMayLeaveInStages) {
    Crowd crowd;
    EXPECT_FALSE(crowd.has_left(10'000, 10'000));
    EXPECT_TRUE(crowd.has_left(2'500, 10'000));
    EXPECT_FALSE(crowd.has_left(700, 2'500));
    EXPECT_TRUE(crowd.has_left(600, 700));
    EXPECT_TRUE(crowd.has_left(150, 600));
    EXPECT_FALSE(crowd.has_left(0, 150));
}

}  // namespace
}  // namespace segurifai::server
