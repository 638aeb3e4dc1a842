#include "apps/services/allowance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guatemala.hpp"

namespace segurifai::services {
namespace {

Date day(std::string_view text) {
    return Date::parse(text).value();
}

Money q(std::string_view text) {
    return Money::parse(text).value();
}

ServiceLine tow() {
    return {.code = "TOW", .events_per_year = 3, .limit = q("1170.00")};
}
ServiceLine fuel() {
    return {.code = "FUEL", .events_per_year = 3, .limit = q("1170.00"), .pool = "AUXILIO_VIAL"};
}
ServiceLine phishing() {
    return {.code = "CARD_PHISHING", .limit = q("3000.00"), .flow = Flow::kClaim};
}
ServiceLine medical_phone() {
    return {.code = "MEDICAL_PHONE", .flow = Flow::kCallback};
}

Coverage plan() {
    ServiceLine tyre = fuel();
    tyre.code = "TYRE";
    return {.max_requests_per_month = 3,
            .services = {tow(), fuel(), tyre, phishing(), medical_phone()},
            .vehicle = std::nullopt};
}

const Date kToday = day("2026-02-03");
const Period kYear{.from = day("2025-06-10"), .to = day("2026-06-09")};

std::optional<Limit> judged(const ServiceLine& line, const Counts& counts) {
    return judge(plan(), line, counts, kYear, kToday);
}

TEST(PlanYear, BeginsAtEachAnniversaryOfTheRow) {
    struct Case {
        std::string_view created;
        std::string_view today;
        std::string_view from;
        std::string_view to;
    };
    for (const Case& expected : {
             Case{"2025-06-10", "2025-06-10", "2025-06-10", "2026-06-09"},
             Case{"2025-06-10", "2026-06-09", "2025-06-10", "2026-06-09"},
             Case{"2025-06-10", "2026-06-10", "2026-06-10", "2027-06-09"},
             Case{"2020-12-31", "2026-01-01", "2025-12-31", "2026-12-30"},
             Case{"2024-02-29", "2024-02-29", "2024-02-29", "2025-02-27"},
             Case{"2024-02-29", "2025-02-28", "2025-02-28", "2026-02-27"},
             Case{"2024-02-29", "2028-02-28", "2028-02-28", "2029-02-27"},
             Case{"2025-06-10", "2025-06-01", "2025-06-10", "2026-06-09"},
         })
        EXPECT_EQ(plan_year(day(expected.created), day(expected.today)),
                  (Period{day(expected.from), day(expected.to)}))
            << expected.created << ' ' << expected.today;
}

TEST(PlanYear, HoldsTodayAndFollowsTheOneBefore) {
    for (const std::string_view created : {"2023-01-31", "2024-02-29", "2024-03-01"}) {
        Period last = plan_year(day(created), day(created));
        for (Date today = day(created); today < day("2033-01-01"); today = add_days(today, 1)) {
            const Period year = plan_year(day(created), today);
            ASSERT_LE(year.from, today);
            ASSERT_LE(today, year.to);
            if (year != last) ASSERT_EQ(year.from, last.resets_on());
            last = year;
        }
    }
}

TEST(Month, IsTheCalendarMonthOfGuatemala) {
    EXPECT_EQ(month_of(day("2028-02-29")), (Period{day("2028-02-01"), day("2028-02-29")}));
    EXPECT_EQ(month_of(day("2026-12-31")).resets_on(), day("2027-01-01"));
    EXPECT_EQ(month_of(kToday).begins().to_string(), "2026-02-01T06:00:00.000000Z");
    EXPECT_EQ(month_of(kToday).ends().to_string(), "2026-03-01T06:00:00.000000Z");
}

TEST(Allowance, GivesWhatIsLeft) {
    EXPECT_EQ(judged(tow(), {}), std::nullopt);
    EXPECT_EQ(judged(tow(), {.month_used = 2, .line_used = 2}), std::nullopt);
}

TEST(Allowance, SaysWhichLimitIsReached) {
    EXPECT_EQ(judged(tow(), {.month_used = 3, .line_used = 1}),
              (Limit{.kind = LimitKind::kMonthlyLimit,
                     .used = 3,
                     .limit = 3,
                     .resets_on = day("2026-03-01")}));
    EXPECT_EQ(judged(tow(), {.month_used = 0, .line_used = 3}),
              (Limit{.kind = LimitKind::kYearlyLimit,
                     .used = 3,
                     .limit = 3,
                     .resets_on = day("2026-06-10")}));
    EXPECT_EQ(judged(fuel(), {.line_used = 1, .pool_ceiling_used = q("1170.00")}),
              (Limit{.kind = LimitKind::kCeilingReached,
                     .used_amount = q("1170.00"),
                     .limit_amount = q("1170.00"),
                     .resets_on = day("2026-06-10")}));
}

TEST(Allowance, OfSeveralLimitsTellsTheOneThatLastsLongest) {
    const Counts all{.month_used = 3, .line_used = 3, .pool_ceiling_used = q("1170.00")};
    EXPECT_EQ(judged(fuel(), all)->kind, LimitKind::kYearlyLimit);
    const Period ends_soon{.from = day("2025-02-10"), .to = day("2026-02-09")};
    EXPECT_EQ(judge(plan(), fuel(), all, ends_soon, kToday)->kind, LimitKind::kMonthlyLimit);
}

TEST(Allowance, TheCeilingOfOneEventIsNeverReachedBeforeIt) {
    EXPECT_EQ(judged(tow(), {.line_used = 2, .pool_ceiling_used = q("9000.00")}), std::nullopt);
}

TEST(Allowance, LinesWithoutCountAndCeilingSkipTheMonthlyCap) {
    EXPECT_FALSE(counts_in_month(medical_phone()));
    EXPECT_EQ(judged(medical_phone(), {.month_used = 99, .line_used = 99}), std::nullopt);
    EXPECT_TRUE(counts_in_month(phishing()));
    EXPECT_EQ(judged(phishing(), {.month_used = 3, .line_used = 99})->kind,
              LimitKind::kMonthlyLimit);
    EXPECT_EQ(judged(phishing(), {.month_used = 2, .line_used = 99}), std::nullopt);
}

TEST(Allowance, ServicesOfAPoolShareCountAndCeiling) {
    const Coverage coverage = plan();
    const ServiceLine& tyre = *find_line(coverage, "TYRE");
    EXPECT_TRUE(shares_count(fuel(), tyre));
    EXPECT_TRUE(shares_count(tow(), tow()));
    EXPECT_FALSE(shares_count(tow(), fuel()));
    EXPECT_FALSE(shares_count(tow(), medical_phone()));
    EXPECT_EQ(find_line(coverage, "XRAY"), nullptr);
}

TEST(Allowance, IsToldInARefusal) {
    EXPECT_EQ(limit_members(*judged(tow(), {.month_used = 4})),
              R"("limit":{"kind":"MONTHLY_LIMIT","limit":3,"resets_on":"2026-03-01","used":4})");
    EXPECT_EQ(
        limit_members(*judged(fuel(), {.pool_ceiling_used = q("1200.50")})),
        R"("limit":{"kind":"CEILING_REACHED","limit":"1170.00","resets_on":"2026-06-10","used":"1200.50"})");
    EXPECT_EQ(limit_members(not_covered()),
              R"("limit":{"kind":"NOT_COVERED","limit":0,"resets_on":null,"used":0})");
}

TEST(Allowance, NeverGoesBelowNothingLeft) {
    EXPECT_EQ(left_of(tow(), {.line_used = 1}), (Left{2, q("1170.00")}));
    EXPECT_EQ(left_of(tow(), {.line_used = 7}), (Left{0, q("1170.00")}));
    EXPECT_EQ(left_of(fuel(), {.line_used = 1, .pool_ceiling_used = q("170.00")}),
              (Left{2, q("1000.00")}));
    EXPECT_EQ(left_of(fuel(), {.pool_ceiling_used = q("1500.00")}), (Left{3, Money{}}));
    EXPECT_EQ(left_of(medical_phone(), {.line_used = 7}), (Left{std::nullopt, std::nullopt}));
}

TEST(Allowance, WhatLiesAboveTheCeilingIsOwedByTheMember) {
    EXPECT_EQ(excess_of(q("1300.00"), left_of(tow(), {})), q("130.00"));
    EXPECT_EQ(excess_of(q("1170.00"), left_of(tow(), {})), Money{});
    EXPECT_EQ(excess_of(q("300.00"), left_of(fuel(), {.pool_ceiling_used = q("1000.00")})),
              q("130.00"));
    EXPECT_EQ(excess_of(q("300.00"), left_of(medical_phone(), {})), Money{});
}

TEST(ChoiceOfCover, TakesMostLeftThenEarliestEnd) {
    const auto chosen = [](std::vector<CoverOption> options) {
        const auto index = choose(options);
        return index ? options[*index].id.value : -1;
    };
    const auto option = [](std::int32_t id, bool available, std::optional<std::int32_t> events,
                           std::optional<Date> end) {
        return CoverOption{
            .id = {id}, .available = available, .left = {events, {}}, .end_date = end};
    };
    const Date soon = day("2026-02-10");
    const Date later = day("2026-05-10");
    EXPECT_EQ(chosen({}), -1);
    EXPECT_EQ(chosen({option(1, true, 1, soon), option(2, true, 2, later)}), 2);
    EXPECT_EQ(chosen({option(1, true, 2, later), option(2, true, 2, soon)}), 2);
    EXPECT_EQ(chosen({option(1, true, 2, std::nullopt), option(2, true, 2, later)}), 2);
    EXPECT_EQ(chosen({option(2, true, 2, soon), option(1, true, 2, soon)}), 1);
    EXPECT_EQ(chosen({option(1, true, 9, soon), option(2, true, std::nullopt, later)}), 2);
    EXPECT_EQ(chosen({option(1, false, 9, soon), option(2, true, 1, later)}), 2);
    EXPECT_EQ(chosen({option(1, false, 0, later), option(2, false, 0, soon)}), 2);
}

TEST(VehicleTerms, RefuseTheOldTheHeavyAndTheHired) {
    const VehicleTerms terms{.max_age_years = 20,
                             .max_weight_t = Decimal<5, 2>::parse("3.50").value(),
                             .use = "particular"};
    const auto fault = [&](std::int32_t year, std::string_view weight, std::string_view use) {
        return vehicle_fault(
            terms,
            {.model_year = year, .weight_t = Decimal<5, 2>::parse(weight).value(), .use = use},
            kToday);
    };
    EXPECT_EQ(fault(2006, "3.50", "particular"), std::nullopt);
    EXPECT_EQ(fault(2027, "1.20", "Particular"), std::nullopt);
    EXPECT_EQ(fault(2005, "1.20", "particular"), VehicleFault::kTooOld);
    EXPECT_EQ(fault(2020, "3.51", "particular"), VehicleFault::kTooHeavy);
    EXPECT_EQ(fault(2020, "1.20", "taxi"), VehicleFault::kWrongUse);
}

TEST(VehicleTerms, ApplyToLinesWhoseEvidenceShowsAVehicle) {
    ServiceLine line = tow();
    EXPECT_FALSE(is_about_vehicle(line));
    line.evidence = {Evidence::kForm};
    EXPECT_FALSE(is_about_vehicle(line));
    line.evidence = {Evidence::kVehiclePhoto, Evidence::kDamagePhoto};
    EXPECT_TRUE(is_about_vehicle(line));
}

TEST(Notice, IsTheHoursOfTheLine) {
    const Instant now = start_of_day(kToday);
    ServiceLine driver{.code = "DRIVER", .notice_hours = 5, .flow = Flow::kScheduled};
    EXPECT_TRUE(has_notice(driver, add_seconds(now, 5 * 3600), now));
    EXPECT_FALSE(has_notice(driver, add_seconds(now, 5 * 3600 - 1), now));
    driver.notice_hours.reset();
    EXPECT_TRUE(has_notice(driver, now, now));
    EXPECT_FALSE(has_notice(driver, add_seconds(now, -1), now));
}

TEST(Cycle, CoversThirtyOrThreeHundredSixtyFiveDays) {
    EXPECT_EQ(bought_period(Cycle::kMonthly, std::nullopt, kToday),
              (Period{kToday, day("2026-03-04")}));
    EXPECT_EQ(bought_period(Cycle::kYearly, std::nullopt, kToday),
              (Period{kToday, day("2027-02-02")}));
}

TEST(Cycle, RenewsFromTheDayAfterTheEndOrFromToday) {
    EXPECT_EQ(bought_period(Cycle::kMonthly, day("2026-02-20"), kToday).from, day("2026-02-21"));
    EXPECT_EQ(bought_period(Cycle::kMonthly, kToday, kToday).from, day("2026-02-04"));
    EXPECT_EQ(bought_period(Cycle::kMonthly, day("2026-02-02"), kToday).from, kToday);
    EXPECT_EQ(bought_period(Cycle::kMonthly, day("2025-01-01"), kToday).from, kToday);
}

TEST(CoveredNow, IsActiveAndNotPastTheEndWhateverTheClockJobHasDone) {
    using enum SubscriptionStatus;
    EXPECT_TRUE(covered_now(kActive, kToday, kToday));
    EXPECT_TRUE(covered_now(kActive, std::nullopt, kToday));
    EXPECT_FALSE(covered_now(kActive, day("2026-02-02"), kToday));
    EXPECT_FALSE(covered_now(kExpired, day("2026-12-31"), kToday));
    EXPECT_FALSE(covered_now(kCancelled, day("2026-12-31"), kToday));
    EXPECT_EQ(days_left(kActive, kToday, kToday), 0);
    EXPECT_EQ(days_left(kActive, day("2026-02-10"), kToday), 7);
    EXPECT_EQ(days_left(kActive, day("2026-02-02"), kToday), std::nullopt);
    EXPECT_EQ(days_left(kActive, std::nullopt, kToday), std::nullopt);
    EXPECT_EQ(grace_until(kActive, day("2026-02-02")), day("2026-02-05"));
    EXPECT_EQ(grace_until(kExpired, day("2026-02-02")), std::nullopt);
}

}  // namespace
}  // namespace segurifai::services
