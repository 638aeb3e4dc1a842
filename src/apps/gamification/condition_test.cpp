#include "apps/gamification/condition.hpp"

#include <gtest/gtest.h>

namespace segurifai::gamification {
namespace {

TEST(ConditionText, ReadsEachMetricAgainstANumber) {
    const auto modules = parse_condition("modulos_completados >= 3");
    ASSERT_TRUE(modules);
    EXPECT_EQ(*modules, (Condition{Metric::kModulosCompletados, 3}));
    EXPECT_EQ(parse_condition("racha_dias >= 7").value(), (Condition{Metric::kRachaDias, 7}));
    EXPECT_EQ(parse_condition("puntos_totales >= 1500").value(),
              (Condition{Metric::kPuntosTotales, 1500}));
}

TEST(ConditionText, ReadsThePerfectQuizAlone) {
    EXPECT_EQ(parse_condition("quiz_perfecto").value(), (Condition{Metric::kQuizPerfecto, 1}));
    EXPECT_FALSE(parse_condition("quiz_perfecto >= 1"));
}

TEST(ConditionText, IsWrittenInOneSpelling) {
    EXPECT_EQ(parse_condition("  racha_dias>=7 ").value().to_string(), "racha_dias >= 7");
    EXPECT_EQ(parse_condition("quiz_perfecto").value().to_string(), "quiz_perfecto");
}

TEST(ConditionText, RefusesEverythingElseAndSaysWhatToWrite) {
    for (const std::string_view wrong :
         {"", " ", "racha_dias", "racha_dias > 7", "racha_dias >= ", "racha_dias >= 0",
          "racha_dias >= -1", "racha_dias >= 7.5", "racha_dias >= 7 OR 1", "racha_dias >= 7; DROP",
          "racha_dias >= 99999999999", "racha dias >= 7", "nivel >= 3", ">= 3", "7 >= racha_dias",
          "RACHA_DIAS >= 7", "racha_dias >= siete"}) {
        const auto parsed = parse_condition(wrong);
        ASSERT_FALSE(parsed) << wrong;
        EXPECT_EQ(parsed.error().code, Code::kInvalid);
        EXPECT_NE(parsed.error().message.find("quiz_perfecto"), std::string::npos);
    }
}

TEST(ConditionColumn, LetsItsOwnDefaultThroughAndNothingUnread) {
    EXPECT_EQ(condition_fault(sql::Value::text("")), std::nullopt);
    EXPECT_EQ(condition_fault(sql::Value::text("racha_dias >= 7")), std::nullopt);
    EXPECT_NE(condition_fault(sql::Value::text("siempre")), std::nullopt);
}

}  // namespace
}  // namespace segurifai::gamification
