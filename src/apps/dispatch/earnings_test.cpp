#include "apps/dispatch/earnings.hpp"

#include <gtest/gtest.h>

namespace segurifai::dispatch {
namespace {

TEST(Earnings, AreABaseByServiceAndFiveQuetzalesForEachKilometreBeyondThree) {
    struct Case {
        std::string_view code;
        std::string_view km;
        std::string_view base;
        std::string_view bonus;
    };
    for (const Case& expected : {
             Case{"LOCKSMITH", "0.00", "75.00", "0.00"},
             Case{"FUEL", "3.00", "50.00", "0.00"},
             Case{"TYRE", "3.01", "60.00", "0.05"},
             Case{"JUMP_START", "4.00", "45.00", "5.00"},
             Case{"AMBULANCE", "10.50", "150.00", "37.50"},
             Case{"TOW", "53.00", "200.00", "250.00"},
             Case{"TOW", "9999.99", "200.00", "49984.95"},
             Case{"AIRPORT_TAXI", "2.00", "50.00", "0.00"},
             Case{"tow", "0.00", "50.00", "0.00"},
         }) {
        const Earnings earned = earnings(expected.code, Decimal<6, 2>::parse(expected.km).value());
        EXPECT_EQ(earned.base.to_string(), expected.base) << expected.code;
        EXPECT_EQ(earned.distance_bonus.to_string(), expected.bonus) << expected.code;
        EXPECT_EQ(earned.total().unscaled, earned.base.unscaled + earned.distance_bonus.unscaled);
    }
}

TEST(Earnings, NeverFallWithDistance) {
    Money last{};
    for (std::int64_t hundredths = 0; hundredths < 2'000; ++hundredths) {
        const Money total = earnings("TOW", {hundredths}).total();
        EXPECT_GE(total, last);
        last = total;
    }
}

}  // namespace
}  // namespace segurifai::dispatch
