#include "base/thread.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <string>
#include <thread>

namespace segurifai {
namespace {

using namespace std::chrono_literals;

std::string name_shown() {
    std::array<char, kThreadNameMax + 1> name{};
    EXPECT_EQ(pthread_getname_np(pthread_self(), name.data(), name.size()), 0);
    return name.data();
}

TEST(Thread, HasTheNameItWasGivenAsFarAsTheSystemShowsIt) {
    std::string shown;
    std::thread([&shown] {
        name_this_thread("a-name-of-more-than-fifteen");
        shown = name_shown();
    }).join();
    EXPECT_EQ(shown, "a-name-of-more-");
}

TEST(Thread, KeepsTheProgramsNameWhenItIsTheFirst) {
    const std::string before = name_shown();
    name_this_thread("another");
    EXPECT_EQ(name_shown(), before);
}

TEST(Thread, TakesTurnsOfTheLengthItAsksFor) {
    if (turn_of_this_thread() == 0ns) GTEST_SKIP() << "The system has one length of turns for all.";
    std::thread([] {
        take_turns(Turns::kShort);
        EXPECT_EQ(turn_of_this_thread(), 1ms);
        take_turns(Turns::kLong);
        EXPECT_EQ(turn_of_this_thread(), 100ms);
    }).join();
}

}  // namespace
}  // namespace segurifai
