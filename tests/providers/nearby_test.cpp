// Which units could come (RULES §5, API §2.5 providers.nearby).

#include <gtest/gtest.h>

#include <string>

#include "providers/fleet.hpp"

namespace segurifai::testing {
namespace {

using http::Scope;
using providers::VehicleKind;

class Nearby : public Fleet {
protected:
    Unit unit_at(std::int64_t latitude, std::int64_t longitude, const std::string& plate,
                 VehicleKind kind = VehicleKind::kTowTruck) {
        const Unit unit = api.add_unit();
        allow(unit, "TOW");
        place(unit, latitude, longitude);
        add_vehicle(unit, plate, kind, true);
        return unit;
    }
    TestAnswer ask(const std::string& token, const std::string& more = {}) {
        return api.get(
            "/api/providers/nearby/?latitude=14.6&longitude=-90.5&service_code=TOW" + more,
            {.token = token});
    }
    static std::string id(const Unit& unit) { return std::to_string(unit.id.value); }

    std::string member = token_of(api.add_member());
    std::string support = token_of(api.add_staff({Scope::kSupport}));
};

TEST_P(Nearby, TheQuickestByRoadComesFirstNotTheNearest) {
    const Unit truck = unit_at(14'640'000, -90'500'000, "C-001AAA");
    const Unit bike = unit_at(14'650'000, -90'500'000, "M-001AAA", VehicleKind::kMotorcycle);
    allow(truck, "FUEL");
    allow(truck, "LOCKSMITH", false);
    const TestAnswer answer = ask(member);
    ASSERT_EQ(answer.status, 200) << answer.body;
    ASSERT_EQ(answer.json.as_array().size(), 2U);
    EXPECT_EQ(answer.at("/0/provider/id"), id(bike));
    EXPECT_EQ(answer.at("/1/provider/id"), id(truck));
    EXPECT_EQ(answer.at("/1/eta_minutes"), "25") << "6.00 km at 15 km/h";
    EXPECT_NEAR(answer.json.at(1).at("distance_km").to_number<double>(), 6.00, 0.01);
    EXPECT_EQ(answer.at("/0/provider/capabilities"), R"(["TOW"])");
    EXPECT_EQ(answer.at("/1/provider/capabilities"), R"(["FUEL","TOW"])");
}

TEST_P(Nearby, MembersSeePositionsToThreeDecimalsAndStaffExactly) {
    unit_at(14'612'345, -90'512'345, "C-001AAA");
    EXPECT_EQ(ask(member).at("/0/position"), R"({"latitude":1.4612E1,"longitude":-9.0512E1})");
    EXPECT_EQ(ask(support).at("/0/position"),
              R"({"latitude":1.4612345E1,"longitude":-9.0512345E1})");
}

TEST_P(Nearby, OnlyEligibleUnitsAreShown) {
    const Unit good = unit_at(14'610'000, -90'500'000, "C-001AAA");
    const Unit busy = unit_at(14'610'000, -90'500'000, "C-002AAA");
    give_job(busy);
    const Unit narrow = unit_at(14'650'000, -90'500'000, "C-003AAA");
    api.execute("UPDATE providers_provider SET service_radius_km = 2 WHERE id = " + id(narrow));
    const Unit closed = unit_at(14'610'000, -90'500'000, "C-004AAA");
    api.execute("UPDATE providers_provider SET working_hours = '{\"mon\":[]}' WHERE id = " +
                id(closed));
    const Unit away = unit_at(14'610'000, -90'500'000, "C-005AAA");
    api.execute("UPDATE providers_providerlocation SET is_online = FALSE WHERE provider_id = " +
                id(away));
    const Unit unapproved = unit_at(14'610'000, -90'500'000, "C-006AAA");
    api.execute("UPDATE providers_capability SET approved = FALSE WHERE provider_id = " +
                id(unapproved));
    const Unit far = unit_at(15'200'000, -90'500'000, "C-007AAA");
    api.execute("UPDATE providers_provider SET service_radius_km = 200 WHERE id = " + id(far));
    const TestAnswer answer = ask(member);
    ASSERT_EQ(answer.json.as_array().size(), 1U) << answer.body;
    EXPECT_EQ(answer.at("/0/provider/id"), id(good));
}

TEST_P(Nearby, AUnitNotHeardFromForFiveMinutesIsLeftOut) {
    unit_at(14'610'000, -90'500'000, "C-001AAA");
    api.clock.advance_micros(300 * kSecond);
    EXPECT_EQ(ask(member).json.as_array().size(), 1U);
    api.clock.advance_micros(1);
    EXPECT_EQ(ask(member).body, "[]");
}

TEST_P(Nearby, TheLimitHoldsAndIsTwentyAtMost) {
    for (int i = 0; i < 22; ++i)
        unit_at(14'610'000 + i, -90'500'000, "C-" + std::to_string(100 + i) + "AAA");
    EXPECT_EQ(ask(member).json.as_array().size(), 20U);
    EXPECT_EQ(ask(member, "&limit=3").json.as_array().size(), 3U);
    EXPECT_EQ(ask(member, "&limit=21").status, 400);
    EXPECT_EQ(ask(member, "&limit=0").status, 400);
}

TEST_P(Nearby, OutsideTheAreaIsRefusedAndAnUnknownServiceIsAFault) {
    const TestAnswer outside = api.get(
        "/api/providers/nearby/?latitude=19.4&longitude=-99.1&service_code=TOW", {.token = member});
    EXPECT_EQ(outside.status, 422);
    EXPECT_EQ(outside.at("/code"), "outside_area");
    EXPECT_NE(api.get("/api/providers/nearby/?latitude=14.6&longitude=-90.5&service_code=TEA",
                      {.token = member})
                  .at("/service_code/0"),
              "<none>");
    EXPECT_EQ(api.get("/api/providers/nearby/?latitude=14.6", {.token = member}).status, 400);
}

TEST_P(Nearby, UnitsDoNotLookForEachOther) {
    EXPECT_EQ(ask(token_of(api.add_unit())).status, 403);
}

SEGURIFAI_ON_BOTH_ENGINES(Nearby);

}  // namespace
}  // namespace segurifai::testing
