// A unit as it is seen, edited, and on duty (RULES §5, API §2.5).

#include <gtest/gtest.h>

#include <string>

#include "providers/fleet.hpp"

namespace segurifai::testing {
namespace {

using assistance::RequestStatus;
using dispatch::OfferState;
using http::Header;
using http::Scope;
using providers::ProviderStatus;
using providers::VehicleKind;

class UnitView : public Fleet {
protected:
    TestAnswer edit(const std::string& token, const std::string& body) {
        return api.patch(
            path_of(unit),
            {.token = token, .body = body, .headers = {{Header::kIfMatch, etag_of(unit, token)}}});
    }
    TestAnswer duty(const std::string& body) {
        return api.put("/api/providers/me/availability/", {.token = own, .body = body});
    }
    TestAnswer me() { return api.get("/api/providers/me/", {.token = own}); }

    static constexpr auto kOn = R"({"is_available":true,"is_online":true})";
    static constexpr auto kOff = R"({"is_available":false,"is_online":false})";

    Unit unit = api.add_unit();
    std::string own = token_of(unit);
    std::string ops = token_of(api.add_staff({Scope::kOperations}));
};

TEST_P(UnitView, AnybodySignedInSeesTheCardOfAnActiveUnitAndNothingMore) {
    const std::string member = token_of(api.add_member());
    EXPECT_EQ(api.get(path_of(unit), {.token = member}).at("/capabilities"), "[]");
    allow(unit, "TOW");
    allow(unit, "FUEL", false);
    allow(unit, "LOCKSMITH");
    const TestAnswer card = api.get(path_of(unit), {.token = member});
    ASSERT_EQ(card.status, 200) << card.body;
    EXPECT_EQ(card.at("/capabilities"), R"(["LOCKSMITH","TOW"])");
    EXPECT_EQ(card.json.as_object().size(), 10U);
    EXPECT_EQ(card.at("/business_phone"), "<none>");
    EXPECT_EQ(api.get(path_of(unit)).status, 401);
}

TEST_P(UnitView, TheUnitItselfAndStaffSeeItInFullAndOnlyOperationsTheNotes) {
    const std::string support = token_of(api.add_staff({Scope::kSupport}));
    for (const std::string& token : {own, support}) {
        const TestAnswer full = api.get(path_of(unit), {.token = token});
        EXPECT_EQ(full.at("/business_email"), unit.email);
        EXPECT_EQ(full.at("/verification_notes"), "<none>");
        EXPECT_EQ(full.at("/vehicles"), "[]");
    }
    EXPECT_EQ(api.get(path_of(unit), {.token = ops}).at("/verification_notes"), "");
}

TEST_P(UnitView, AUnitThatIsNotActiveIsThereForItselfAndStaffOnly) {
    unit = api.add_unit(ProviderStatus::kPending);
    EXPECT_EQ(api.get(path_of(unit), {.token = token_of(api.add_member())}).status, 404);
    EXPECT_EQ(api.get(path_of(unit), {.token = token_of(unit)}).status, 200);
    EXPECT_EQ(api.get(path_of(unit), {.token = ops}).status, 200);
    EXPECT_EQ(api.get("/api/providers/999999/", {.token = ops}).status, 404);
    EXPECT_EQ(api.get("/api/providers/x/", {.token = ops}).status, 404);
}

TEST_P(UnitView, AUnitEditsItsContactDataUnderIfMatch) {
    const TestAnswer answer =
        edit(own, R"({"business_phone":"2222-3333","latitude":14.5,"longitude":-90.4,)"
                  R"("service_radius_km":200,"working_hours":{"sun":[["08:00","12:00"]]}})");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.at("/business_phone"), "+50222223333");
    EXPECT_EQ(answer.at("/service_radius_km"), "200");
    EXPECT_EQ(answer.header("ETag"), etag_of(unit, own));
    EXPECT_EQ(api.patch(path_of(unit), {.token = own, .body = R"({"city":"Mixco"})"}).status, 428);
    EXPECT_EQ(api.patch(path_of(unit), {.token = own,
                                        .body = R"({"city":"Mixco"})",
                                        .headers = {{Header::kIfMatch, "\"old\""}}})
                  .status,
              412);
    const std::string audited =
        api.text("SELECT CAST(after AS TEXT) FROM audit_event WHERE action = 'providers.update'");
    EXPECT_NE(audited.find("\"service_radius_km\""), std::string::npos) << audited;
    EXPECT_EQ(audited.find("\"city\""), std::string::npos) << audited;
}

TEST_P(UnitView, WhatIsNotTheUnitsToChangeIsAFaultOfEachField) {
    const TestAnswer answer =
        edit(own, R"({"company_name":"Otra","tax_id":"1234567-9","verification_notes":"x"})");
    EXPECT_EQ(answer.status, 400);
    for (const auto* field : {"/company_name/0", "/tax_id/0", "/verification_notes/0"})
        EXPECT_NE(answer.at(field), "<none>") << answer.body;
    EXPECT_EQ(edit(own, R"({"rating":"5.00"})").status, 400);
    EXPECT_EQ(edit(own, R"({"status":"ACTIVE"})").status, 400);
}

TEST_P(UnitView, OperationsEditEverythingAndASecondLicenceIsAFault) {
    const TestAnswer answer =
        edit(ops, R"({"company_name":"Otra","tax_id":"12345679","verification_notes":"visto"})");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.at("/tax_id"), "1234567-9");
    EXPECT_EQ(answer.at("/verification_notes"), "visto");
    const Unit other = api.add_unit();
    const std::string licence = api.get(path_of(other), {.token = ops}).at("/business_license");
    const TestAnswer taken = edit(ops, R"({"business_license":")" + licence + R"("})");
    EXPECT_EQ(taken.status, 400);
    EXPECT_NE(taken.at("/business_license/0"), "<none>") << taken.body;
}

TEST_P(UnitView, CoordinatesGoTogetherAndRequiredValuesAreNotCleared) {
    EXPECT_NE(edit(own, R"({"latitude":14.5})").at("/longitude/0"), "<none>");
    EXPECT_NE(edit(own, R"({"latitude":14.5,"longitude":null})").at("/longitude/0"), "<none>");
    EXPECT_EQ(edit(own, R"({"latitude":null,"longitude":null})").at("/latitude"), "null");
    EXPECT_EQ(edit(own, R"({"city":null})").status, 400);
    EXPECT_EQ(edit(own, R"({"service_radius_km":0})").status, 400);
}

TEST_P(UnitView, NobodyEditsTheUnitOfAnother) {
    const Unit other = api.add_unit();
    const std::string token = token_of(other);
    EXPECT_EQ(api.patch(path_of(unit), {.token = token,
                                        .body = R"({"city":"Mixco"})",
                                        .headers = {{Header::kIfMatch, "*"}}})
                  .status,
              404);
}

TEST_P(UnitView, ALivePositionDoesNotChangeTheTagOfAnEdit) {
    place(unit, 14'600'000, -90'500'000);
    const std::string before = etag_of(unit, own);
    api.execute("UPDATE providers_providerlocation SET latitude = 14.7");
    EXPECT_EQ(etag_of(unit, own), before);
}

TEST_P(UnitView, GoingOnDutyPlacesTheUnitAndWakesDispatch) {
    const auto vehicle = add_vehicle(unit, "C-001AAA");
    const auto old = add_vehicle(unit, "C-002AAA", VehicleKind::kCar, true);
    const TestAnswer answer =
        duty(R"({"is_available":true,"is_online":true,"vehicle_id":)" +
             std::to_string(vehicle.id.value) + R"(,"latitude":14.61,"longitude":-90.52})");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.at("/on_duty"), "true");
    EXPECT_EQ(answer.at("/location/latitude"), "1.461E1");
    EXPECT_EQ(answer.at("/vehicles/0/in_use"), "true");
    EXPECT_EQ(answer.at("/vehicles/1/in_use"), "false");
    EXPECT_EQ(api.wakes(), 1);
    EXPECT_EQ(count("audit_event WHERE action = 'providers.availability'"), 1);
}

TEST_P(UnitView, WithoutAPositionItStandsAtItsHeadquartersAndIsNotHeardFrom) {
    const TestAnswer answer = duty(kOn);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.at("/on_duty"), "false") << answer.at("/location");
    EXPECT_EQ(count("providers_providerlocation WHERE is_online"), 1);
    EXPECT_NE(duty(R"({"is_available":true,"is_online":true,"latitude":14.6})").at("/longitude/0"),
              "<none>");
}

TEST_P(UnitView, ADeskIsOnDutyWithoutAPosition) {
    api.execute("UPDATE providers_provider SET latitude = NULL, longitude = NULL");
    EXPECT_NE(duty(kOn).at("/latitude/0"), "<none>") << "a mobile unit stands somewhere";
    allow(unit, "DESK", false);
    EXPECT_NE(duty(kOn).at("/latitude/0"), "<none>") << "not approved yet";
    api.execute("UPDATE providers_capability SET approved = TRUE");
    const TestAnswer on = duty(kOn);
    ASSERT_EQ(on.status, 200) << on.body;
    EXPECT_EQ(on.at("/on_duty"), "true");
    EXPECT_EQ(on.at("/location"), "null");
    EXPECT_EQ(count("providers_providerlocation"), 0);
    EXPECT_EQ(duty(R"({"is_available":false,"is_online":false})").at("/on_duty"), "false");
}

TEST_P(UnitView, TheVehicleMustBeAnActiveOneOfItsOwn) {
    const auto foreign = add_vehicle(api.add_unit(), "C-001AAA");
    auto retired = add_vehicle(unit, "C-002AAA");
    api.execute("UPDATE providers_vehicle SET is_active = FALSE WHERE id = " +
                std::to_string(retired.id.value));
    for (const auto id : {foreign.id.value, retired.id.value, 999'999})
        EXPECT_NE(duty(R"({"is_available":true,"is_online":true,"vehicle_id":)" +
                       std::to_string(id) + '}')
                      .at("/vehicle_id/0"),
                  "<none>");
}

TEST_P(UnitView, LeavingDutyWithdrawsOpenOffersAndTheirRequestsAreLookedAtNow) {
    place(unit, 14'600'000, -90'500'000);
    const auto offer = give_offer(unit);
    give_offer(unit, OfferState::kDeclined);
    ASSERT_EQ(duty(kOff).status, 200);
    EXPECT_EQ(count("dispatch_offer WHERE state = 'WITHDRAWN'"), 1);
    EXPECT_EQ(count("events_outbox WHERE name = 'offer.closed'"), 1);
    const auto search =
        model::find_by_blocking<dispatch::Search>(api.session(), "request_id", offer.request_id);
    ASSERT_TRUE(search && *search);
    EXPECT_EQ((*search)->next_at, api.clock.now());
    EXPECT_EQ(api.wakes(), 1);
}

TEST_P(UnitView, WithAJobAUnitDoesNotGoOfflineButMayStopTakingOffers) {
    place(unit, 14'600'000, -90'500'000);
    give_job(unit);
    const TestAnswer offline = duty(kOff);
    EXPECT_EQ(offline.status, 409);
    EXPECT_EQ(offline.at("/code"), "unit_busy");
    EXPECT_EQ(count("providers_provider WHERE is_available"), 1);
    const TestAnswer paused = duty(R"({"is_available":false,"is_online":true})");
    EXPECT_EQ(paused.status, 200) << paused.body;
    EXPECT_EQ(paused.at("/active_job/service_code"), "TOW");
    EXPECT_EQ(paused.at("/active_job/status"), "ASSIGNED");
}

TEST_P(UnitView, OnlyAnActiveUnitHasDuty) {
    own = token_of(api.add_unit(ProviderStatus::kPending));
    EXPECT_EQ(duty(kOn).at("/code"), "provider_not_active");
    own = token_of(api.add_member());
    EXPECT_EQ(duty(kOn).status, 403);
    EXPECT_EQ(me().status, 403);
}

TEST_P(UnitView, TheDayCountsJobsEarningsAndMinutesWithAPosition) {
    for (int i = 0; i < 2; ++i) {
        auto job = give_job(unit);
        job.ended_at = api.clock.now();
        job.arrived_at = i == 0 ? job.promised_at : Instant{job.promised_at.micros + 1};
        job.outcome = dispatch::Outcome::kCompleted;
        job.pay_base = Money{200'00};
        job.pay_distance_bonus = Money{12'50};
        ASSERT_TRUE(model::update_blocking(api.session(), api.clock, job));
    }
    for (const auto* at : {"17:01:05", "17:01:40", "17:02:00", "05:59:59"})
        api.execute(
            "INSERT INTO providers_providerlocationhistory (provider_id, latitude, "
            "longitude, recorded_at) VALUES (" +
            std::to_string(unit.id.value) + ", 14.6, -90.5, '2026-02-03 " + at +
            (GetParam() == sql::Engine::kPostgres ? "+00')" : ".000000')"));
    const TestAnswer answer = me();
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.at("/today"), R"({"jobs":2,"earnings":"425.00","online_minutes":2})");
    EXPECT_EQ(answer.at("/promise_kept_30d"), "5E-1");
    EXPECT_EQ(answer.at("/active_job"), "null");
}

TEST_P(UnitView, SharesAreNothingUntilThereIsSomethingToShare) {
    EXPECT_EQ(me().at("/acceptance_30d"), "null");
    EXPECT_EQ(me().at("/promise_kept_30d"), "null");
    give_offer(unit, OfferState::kAccepted);
    give_offer(unit, OfferState::kLapsed);
    give_offer(unit, OfferState::kDeclined);
    give_offer(unit, OfferState::kTaken);
    EXPECT_NEAR(me().json.at("acceptance_30d").to_number<double>(), 0.3333, 1e-9);
}

SEGURIFAI_ON_BOTH_ENGINES(UnitView);

}  // namespace
}  // namespace segurifai::testing
