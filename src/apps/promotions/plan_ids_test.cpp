#include "apps/promotions/plan_ids.hpp"

#include <gtest/gtest.h>

namespace segurifai::promotions {
namespace {

bool accepts(std::string_view json) {
    return !plan_ids_fault(sql::Value::json(json));
}

TEST(PlanIds, AreAnArrayOfPositiveWholeNumbers) {
    EXPECT_TRUE(accepts("[]"));
    EXPECT_TRUE(accepts("[1]"));
    EXPECT_TRUE(accepts("[3,1,2147483647]"));
    for (const std::string_view wrong :
         {"{}", "null", "[0]", "[-1]", "[1.5]", "[\"1\"]", "[1,]", "[,1]", "[1e2]", "[2147483648]",
          "[[1]]", "[true]", "[", "1"})
        EXPECT_FALSE(accepts(wrong)) << wrong;
}

TEST(PlanIds, NameNoPlanTwice) {
    EXPECT_FALSE(accepts("[1,2,1]"));
}

}  // namespace
}  // namespace segurifai::promotions
