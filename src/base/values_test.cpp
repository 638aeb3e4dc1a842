// UUIDs, decimals, dates, instants and phone numbers: what they read and how they are written.

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/clock.hpp"
#include "base/decimal.hpp"
#include "base/phone.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"

namespace segurifai {
namespace {

TEST(UuidText, IsReadInEitherCaseAndWrittenInLowerCase) {
    const auto uuid = Uuid::parse("0190A7C4-3b2e-7DEF-8123-456789abcdef");
    ASSERT_TRUE(uuid);
    EXPECT_EQ(uuid->to_string(), "0190a7c4-3b2e-7def-8123-456789abcdef");
    for (const char* bad :
         {"", "0190a7c43b2e7def8123456789abcdef", "0190a7c4-3b2e-7def-8123-456789abcdeg",
          "0190a7c4-3b2e-7def-8123-456789abcde", "0190a7c4_3b2e-7def-8123-456789abcdef"})
        EXPECT_FALSE(Uuid::parse(bad)) << bad;
}

TEST(UuidMade, IsVersion7AndOrderedByTime) {
    ManualClock clock(*Instant::parse("2026-11-12T08:00:00Z"));
    SeededRandom random(1);
    const Uuid first = Uuid::make(clock, random);
    clock.advance_micros(1'000);
    const Uuid second = Uuid::make(clock, random);
    EXPECT_EQ(first.to_string()[14], '7');
    EXPECT_NE(std::string("89ab").find(first.to_string()[19]), std::string::npos);
    EXPECT_LT(first, second);
    EXPECT_LT(first.to_string(), second.to_string());
}

TEST(DecimalText, IsNeverRounded) {
    EXPECT_EQ(Money::parse("39.99")->unscaled, 3'999);
    EXPECT_EQ(Money::parse("-0.05")->unscaled, -5);
    EXPECT_EQ(Money::parse("7")->unscaled, 700);
    EXPECT_EQ(Money::parse("7.500")->unscaled, 750);
    EXPECT_EQ(Money::parse("99999999.99")->unscaled, 9'999'999'999);
    for (const char* bad : {"", ".", "-", "1.", ".5", "1.005", "100000000.00", "1e2", " 1", "1,5",
                            "0x1", "1.2.3", "NaN"})
        EXPECT_FALSE(Money::parse(bad)) << bad;
}

TEST(DecimalText, ComesBackAsItWasForAMillionNumbers) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 1'000'000; ++i) {
        const int scale = static_cast<int>(random() % 7);
        const int precision = scale + 1 + static_cast<int>(random() % 9);
        const auto limit = power_of_ten(precision);
        const auto unscaled =
            static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit)) *
            (random() % 2 == 0 ? 1 : -1);
        const std::string text = format_decimal(unscaled, scale);
        ASSERT_EQ(parse_decimal(text, precision, scale), unscaled) << text;
    }
}

TEST(DateText, HoldsOnlyDaysThatExist) {
    EXPECT_EQ(Date::parse("1970-01-01")->days, 0);
    EXPECT_EQ(Date::parse("2028-02-29")->to_string(), "2028-02-29");
    EXPECT_EQ(Date::parse("0001-01-01")->days, kDateMinDays);
    EXPECT_EQ(Date::parse("9999-12-31")->days, kDateMaxDays);
    for (const char* bad : {"2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "0000-01-01",
                            "2026/01/01", "2026-01-01 ", ""})
        EXPECT_FALSE(Date::parse(bad)) << bad;
}

TEST(DateText, ComesBackForEveryDayOfTheCalendar) {
    for (std::int32_t days = kDateMinDays; days <= kDateMaxDays; days += 13)
        ASSERT_EQ(Date::parse(Date{days}.to_string()), Date{days});
}

TEST(InstantText, IsReadInTheUsualSpellings) {
    const auto instant = Instant::parse("2026-02-03T18:04:05.123456Z");
    ASSERT_TRUE(instant);
    EXPECT_EQ(instant->to_string(), "2026-02-03T18:04:05.123456Z");
    EXPECT_EQ(Instant::parse("2026-02-03 18:04:05.123456"), instant);
    EXPECT_EQ(Instant::parse("2026-02-03T12:04:05.123456-06:00"), instant);
    EXPECT_EQ(Instant::parse("2026-02-03 18:04:05.123456+00"), instant);
    EXPECT_EQ(Instant::parse("2026-02-03T18:04:05Z")->to_string(), "2026-02-03T18:04:05.000000Z");
    for (const char* bad :
         {"", "2026-02-03", "2026-02-03T24:00:00Z", "2026-02-03T18:60:00Z", "2026-02-03T18:04:60Z",
          "2026-02-03T18:04:05.Z", "2026-02-03T18:04:05.1234567Z", "2026-02-03T18:04:05+24:00",
          "0001-01-01T00:00:00+01:00", "2026-02-30T00:00:00Z"})
        EXPECT_FALSE(Instant::parse(bad)) << bad;
}

TEST(InstantText, SortsAsTimeDoes) {
    std::mt19937_64 random(3);
    std::uniform_int_distribution<std::int64_t> any(kInstantMinMicros, kInstantMaxMicros);
    const auto stored = [](Instant instant) {
        std::string text(Instant::kStoredSize, '\0');
        instant.write_stored(text.data());
        return text;
    };
    for (int i = 0; i < 100'000; ++i) {
        const Instant a{any(random)};
        const Instant b{any(random)};
        ASSERT_EQ(a < b, stored(a) < stored(b));
        ASSERT_EQ(Instant::parse(stored(a)), a);
    }
}

TEST(PhoneNumber, IsOneNumberHoweverItIsSpelled) {
    for (const char* spelled : {"55512345", "5551-2345", "+502 5551 2345", "502-5551-2345",
                                "(502) 55512345", " +50255512345 "})
        EXPECT_EQ(Phone::parse(spelled)->text(), "+50255512345") << spelled;
    for (const char* bad : {"", "5551234", "555123456", "+1 555 123 4567", "+55512345", "5551234a",
                            "502502555123456"})
        EXPECT_FALSE(Phone::parse(bad)) << bad;
}

TEST(Chance, IsRepeatableWithASeed) {
    std::array<std::uint8_t, 16> a{};
    std::array<std::uint8_t, 16> b{};
    SeededRandom(5).fill(a);
    SeededRandom(5).fill(b);
    EXPECT_EQ(a, b);
    SystemRandom().fill(b);
    EXPECT_NE(a, b);
}

}  // namespace
}  // namespace segurifai
