#include <gtest/gtest.h>

#include "api/assistance.hpp"

namespace segurifai::testing {
namespace {

using Member = Assistance::Member;

class RequestCreation : public ::testing::TestWithParam<sql::Engine> {
protected:
    Assistance world{GetParam()};
    TestApi& api = world.api;
};

TEST_P(RequestCreation, AnswersTheMemberViewAndWritesAllThatBelongsToIt) {
    const Member ana = world.member_on("ROADSIDE");
    const TestAnswer made = world.create(ana.token, Assistance::kTow);
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string id = made.at("/id");
    EXPECT_EQ(made.header("Location"), "/api/assistance/requests/" + id + "/");
    EXPECT_TRUE(made.at("/request_number").starts_with("REQ-20260203-")) << made.body;
    EXPECT_EQ(made.at("/request_number").size(), 19U);
    EXPECT_EQ(made.at("/status"), "PENDING");
    EXPECT_EQ(made.at("/tracking_state"), "SEARCHING");
    EXPECT_EQ(made.at("/priority"), "MEDIUM");
    EXPECT_EQ(made.at("/metadata/service_code"), "TOW");
    EXPECT_EQ(made.at("/metadata/flow"), "IMMEDIATE");
    EXPECT_EQ(made.at("/metadata/vehicle/plate"), "P-123ABC");
    EXPECT_EQ(made.at("/metadata/evidence"), "<none>");
    EXPECT_EQ(made.at("/notes"), "<none>");
    EXPECT_EQ(made.at("/can_cancel"), "true");
    EXPECT_EQ(made.at("/documents_missing"), R"(["DAMAGE_PHOTO","VEHICLE_PHOTO"])");
    EXPECT_EQ(made.at("/covered/limit"), made.at("/covered/left"));
    EXPECT_EQ(api.text("SELECT update_type FROM assistance_requestupdate"), "STATUS_CHANGE");
    EXPECT_EQ(api.text("SELECT metadata ->> 'to' FROM assistance_requestupdate"), "PENDING");
    EXPECT_EQ(api.text("SELECT name FROM events_outbox"), "request.created");
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM audit_event WHERE action = 'requests.create'"), 1);
    EXPECT_EQ(api.text("SELECT state FROM dispatch_search WHERE request_id = " + id), "WAITING");
    EXPECT_EQ(api.wakes(), 1);
}

TEST_P(RequestCreation, WithoutAPlanIsRefusedWithThePrice) {
    const Person bo = api.add_member();
    api.execute(
        "INSERT INTO services_payperuseprice (service_code, price, created_at, updated_at) "
        "VALUES ('TOW', 450.00, '2026-02-03 00:00:00.000000', '2026-02-03 00:00:00.000000')");
    const TestAnswer no = world.create(api.sign_in_as(bo.id), Assistance::kTow);
    EXPECT_EQ(no.status, 422) << no.body;
    EXPECT_EQ(no.at("/code"), "not_covered");
    EXPECT_EQ(no.at("/limit/kind"), "NOT_COVERED");
    EXPECT_EQ(no.at("/pay_per_use"), "450.00");
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM assistance_assistancerequest"), 0);
}

TEST_P(RequestCreation, CoverageEndsTheDayAfterTheEndDate) {
    const Member ana = world.member_on("ROADSIDE");
    api.execute(
        "UPDATE services_userservice SET start_date = '2026-01-01', end_date = '2026-02-03'");
    EXPECT_EQ(world.create(ana.token, Assistance::kTow).status, 201);
    api.execute("UPDATE services_userservice SET end_date = '2026-02-02'");
    EXPECT_EQ(world.create(ana.token, R"({"service_code":"LEGAL_PHONE"})").at("/code"),
              "not_covered");
}

TEST_P(RequestCreation, TheMonthsNumberIsALimitThatNamesItself) {
    const Member ana = world.member_on("ROADSIDE");
    for (const char* code : {"LEGAL_PHONE", "ER_SUPPORT", "XRAY"}) {
        const TestAnswer made =
            world.create(ana.token, fmt::format(R"({{"service_code":"{}"}})", code));
        ASSERT_EQ(made.status, 201) << made.body;
    }
    const TestAnswer no = world.create(ana.token, Assistance::kTow);
    EXPECT_EQ(no.status, 422) << no.body;
    EXPECT_EQ(no.at("/code"), "quota_exceeded");
    EXPECT_EQ(no.at("/limit/kind"), "MONTHLY_LIMIT");
    EXPECT_EQ(no.at("/limit/used"), "3");
    EXPECT_EQ(no.at("/limit/limit"), "3");
    EXPECT_EQ(no.at("/limit/resets_on"), "2026-03-01");
    EXPECT_EQ(no.at("/pay_per_use"), "null");
    // What is sold as unlimited neither uses nor needs the number.
    EXPECT_EQ(world.create(ana.token, R"({"service_code":"MEDICAL_REFERENCE"})").status, 201);
}

TEST_P(RequestCreation, TheYearsCountIsALimitAndCancelledRequestsGiveItBack) {
    const Member ana = world.member_on("ROADSIDE");
    const TestAnswer first = world.create(ana.token, R"({"service_code":"LEGAL_PHONE"})");
    ASSERT_EQ(first.status, 201) << first.body;
    const TestAnswer second = world.create(ana.token, R"({"service_code":"LEGAL_PHONE"})");
    EXPECT_EQ(second.at("/limit/kind"), "YEARLY_LIMIT") << second.body;
    EXPECT_EQ(world.cancel(ana.token, std::stoll(first.at("/id"))).status, 200);
    EXPECT_EQ(world.create(ana.token, R"({"service_code":"LEGAL_PHONE"})").status, 201);
}

TEST_P(RequestCreation, FiftyAtOnceOnAQuotaOfThreeAreExactlyThree) {
    const Member ana = world.member_on("CARD_INSURANCE");
    std::vector<TestApi::Planned> calls;
    for (int i = 0; i < 50; ++i)
        calls.push_back(
            {http::Method::kPost,
             "/api/assistance/requests/",
             {.token = ana.token,
              .body = R"({"service_code":"CARD_PHISHING","description":"Un enlace falso"})",
              .key = world.next_key()}});
    int created = 0;
    int refused = 0;
    for (const TestAnswer& answer : api.together(calls)) {
        created += answer.status == 201;
        refused += answer.at("/code") == "quota_exceeded";
    }
    EXPECT_EQ(created, 3);
    EXPECT_EQ(refused, 47);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM assistance_assistancerequest"), 3);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM dispatch_search"), 3);
}

TEST_P(RequestCreation, TheSameKeyGivesTheSameRequest) {
    const Member ana = world.member_on("ROADSIDE");
    const TestRequest request{
        .token = ana.token, .body = std::string(Assistance::kTow), .key = "one"};
    const TestAnswer first = api.post("/api/assistance/requests/", request);
    const TestAnswer again = api.post("/api/assistance/requests/", request);
    EXPECT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.header("Location"), first.header("Location"));
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM assistance_assistancerequest"), 1);
}

TEST_P(RequestCreation, ASecondOpenRequestOfTheSameKindIsRefusedWithTheFirst) {
    const Member ana = world.member_on("ROADSIDE");
    const TestAnswer first = world.create(ana.token, Assistance::kTow);
    const TestAnswer second = world.create(ana.token, Assistance::kTow);
    EXPECT_EQ(second.status, 409);
    EXPECT_EQ(second.at("/code"), "duplicate_open_request");
    EXPECT_EQ(second.at("/request_number"), first.at("/request_number"));
}

struct Refused {
    const char* body;
    int status;
    const char* pointer;
    const char* value;
};

TEST_P(RequestCreation, RefusesWhatThePlanDoesNotTake) {
    const Member ana = world.member_on("ROADSIDE");
    const char* const vehicle =
        R"("vehicle":{"make":"Toyota","model":"Hilux","plate":"P-1","use":"particular",)";
    const std::string old = fmt::format(
        R"({{"service_code":"TOW","location_latitude":14.6,"location_longitude":-90.5,{}"year":1990,"weight_t":1.9}}}})",
        vehicle);
    const std::string heavy = fmt::format(
        R"({{"service_code":"TOW","location_latitude":14.6,"location_longitude":-90.5,{}"year":2020,"weight_t":9}}}})",
        vehicle);
    const std::string nowhere =
        fmt::format(R"({{"service_code":"TOW",{}"year":2020,"weight_t":1.9}}}})", vehicle);
    const std::string madrid = fmt::format(
        R"({{"service_code":"TOW","location_latitude":40.4,"location_longitude":-3.7,{}"year":2020,"weight_t":1.9}}}})",
        vehicle);
    const Refused cases[] = {
        {old.c_str(), 422, "/code", "vehicle_not_covered"},
        {heavy.c_str(), 422, "/code", "vehicle_not_covered"},
        {nowhere.c_str(), 422, "/code", "location_required"},
        {madrid.c_str(), 422, "/code", "outside_area"},
        {R"({"service_code":"DRIVER","location_latitude":14.6,"location_longitude":-90.5,"scheduled_for":"2026-02-03T20:00:00Z","vehicle":{"make":"T","model":"H","year":2020,"plate":"P-1","weight_t":1.9}})",
         422, "/code", "notice_too_short"},
        {R"({"service_code":"NO_SUCH"})", 422, "/code", "not_covered"},
        {R"({"service_code":"TOW","location_latitude":14.6})", 400, "/location_longitude/0",
         "This field is required."},
        {R"({"service_code":"TOW","location_latitude":0,"location_longitude":0})", 400,
         "/vehicle/0", "This field is required."},
        {R"({"service_code":"LEGAL_PHONE","scheduled_for":"2026-02-04T20:00:00Z"})", 400,
         "/scheduled_for/0", "This service is not given at a chosen time."},
        {R"({"service_code":"LEGAL_PHONE","beneficiary":"FAMILY"})", 400, "/beneficiary/0",
         "This service is for the member only."},
        {R"({"service_code":"LEGAL_PHONE","priority":"URGENT"})", 400, "/priority/0",
         "Must be one of LOW, MEDIUM, HIGH."},
    };
    for (const Refused& one : cases) {
        const TestAnswer no = world.create(ana.token, one.body);
        EXPECT_EQ(no.status, one.status) << one.body << "\n" << no.body;
        EXPECT_EQ(no.at(one.pointer), one.value) << one.body << "\n" << no.body;
    }
    EXPECT_EQ(world.create(ana.token, R"({"service_code":"TOW","status":"COMPLETED"})").status,
              400);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM assistance_assistancerequest"), 0);
}

/// A request about a vehicle of that model year and weight.
std::string tow_of(int year, std::string_view weight_t) {
    return fmt::format(
        R"({{"service_code":"TOW","location_latitude":14.6,"location_longitude":-90.5,)"
        R"("vehicle":{{"make":"Toyota","model":"Hilux","plate":"P-1","use":"particular",)"
        R"("year":{},"weight_t":{}}}}})",
        year, weight_t);
}

TEST_P(RequestCreation, AVehicleIsWeighedAsItWasGivenAgainstTheLimit) {
    const Member ana = world.member_on("ROADSIDE");
    for (const std::string_view weight : {"3.504", "3.5000001", "3.51"}) {
        const TestAnswer no = world.create(ana.token, tow_of(2020, weight));
        EXPECT_EQ(no.status, 422) << weight << " " << no.body;
        EXPECT_EQ(no.at("/reason"), "too_heavy") << no.body;
    }
    const TestAnswer made = world.create(ana.token, tow_of(2020, "3.5"));
    EXPECT_EQ(made.status, 201) << made.body;
}

TEST_P(RequestCreation, AVehicleIsOfNextYearAtMostByTheDayInGuatemala) {
    const Member ana = world.member_on("ROADSIDE");
    for (const int year : {2028, 2100}) {
        const TestAnswer no = world.create(ana.token, tow_of(year, "1.9"));
        EXPECT_EQ(no.status, 400) << no.body;
        EXPECT_EQ(no.at("/vehicle/year/0"), "Must be at most 2027.") << no.body;
    }
    const TestAnswer made = world.create(ana.token, tow_of(2027, "1.9"));
    ASSERT_EQ(made.status, 201) << made.body;
    // 2027 has begun in London, and not yet in Guatemala.
    api.clock.set(Instant::parse("2027-01-01T05:59:00Z").value());
    api.execute("UPDATE services_userservice SET end_date = '2027-12-31'");
    const std::string token = api.sign_in_as(ana.person.id);
    EXPECT_EQ(world.create(token, tow_of(2028, "1.9")).status, 400);
    api.clock.set(Instant::parse("2027-01-01T06:00:00Z").value());
    EXPECT_EQ(world.create(token, tow_of(2028, "1.9")).at("/code"), "duplicate_open_request");
}

TEST_P(RequestCreation, WhatHappenedIsDescribed) {
    const Member ana = world.member_on("ROADSIDE");
    const auto ask = [&](const char* body) {
        return api.post("/api/assistance/requests/",
                        {.token = ana.token, .body = body, .key = world.next_key()});
    };
    for (const char* body :
         {R"({"service_code":"XRAY"})", R"({"service_code":"XRAY","description":"  "})",
          R"({"service_code":"XRAY","description":null})"}) {
        const TestAnswer no = ask(body);
        EXPECT_EQ(no.status, 400) << body << " " << no.body;
        EXPECT_NE(no.at("/description/0"), "<none>") << body << " " << no.body;
    }
    const TestAnswer made = ask(R"({"service_code":"XRAY","description":"Me duele el pie"})");
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.at("/description"), "Me duele el pie");
}

TEST_P(RequestCreation, ACriticalPatientIsUrgentAndRaisesAnAlert) {
    const Member ana = world.member_on("HEALTH");
    const TestAnswer made = world.create(
        ana.token,
        R"({"service_code":"AMBULANCE","location_latitude":14.6,"location_longitude":-90.5,)"
        R"("beneficiary":"FAMILY","triage":{"age":70,"consciousness":"UNCONSCIOUS",)"
        R"("breathing":false,"chest_pain":false,"bleeding":false,"kind":"OTHER"}})");
    if (made.status == 400) {  // this plan's ambulance may be for the member only
        EXPECT_EQ(made.at("/beneficiary/0"), "This service is for the member only.");
    }
    const TestAnswer own = world.create(
        ana.token,
        R"({"service_code":"AMBULANCE","location_latitude":14.6,"location_longitude":-90.5,)"
        R"("triage":{"age":70,"consciousness":"UNCONSCIOUS","breathing":false,)"
        R"("chest_pain":false,"bleeding":false,"kind":"OTHER"}})");
    ASSERT_EQ(own.status, 201) << own.body;
    EXPECT_EQ(own.at("/priority"), "URGENT");
    EXPECT_EQ(own.at("/metadata/triage/level"), "CRITICAL");
    EXPECT_EQ(own.at("/metadata/triage/score"), "<none>");
    EXPECT_EQ(own.at("/metadata/triage/advice/0"), "call_emergency_now");
    EXPECT_EQ(own.at("/metadata/triage/call_now"), R"(["122","123","1554"])") << "RULES §6";
    EXPECT_EQ(own.at("/documents_missing"), R"(["FORM"])");
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM events_outbox WHERE name = 'alert.raised'"), 1);
    EXPECT_EQ(world.create(ana.token, R"({"service_code":"MEDICAL_PHONE"})").at("/triage/0"),
              "This field is required.");
}

TEST_P(RequestCreation, AScheduledUnitIsLookedForNinetyMinutesBefore) {
    const Member ana = world.member_on("ROADSIDE");
    const TestAnswer made = world.create(
        ana.token,
        R"({"service_code":"AIRPORT_TAXI","location_latitude":14.6,"location_longitude":-90.5,)"
        R"("scheduled_for":"2026-02-05T12:00:00Z"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.at("/metadata/scheduled_for"), "2026-02-05T12:00:00.000000Z");
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM dispatch_search "
                          "WHERE next_at = '2026-02-05 10:30:00.000000'"),
              1);
}

TEST_P(RequestCreation, SupportAsksForAMemberAndMembersOnlyForThemselves) {
    const Member ana = world.member_on("ROADSIDE");
    const Person staff = api.add_staff({http::Scope::kSupport});
    const std::string token = api.sign_in_as(staff.id);
    EXPECT_EQ(world.create(token, R"({"service_code":"XRAY"})").at("/user_id/0"),
              "This field is required.");
    const std::string body =
        fmt::format(R"({{"service_code":"XRAY","user_id":"{}"}})", ana.person.id.value.to_string());
    const TestAnswer made = world.create(token, body);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.at("/user_id"), ana.person.id.value.to_string());
    const Member bo = world.member_on("ROADSIDE");
    EXPECT_EQ(world.create(bo.token, body).status, 400);
    const Person finance = api.add_staff({http::Scope::kFinance});
    EXPECT_EQ(world.create(api.sign_in_as(finance.id), body).status, 403);
}

TEST_P(RequestCreation, TheSubscriptionWithMostLeftServes) {
    const Member ana = world.member_on("ROADSIDE");
    const auto health = world.subscribe(ana.person.id, "HEALTH");
    const std::string body =
        R"({"service_code":"AMBULANCE","location_latitude":14.6,"location_longitude":-90.5,)"
        R"("triage":{"age":30,"consciousness":"ALERT","breathing":false,"chest_pain":false,)"
        R"("bleeding":false,"kind":"ACCIDENT"}})";
    const TestAnswer made = world.create(ana.token, body);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.at("/user_service_id"), std::to_string(health.value));
}

TEST_P(RequestCreation, CoverageSaysWhatIsUsedAndWhy) {
    const Member ana = world.member_on("ROADSIDE");
    ASSERT_EQ(world.create(ana.token, R"({"service_code":"LEGAL_PHONE"})").status, 201);
    const TestAnswer line =
        api.get("/api/services/coverage/?service_code=LEGAL_PHONE", {.token = ana.token});
    ASSERT_EQ(line.status, 200) << line.body;
    EXPECT_EQ(line.at("/months/0/used"), "1");
    EXPECT_EQ(line.at("/months/0/limit"), "3");
    EXPECT_EQ(line.at("/months/0/resets_on"), "2026-03-01");
    EXPECT_EQ(line.at("/lines/0/service/flow"), "CALLBACK");
    EXPECT_EQ(line.at("/lines/0/year/used"), "1");
    EXPECT_EQ(line.at("/lines/0/year/limit"), "1");
    EXPECT_EQ(line.at("/lines/0/year/from"), "2026-02-03");
    EXPECT_EQ(line.at("/lines/0/year/to"), "2027-02-02");
    EXPECT_EQ(line.at("/lines/0/available"), "false");
    EXPECT_EQ(line.at("/lines/0/reason"), "YEARLY_LIMIT");
    EXPECT_EQ(line.at("/lines/0/pay_per_use"), "null");
    const TestAnswer none =
        api.get("/api/services/coverage/?service_code=CARD_PHISHING", {.token = ana.token});
    EXPECT_EQ(none.at("/lines/0/reason"), "NOT_COVERED") << none.body;
    EXPECT_EQ(api.get("/api/services/coverage/?bogus=1", {.token = ana.token}).status, 400);
    const Person staff = api.add_staff({http::Scope::kSupport});
    const std::string of_ana = "/api/services/coverage/?user_id=" + ana.person.id.value.to_string();
    EXPECT_EQ(api.get(of_ana, {.token = api.sign_in_as(staff.id)}).at("/months/0/used"), "1");
}

SEGURIFAI_ON_BOTH_ENGINES(RequestCreation);

}  // namespace
}  // namespace segurifai::testing
