#include "apps/providers/eligibility.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/guatemala.hpp"

namespace segurifai::providers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Instant kNow = Instant::parse("2026-02-03T18:00:00Z").value();  // Tuesday, noon

UnitState fit_unit() {
    return {.status = ProviderStatus::kActive,
            .is_available = true,
            .is_online = true,
            .last_fix_at = add_seconds(kNow, -60),
            .service_radius_km = 50,
            .working_hours = {},
            .capabilities = {"TOW", "JUMP_START"},
            .desk = false,
            .position = apps::Position{14.6420, -90.5133},
            .has_active_job = false,
            .open_offers = 0};
}

Need tow_in_antigua() {  // 25.5 km away
    return {.service_code = "TOW", .desk = false, .place = apps::Position{14.5573, -90.7332}};
}

UnitState desk() {
    return {.status = ProviderStatus::kActive,
            .is_available = true,
            .is_online = false,
            .last_fix_at = std::nullopt,
            .service_radius_km = 0,
            .working_hours = {},
            .capabilities = {"DESK", "MEDICAL_PHONE"},
            .desk = true,
            .position = std::nullopt,
            .has_active_job = true,
            .open_offers = 2};
}

TEST(Eligibility, TakesAUnitThatIsActiveAvailableOnlineHeardFromNearAndCapable) {
    EXPECT_THAT(why_not(fit_unit(), tow_in_antigua(), kNow), IsEmpty());
    EXPECT_TRUE(is_eligible(fit_unit(), tow_in_antigua(), kNow));
}

TEST(Eligibility, NamesEachThingThatSpeaksAgainstAUnit) {
    struct Case {
        Unfit reason;
        std::function<void(UnitState&)> change;
    };
    const std::vector<Case> cases{
        {Unfit::kNotActive, [](UnitState& unit) { unit.status = ProviderStatus::kPending; }},
        {Unfit::kNotActive, [](UnitState& unit) { unit.status = ProviderStatus::kSuspended; }},
        {Unfit::kUnavailable, [](UnitState& unit) { unit.is_available = false; }},
        {Unfit::kOffline, [](UnitState& unit) { unit.is_online = false; }},
        {Unfit::kSilent, [](UnitState& unit) { unit.last_fix_at = add_seconds(kNow, -301); }},
        {Unfit::kSilent, [](UnitState& unit) { unit.last_fix_at = std::nullopt; }},
        {Unfit::kNoPosition, [](UnitState& unit) { unit.position = std::nullopt; }},
        {Unfit::kOutsideRadius, [](UnitState& unit) { unit.service_radius_km = 25; }},
        {Unfit::kOutsideHours, [](UnitState& unit) { unit.working_hours.always = false; }},
        {Unfit::kNotCapable, [](UnitState& unit) { unit.capabilities = {"TOWING"}; }},
        {Unfit::kBusy, [](UnitState& unit) { unit.has_active_job = true; }},
        {Unfit::kOffersFull, [](UnitState& unit) { unit.open_offers = 3; }},
    };
    for (const Case& expected : cases) {
        UnitState unit = fit_unit();
        expected.change(unit);
        EXPECT_THAT(why_not(unit, tow_in_antigua(), kNow), ElementsAre(expected.reason))
            << model::word(expected.reason);
    }
}

TEST(Eligibility, KeepsTheLastMomentOfFiveMinutesAndTheThirdOffer) {
    UnitState unit = fit_unit();
    unit.last_fix_at = add_seconds(kNow, -300);
    unit.service_radius_km = 26;
    unit.open_offers = 2;
    EXPECT_THAT(why_not(unit, tow_in_antigua(), kNow), IsEmpty());
}

TEST(Eligibility, AsksDesksForNeitherPositionNorQuietHands) {
    const Need call{.service_code = "MEDICAL_PHONE", .desk = true, .place = std::nullopt};
    EXPECT_THAT(why_not(desk(), call, kNow), IsEmpty());
    UnitState away = desk();
    away.is_available = false;
    EXPECT_THAT(why_not(away, call, kNow), ElementsAre(Unfit::kUnavailable));
}

TEST(Eligibility, KeepsDesksAndMobileUnitsApart) {
    UnitState desk_that_tows = desk();
    desk_that_tows.capabilities = {"DESK", "TOW"};
    EXPECT_THAT(why_not(desk_that_tows, tow_in_antigua(), kNow), ElementsAre(Unfit::kDesk));
    UnitState unit = fit_unit();
    unit.capabilities = {"MEDICAL_PHONE"};
    const Need call{.service_code = "MEDICAL_PHONE", .desk = true, .place = std::nullopt};
    EXPECT_THAT(why_not(unit, call, kNow), ElementsAre(Unfit::kNotDesk));
}

TEST(Eligibility, UsesTheLivePositionElseHeadquarters) {
    const apps::Position live{14.6, -90.5};
    const apps::Position headquarters{14.5, -90.6};
    EXPECT_EQ(where_is(live, headquarters), live);
    EXPECT_EQ(where_is(std::nullopt, headquarters), headquarters);
    EXPECT_EQ(where_is(std::nullopt, std::nullopt), std::nullopt);
}

TEST(OpeningHours, AreReadOnTheClockOfGuatemala) {
    const WorkingHours hours = parse_working_hours(
                                   R"({"mon":[["06:00","12:00"]],"tue":[["22:00","06:00"]],
                                       "sat":[["00:00","24:00"]],
                                       "exceptions":[{"date":"2026-02-10","hours":[]},
                                                     {"date":"2026-02-11","hours":[]}]})")
                                   .value();
    struct Case {
        std::string_view guatemala;
        bool open;
    };
    for (const Case& expected : {
             Case{"2026-02-02T05:59:59-06:00", false},  // Monday
             Case{"2026-02-02T06:00:00-06:00", true},
             Case{"2026-02-02T11:59:59-06:00", true},
             Case{"2026-02-02T12:00:00-06:00", false},
             Case{"2026-02-03T05:00:00-06:00", false},  // Tuesday, before it opens
             Case{"2026-02-03T22:00:00-06:00", true},
             Case{"2026-02-03T23:59:59-06:00", true},
             Case{"2026-02-04T05:59:59-06:00", true},  // Wednesday, the rest of Tuesday
             Case{"2026-02-04T06:00:00-06:00", false},
             Case{"2026-02-07T00:00:00-06:00", true},  // Saturday, all day
             Case{"2026-02-07T23:59:59-06:00", true},
             Case{"2026-02-08T00:00:00-06:00", false},
             Case{"2026-02-10T23:00:00-06:00", false},  // an exception: closed
             Case{"2026-02-11T01:00:00-06:00", false},
         })
        EXPECT_EQ(is_open_at(hours, Instant::parse(expected.guatemala).value()), expected.open)
            << expected.guatemala;
}

TEST(OpeningHours, RunOnPastMidnightIntoADayOff) {
    const WorkingHours hours =
        parse_working_hours(
            R"({"thu":[["22:00","06:00"]],"exceptions":[{"date":"2026-12-25","hours":[]}]})")
            .value();
    EXPECT_TRUE(is_open_at(hours, Instant::parse("2026-12-25T05:00:00-06:00").value()));
    EXPECT_FALSE(is_open_at(hours, Instant::parse("2026-12-25T07:00:00-06:00").value()));
}

}  // namespace
}  // namespace segurifai::providers
