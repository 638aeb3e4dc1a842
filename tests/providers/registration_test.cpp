// How somebody becomes a unit, and what is decided of it (RULES §5, API §2.5, §2.13).

#include <gtest/gtest.h>

#include <string>

#include "providers/fleet.hpp"

namespace segurifai::testing {
namespace {

using assistance::RequestStatus;
using http::Header;
using http::Scope;
using providers::ProviderStatus;

class Registration : public Fleet {
protected:
    static std::string application(const std::string& licence = "PAT-1",
                                   const std::string& plate = "c 123bcd") {
        return R"({"company_name":"Grúas Xelajú","business_license":")" + licence +
               R"(","tax_id":"1234567-9","business_phone":"5555 1234",)"
               R"("business_email":"hola@gruas.gt","address":"4a calle 1-2","city":"Quetzaltenango",)"
               R"("state":"Quetzaltenango","postal_code":"09001","latitude":14.8347,)"
               R"("longitude":-91.5181,"service_radius_km":80,"service_areas":["Xela"],)"
               R"("working_hours":{"mon":[["06:00","22:00"]]},"capabilities":["TOW","TYRE"],)"
               R"("vehicles":[{"kind":"TOW_TRUCK","plate":")" +
               plate + R"(","make":"Isuzu","model":"NPR","year":2018,"color":"blanco"}]})";
    }
    TestAnswer apply(const Person& person, const std::string& body,
                     const std::string& key = "one") {
        return api.post("/api/providers/", {.token = token_of(person), .body = body, .key = key});
    }
    TestAnswer decide(const Unit& unit, const std::string& token, const std::string& body) {
        return api.post(
            "/api/admin/providers/" + std::to_string(unit.id.value) + "/decision/",
            {.token = token, .body = body, .headers = {{Header::kIfMatch, etag_of(unit, token)}}});
    }
    static constexpr auto kApprove =
        R"({"status":"ACTIVE","seen":{"license":true,"certificate":true,"insurance":true},)"
        R"("verification_notes":"Todo en orden."})";
    static constexpr auto kSuspend = R"({"status":"SUSPENDED"})";
};

TEST_P(Registration, AMemberWithAProvenPhoneAppliesAndIsPendingWithVehiclesAndWishes) {
    const Person ana = proven_member();
    const TestAnswer answer = apply(ana, application());
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.at("/status"), "PENDING");
    EXPECT_EQ(answer.at("/business_phone"), "+50255551234");
    EXPECT_EQ(answer.at("/vehicles/0/plate"), "C-123BCD");
    EXPECT_EQ(answer.at("/capabilities/0/code"), "TOW");
    EXPECT_EQ(answer.at("/capabilities/0/approved"), "false");
    EXPECT_EQ(answer.at("/rating"), "0.00");
    EXPECT_EQ(answer.at("/verification_notes"), "<none>");
    EXPECT_EQ(answer.header("Location"), "/api/providers/" + answer.at("/id") + "/");
    EXPECT_EQ(api.text("SELECT role FROM users_user WHERE email = '" + ana.email + "'"), "USER");
    EXPECT_EQ(count("audit_event WHERE action = 'providers.apply'"), 1);
    EXPECT_EQ(count("events_outbox WHERE name = 'provider.status_changed'"), 1);
}

TEST_P(Registration, TheSameApplicationSentAgainIsAnsweredTheSameAndMakesNothing) {
    const Person ana = proven_member();
    const TestAnswer first = apply(ana, application());
    const TestAnswer again = apply(ana, application());
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(count("providers_provider"), 1);
}

TEST_P(Registration, ASecondApplicationIsAlreadyDone) {
    const Person ana = proven_member();
    ASSERT_EQ(apply(ana, application()).status, 201);
    const TestAnswer again = apply(ana, application("PAT-2", "C-999BBB"), "two");
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(again.at("/code"), "already_done");
}

TEST_P(Registration, APhoneThatIsNotProvenIsRefused) {
    const TestAnswer answer = apply(api.add_member(), application());
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.at("/code"), "phone_not_verified");
}

TEST_P(Registration, WhoWaitsForHelpCannotApply) {
    const Person ana = proven_member();
    add_request(ana.id, RequestStatus::kPending);
    const TestAnswer answer = apply(ana, application());
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.at("/code"), "open_request");
}

TEST_P(Registration, ALicenceAndAPlateInUseAreFaultsOfTheirFields) {
    ASSERT_EQ(apply(proven_member(), application()).status, 201);
    const TestAnswer answer = apply(proven_member(), application());
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.at("/business_license/0"), "<none>") << answer.body;
    EXPECT_NE(answer.at("/vehicles/0/plate/0"), "<none>") << answer.body;
    EXPECT_EQ(count("providers_provider"), 1);
}

TEST_P(Registration, EveryFaultOfAnApplicationIsToldAtOnce) {
    std::string body = application("PAT-1", "123");
    body.replace(body.find("1234567-9"), 9, "1234567-1");
    body.replace(body.find("5555 1234"), 9, "12");
    body.replace(body.find("\"TYRE\""), 6, "\"TEA\"");
    const TestAnswer answer = apply(proven_member(), body);
    EXPECT_EQ(answer.status, 400);
    for (const auto* field :
         {"/tax_id/0", "/business_phone/0", "/capabilities/1/0", "/vehicles/0/plate/0"})
        EXPECT_NE(answer.at(field), "<none>") << field << answer.body;
}

TEST_P(Registration, ColumnsKeepTheirRules) {
    std::string body = application();
    body.replace(body.find("hola@gruas.gt"), 13, "hola");
    body.replace(body.find("06:00"), 5, "26:00");
    body.replace(body.find("\"mon\""), 5, "\"lun\":[],\"mon\"");
    body.replace(body.find("\"service_radius_km\":80"), 22, "\"service_radius_km\":201");
    const TestAnswer answer = apply(proven_member(), body);
    EXPECT_EQ(answer.status, 400);
    for (const auto* field : {"/business_email/0", "/service_radius_km/0"})
        EXPECT_NE(answer.at(field), "<none>") << field << answer.body;
    EXPECT_EQ(answer.at("/working_hours/mon/0/0/0"), "Debe ser una hora de \"00:00\" a \"23:59\".");
    EXPECT_EQ(answer.at("/working_hours/lun/0"), "No pertenece a este objeto: quítelo.");
}

TEST_P(Registration, ApprovalNeedsAllPapersSeen) {
    const Unit unit = api.add_unit(ProviderStatus::kPending);
    const std::string ops = token_of(api.add_staff({Scope::kOperations}));
    const TestAnswer answer = decide(
        unit, ops,
        R"({"status":"ACTIVE","seen":{"license":true,"certificate":true,"insurance":false}})");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.at("/code"), "evidence_missing");
    EXPECT_EQ(decide(unit, ops, R"({"status":"ACTIVE"})").at("/code"), "evidence_missing");
    EXPECT_EQ(count("providers_provider WHERE status = 'PENDING'"), 1);
}

TEST_P(Registration, ApprovalMakesTheAccountAProviderWithItsCapabilitiesAndAPlace) {
    const Unit unit = api.add_unit(ProviderStatus::kPending);
    allow(unit, "TOW", false);
    const std::string session = token_of(unit);
    const std::string ops = token_of(api.add_staff({Scope::kOperations}));
    const TestAnswer answer = decide(unit, ops, kApprove);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.at("/status"), "ACTIVE");
    EXPECT_EQ(answer.at("/verification_notes"), "Todo en orden.");
    EXPECT_EQ(answer.at("/capabilities/0/approved"), "true");
    EXPECT_EQ(answer.at("/location"), "null") << "nothing was heard of it yet";
    EXPECT_EQ(count("users_user WHERE role = 'PROVIDER'"), 1);
    EXPECT_EQ(count("providers_providerlocation WHERE NOT is_online"), 1);
    EXPECT_EQ(api.get("/api/providers/me/", {.token = session}).status, 200);
    EXPECT_EQ(count("events_outbox WHERE name = 'provider.status_changed'"), 1);
}

TEST_P(Registration, AnApplicantWhoIsGoneIsNotApproved) {
    const Unit unit = api.add_unit(ProviderStatus::kPending);
    api.execute("UPDATE users_user SET is_active = FALSE WHERE id = '" +
                unit.user_id.value.to_string() + "'");
    const std::string ops = token_of(api.add_staff({Scope::kOperations}));
    const TestAnswer no = decide(unit, ops, kApprove);
    EXPECT_EQ(no.status, 409) << no.body;
    EXPECT_EQ(no.at("/code"), "invalid_transition");
    EXPECT_EQ(count("users_user WHERE role = 'PROVIDER'"), 0);
}

TEST_P(Registration, AnApplicantWhoWaitsForHelpIsApprovedAfterIt) {
    const Unit unit = api.add_unit(ProviderStatus::kPending);
    add_request(unit.user_id, RequestStatus::kInProgress);
    const std::string ops = token_of(api.add_staff({Scope::kOperations}));
    const TestAnswer no = decide(unit, ops, kApprove);
    EXPECT_EQ(no.status, 409) << no.body;
    EXPECT_EQ(no.at("/code"), "open_request");
    EXPECT_EQ(count("providers_provider WHERE status = 'PENDING'"), 1);
    EXPECT_EQ(count("users_user WHERE role = 'PROVIDER'"), 0);
    api.execute("UPDATE assistance_assistancerequest SET status = 'COMPLETED'");
    const TestAnswer yes = decide(unit, ops, kApprove);
    EXPECT_EQ(yes.status, 200) << yes.body;
    EXPECT_EQ(count("users_user WHERE role = 'PROVIDER'"), 1);
}

TEST_P(Registration, DecisionsAreUnderIfMatchAndOfOperationsOnly) {
    const Unit unit = api.add_unit(ProviderStatus::kPending);
    const std::string ops = token_of(api.add_staff({Scope::kOperations}));
    const std::string path = "/api/admin/providers/" + std::to_string(unit.id.value) + "/decision/";
    EXPECT_EQ(api.post(path, {.token = ops, .body = kApprove}).status, 428);
    const TestAnswer stale = api.post(
        path, {.token = ops, .body = kApprove, .headers = {{Header::kIfMatch, "\"old\""}}});
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(stale.header("ETag"), etag_of(unit, ops));
    EXPECT_EQ(decide(unit, token_of(api.add_staff({Scope::kSupport})), kApprove).status, 403);
    EXPECT_EQ(decide(unit, token_of(unit), kApprove).status, 403);
}

TEST_P(Registration, SuspensionEndsDutyAndWithdrawsOffers) {
    const Unit unit = api.add_unit();
    place(unit, 14'600'000, -90'500'000);
    const auto offer = give_offer(unit);
    const std::string ops = token_of(api.add_staff({Scope::kOperations}));
    const TestAnswer answer = decide(unit, ops, kSuspend);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.at("/is_available"), "false");
    EXPECT_EQ(count("dispatch_offer WHERE state = 'WITHDRAWN' AND closed_at IS NOT NULL"), 1);
    EXPECT_EQ(count("providers_providerlocation WHERE is_online"), 0);
    EXPECT_EQ(count("events_outbox WHERE name = 'offer.closed' AND object_id = '" +
                    std::to_string(offer.id.value) + "'"),
              1);
    EXPECT_GE(api.wakes(), 1);
    const TestAnswer again = decide(unit, ops, R"({"status":"ACTIVE"})");
    EXPECT_EQ(again.at("/status"), "ACTIVE");
    EXPECT_EQ(again.at("/is_available"), "false") << "it goes on duty itself";
}

TEST_P(Registration, AUnitWithAJobIsNotSuspendedAndKeepsItsOffers) {
    const Unit unit = api.add_unit();
    give_job(unit);
    give_offer(unit);
    const TestAnswer answer = decide(unit, token_of(api.add_staff({Scope::kOperations})), kSuspend);
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.at("/code"), "unit_busy");
    EXPECT_EQ(count("dispatch_offer WHERE state = 'OPEN'"), 1);
}

TEST_P(Registration, OtherTransitionsAreRefused) {
    const std::string ops = token_of(api.add_staff({Scope::kOperations}));
    EXPECT_EQ(decide(api.add_unit(), ops, kApprove).at("/code"), "invalid_transition");
    EXPECT_EQ(decide(api.add_unit(ProviderStatus::kPending), ops, kSuspend).at("/code"),
              "invalid_transition");
    EXPECT_EQ(decide(api.add_unit(ProviderStatus::kSuspended), ops, kSuspend).at("/code"),
              "invalid_transition");
    EXPECT_EQ(decide(api.add_unit(), ops, R"({"status":"PENDING"})").status, 400);
}

SEGURIFAI_ON_BOTH_ENGINES(Registration);

}  // namespace
}  // namespace segurifai::testing
