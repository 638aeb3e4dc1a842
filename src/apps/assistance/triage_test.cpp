#include "apps/assistance/triage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace segurifai::assistance {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using enum TriageLevel;

TEST(Triage, SumsTheWeights) {
    struct Case {
        TriageAnswers answers;
        std::int32_t score;
        TriageLevel level;
    };
    using enum Consciousness;
    using enum PatientKind;
    for (const Case& expected : {
             Case{{.age = 30}, 0, kLow},
             Case{{.age = 2}, 0, kLow},
             Case{{.age = 65}, 0, kLow},
             Case{{.age = 1}, 15, kLow},
             Case{{.age = 66}, 15, kLow},
             Case{{.age = 30, .kind = kInjury}, 15, kLow},
             Case{{.age = 30, .kind = kAccident}, 15, kLow},
             Case{{.age = 70, .kind = kAccident}, 30, kMedium},
             Case{{.age = 30, .consciousness = kDrowsy}, 30, kMedium},
             Case{{.age = 30, .consciousness = kConfused}, 30, kMedium},
             Case{{.age = 30, .kind = kPoisoning}, 30, kMedium},
             Case{{.age = 30, .bleeding = true}, 45, kHigh},
             Case{{.age = 30, .breathing = true}, 45, kHigh},
             Case{{.age = 30, .chest_pain = true}, 45, kHigh},
             Case{{.age = 30, .kind = kCardiac}, 45, kHigh},
             Case{{.age = 30, .kind = kBreathing}, 45, kHigh},
             Case{{.age = 30, .kind = kSeizure}, 45, kHigh},
             Case{{.age = 70, .chest_pain = true}, 60, kHigh},
             Case{{.age = 30, .consciousness = kUnconscious}, 70, kCritical},
             Case{{.age = 30, .kind = kStroke}, 70, kCritical},
             Case{{.age = 30, .chest_pain = true, .kind = kCardiac}, 90, kCritical},
             Case{{.age = 0,
                   .consciousness = kUnconscious,
                   .breathing = true,
                   .chest_pain = true,
                   .bleeding = true,
                   .kind = kStroke},
                  100,
                  kCritical},
         }) {
        const Triage result = triage(expected.answers);
        EXPECT_EQ(result.score, expected.score);
        EXPECT_EQ(result.level, expected.level) << expected.score;
    }
}

TEST(Triage, LevelsBeginAtTwentyFortyFiveAndSeventy) {
    EXPECT_EQ(level_of(19), kLow);
    EXPECT_EQ(level_of(20), kMedium);
    EXPECT_EQ(level_of(44), kMedium);
    EXPECT_EQ(level_of(45), kHigh);
    EXPECT_EQ(level_of(69), kHigh);
    EXPECT_EQ(level_of(70), kCritical);
}

TEST(Triage, AnUnconsciousPersonOrAStrokeIsCriticalByItself) {
    TriageWeights none{.age = 0, .unconscious = 0, .clouded = 0};
    none.kind.fill(0);
    EXPECT_EQ(triage({.age = 30, .consciousness = Consciousness::kUnconscious}, none).level,
              kCritical);
    EXPECT_EQ(triage({.age = 30, .kind = PatientKind::kStroke}, none).level, kCritical);
    EXPECT_EQ(triage({.age = 30, .kind = PatientKind::kSeizure}, none).level, kLow);
}

TEST(Triage, CriticalTellsToCallTheFireBrigadesAtOnce) {
    const Triage critical = triage({.age = 30, .kind = PatientKind::kStroke});
    EXPECT_THAT(critical.call_now, ElementsAre("122", "123", "1554"));
    EXPECT_EQ(critical.advice.front(), Advice::kCallEmergencyNow);
    const Triage high = triage({.age = 30, .bleeding = true});
    EXPECT_THAT(high.call_now, IsEmpty());
    EXPECT_THAT(high.advice, ElementsAre(Advice::kPressOnBleeding, Advice::kNothingToDrink,
                                         Advice::kStayWithThePatient));
}

TEST(Triage, NobodyWhoMayHaveHurtTheSpineIsTurned) {
    const Triage hurt = triage(
        {.age = 30, .consciousness = Consciousness::kUnconscious, .kind = PatientKind::kAccident});
    EXPECT_THAT(hurt.advice, Contains(Advice::kDoNotMove));
    EXPECT_THAT(hurt.advice, Not(Contains(Advice::kTurnOnSide)));
}

TEST(Triage, NeverTurnsAPriorityDown) {
    EXPECT_EQ(priority_after(kCritical, Priority::kLow), Priority::kUrgent);
    EXPECT_EQ(priority_after(kHigh, Priority::kMedium), Priority::kHigh);
    EXPECT_EQ(priority_after(kMedium, Priority::kHigh), Priority::kHigh);
    EXPECT_EQ(priority_after(kLow, Priority::kMedium), Priority::kMedium);
    EXPECT_EQ(priority_after(kLow, Priority::kUrgent), Priority::kUrgent);
}

TEST(Triage, AnotherSignNeverLowersTheScore) {
    for (int signs = 0; signs < 8; ++signs)
        for (int kind = 0; kind < 8; ++kind)
            for (int state = 0; state < 4; ++state) {
                TriageAnswers answers{.age = 40,
                                      .consciousness = static_cast<Consciousness>(state),
                                      .breathing = (signs & 1) != 0,
                                      .chest_pain = (signs & 2) != 0,
                                      .bleeding = (signs & 4) != 0,
                                      .kind = static_cast<PatientKind>(kind)};
                const std::int32_t before = triage(answers).score;
                answers.breathing = answers.chest_pain = answers.bleeding = true;
                EXPECT_GE(triage(answers).score, before);
                EXPECT_LE(triage(answers).score, kTriageScoreMax);
            }
}

}  // namespace
}  // namespace segurifai::assistance
