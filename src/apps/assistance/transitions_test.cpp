#include "apps/assistance/transitions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace segurifai::assistance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum RequestStatus;

constexpr std::array kStatuses{kPending, kAssigned, kInProgress, kCompleted, kCancelled};
constexpr std::array kActors{Actor::kMember, Actor::kUnit, Actor::kStaff, Actor::kSystem};

TEST(Transitions, AreThoseOfTheSpecificationAndNoOther) {
    // from, to, actor, allowed before arrival, allowed after it
    using Line = std::tuple<RequestStatus, RequestStatus, Actor, bool, bool>;
    const std::vector<Line> specified{
        {kPending, kAssigned, Actor::kUnit, true, true},
        {kPending, kAssigned, Actor::kStaff, true, true},
        {kPending, kCancelled, Actor::kMember, true, true},
        {kPending, kCancelled, Actor::kStaff, true, true},
        {kAssigned, kPending, Actor::kUnit, true, true},
        {kAssigned, kPending, Actor::kStaff, true, true},
        {kAssigned, kPending, Actor::kSystem, true, false},
        {kAssigned, kInProgress, Actor::kUnit, false, true},
        {kAssigned, kCancelled, Actor::kMember, true, false},
        {kAssigned, kCancelled, Actor::kStaff, true, true},
        {kInProgress, kCompleted, Actor::kUnit, true, true},
        {kInProgress, kCompleted, Actor::kStaff, true, true},
        {kInProgress, kCancelled, Actor::kStaff, true, true},
    };
    for (const RequestStatus from : kStatuses)
        for (const RequestStatus to : kStatuses)
            for (const Actor actor : kActors) {
                bool before = false;
                bool after = false;
                for (const auto& [f, t, a, b, c] : specified)
                    if (f == from && t == to && a == actor)
                        std::tie(before, after) = std::tie(b, c);
                const std::string name = std::string(model::word(actor)) + ": " +
                                         std::string(model::word(from)) + " to " +
                                         std::string(model::word(to));
                EXPECT_EQ(may_change(from, to, actor, false), before) << name;
                EXPECT_EQ(may_change(from, to, actor, true), after) << name;
                EXPECT_EQ(is_allowed(from, to, actor), before || after) << name;
            }
    EXPECT_EQ(transitions().size(), specified.size());
}

TEST(Transitions, LeadOutOfNothingThatHasEnded) {
    for (const Transition& line : transitions()) EXPECT_FALSE(is_ended(line.from));
    EXPECT_TRUE(is_ended(kCompleted));
    EXPECT_TRUE(is_ended(kCancelled));
}

TEST(Transitions, TellWhatMayComeNext) {
    EXPECT_THAT(next_statuses(kAssigned, Actor::kUnit, false), ElementsAre(kPending));
    EXPECT_THAT(next_statuses(kAssigned, Actor::kUnit, true), ElementsAre(kPending, kInProgress));
    EXPECT_THAT(next_statuses(kInProgress, Actor::kMember, true), IsEmpty());
}

TEST(Transitions, SayWhenAndWithWhat) {
    for (const Transition& line : transitions()) {
        EXPECT_FALSE(line.occasion.empty());
        EXPECT_FALSE(line.effects.empty());
    }
}

TEST(TrackingState, FollowsTheUnitToThePlace) {
    struct Case {
        RequestStatus status;
        Approach approach;
        TrackingState state;
    };
    for (const Case& expected : {
             Case{kPending, {}, TrackingState::kSearching},
             Case{kAssigned, {}, TrackingState::kProviderAssigned},
             Case{kAssigned, {.distance_km = 0.1}, TrackingState::kProviderAssigned},
             Case{kAssigned, {.departed = true}, TrackingState::kEnRoute},
             Case{kAssigned, {.departed = true, .distance_km = 0.5}, TrackingState::kEnRoute},
             Case{kAssigned, {.departed = true, .distance_km = 0.499}, TrackingState::kArriving},
             Case{kAssigned,
                  {.departed = true, .arrived = true, .distance_km = 3.0},
                  TrackingState::kArrived},
             Case{kAssigned, {.arrived = true}, TrackingState::kArrived},
             Case{kInProgress, {.departed = true, .arrived = true}, TrackingState::kInService},
             Case{kCompleted, {.departed = true, .arrived = true}, TrackingState::kCompleted},
             Case{kCancelled, {.departed = true, .distance_km = 0.1}, TrackingState::kCancelled},
         })
        EXPECT_EQ(tracking_state(expected.status, expected.approach), expected.state)
            << model::word(expected.state);
}

TEST(TrackingState, BeginsAnewWithEachStatus) {
    EXPECT_EQ(state_after(kPending), TrackingState::kSearching);
    EXPECT_EQ(state_after(kAssigned), TrackingState::kProviderAssigned);
    EXPECT_EQ(state_after(kInProgress), TrackingState::kInService);
}

}  // namespace
}  // namespace segurifai::assistance
