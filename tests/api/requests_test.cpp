// Requests as members, units and staff see them, what is said about them, and their end.

#include <gtest/gtest.h>

#include "api/assistance.hpp"
#include "apps/assistance/tables.hpp"

namespace segurifai::testing {
namespace {

using Member = Assistance::Member;

class Requests : public ::testing::TestWithParam<sql::Engine> {
protected:
    std::string path(std::int64_t id, std::string_view rest = "") {
        return fmt::format("/api/assistance/requests/{}/{}", id, rest);
    }
    std::string staff(http::Scope scope) { return api.sign_in_as(api.add_staff({scope}).id); }
    TestAnswer say(const std::string& token, std::int64_t id, std::string body) {
        return api.post(path(id, "updates/"),
                        {.token = token, .body = std::move(body), .key = world.next_key()});
    }

    Assistance world{GetParam()};
    TestApi& api = world.api;
};

TEST_P(Requests, AreFoundByIdAndByNumberAndHiddenFromStrangers) {
    const Member ana = world.member_on("ROADSIDE");
    const Member bo = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    const TestAnswer by_id = api.get(path(id), {.token = ana.token});
    ASSERT_EQ(by_id.status, 200) << by_id.body;
    EXPECT_FALSE(by_id.header("ETag").empty());
    const std::string by_number = "/api/assistance/requests/" + by_id.at("/request_number") + "/";
    EXPECT_EQ(api.get(by_number, {.token = ana.token}).body, by_id.body);
    EXPECT_EQ(api.get(path(id), {.token = bo.token}).status, 404);
    EXPECT_EQ(api.get(by_number, {.token = bo.token}).status, 404);
    EXPECT_EQ(api.get(path(999'999), {.token = ana.token}).status, 404);
    EXPECT_EQ(api.get("/api/assistance/requests/REQ-20260203-AAAAAA/", {.token = ana.token}).status,
              404);
    EXPECT_EQ(api.get("/api/assistance/requests/x/", {.token = ana.token}).status, 404);
    EXPECT_EQ(api.get(path(id)).status, 401);
}

TEST_P(Requests, ShowEachAudienceItsOwn) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    const Unit unit = api.add_unit();
    const std::string unit_token = api.sign_in_as(unit.user_id);
    EXPECT_EQ(api.get(path(id), {.token = unit_token}).status, 404) << "not its job yet";
    world.assign(id, unit);
    api.execute("UPDATE assistance_assistancerequest SET notes = 'internal', actual_cost = 200.00");

    const TestAnswer member = api.get(path(id), {.token = ana.token});
    EXPECT_EQ(member.at("/notes"), "<none>");
    EXPECT_EQ(member.at("/actual_cost"), "200.00");
    EXPECT_EQ(member.at("/covered/limit"), "1170.00");
    EXPECT_EQ(member.at("/covered/left"), "970.00");
    EXPECT_EQ(member.at("/tracking_state"), "PROVIDER_ASSIGNED");
    EXPECT_EQ(member.at("/provider/first_name"), "Ana");
    EXPECT_EQ(member.at("/pay"), "<none>");
    EXPECT_EQ(member.at("/member"), "<none>");

    const TestAnswer job = api.get(path(id), {.token = unit_token});
    ASSERT_EQ(job.status, 200) << job.body;
    EXPECT_EQ(job.at("/member/phone"), ana.person.phone);
    EXPECT_EQ(job.at("/pay/total"), "200.00");
    EXPECT_EQ(job.at("/user_id"), "<none>");
    EXPECT_EQ(job.at("/actual_cost"), "<none>");
    EXPECT_EQ(job.at("/covered"), "null");
    EXPECT_EQ(job.at("/can_cancel"), "false");

    const TestAnswer all = api.get(path(id), {.token = staff(http::Scope::kOperations)});
    EXPECT_EQ(all.at("/notes"), "internal");
    EXPECT_EQ(all.at("/metadata/evidence/0"), "VEHICLE_PHOTO");

    api.execute("UPDATE dispatch_assignment SET ended_at = '2026-02-03 19:00:00.000000'");
    api.execute("UPDATE assistance_assistancerequest SET status = 'COMPLETED'");
    const TestAnswer after = api.get(path(id), {.token = unit_token});
    EXPECT_EQ(after.at("/member/phone"), "null") << "only while the job is active";
}

TEST_P(Requests, AreListedToWhomTheyConcern) {
    const Member ana = world.member_on("ROADSIDE");
    const Member bo = world.member_on("ROADSIDE");
    const std::int64_t tow = world.create_tow(ana.token);
    api.clock.advance_micros(1'000'000);
    ASSERT_EQ(world.create(ana.token, R"({"service_code":"XRAY"})").status, 201);
    world.create_tow(bo.token);
    const auto count = [&](const std::string& token, std::string_view query) {
        const TestAnswer page =
            api.get(fmt::format("/api/assistance/requests/{}", query), {.token = token});
        return page.status == 200 ? page.at("/count") : page.body;
    };
    EXPECT_EQ(count(ana.token, ""), "2");
    EXPECT_EQ(count(ana.token, "?service_code=TOW"), "1");
    EXPECT_EQ(count(ana.token, "?flow=CLAIM"), "1");
    EXPECT_EQ(count(ana.token, "?open=false"), "0");
    EXPECT_EQ(count(ana.token, "?open=true"), "2");
    EXPECT_EQ(count(ana.token, "?search=rayos"), "1");
    EXPECT_EQ(count(staff(http::Scope::kSupport), ""), "3");
    EXPECT_EQ(api.get("/api/assistance/requests/", {.token = staff(http::Scope::kContent)}).status,
              403);
    const TestAnswer first = api.get("/api/assistance/requests/", {.token = ana.token});
    EXPECT_EQ(first.at("/results/0/metadata/service_code"), "XRAY") << "the newest first";
    const Unit unit = api.add_unit();
    const std::string unit_token = api.sign_in_as(unit.user_id);
    EXPECT_EQ(count(unit_token, ""), "0");
    world.assign(tow, unit);
    EXPECT_EQ(count(unit_token, ""), "1");
}

TEST_P(Requests, AreFoundByTheirMemberByStaffAlone) {
    const Member elena =
        world.member_on("ROADSIDE", {.first_name = "Elena", .last_name = "Marroquín"});
    const Member diego = world.member_on("ROADSIDE", {.first_name = "Diego", .last_name = "Paz"});
    const std::int64_t asked = world.create_tow(elena.token);
    world.create_tow(diego.token);
    const auto count = [&](const std::string& token, std::string_view search) {
        const TestAnswer page =
            api.get(fmt::format("/api/assistance/requests/?search={}", search), {.token = token});
        return page.status == 200 ? page.at("/count") : page.body;
    };
    const std::string support = staff(http::Scope::kSupport);
    const std::string digits = elena.person.phone.substr(4);  // without +502
    EXPECT_EQ(count(support, "MARROQUIN"), "1");
    EXPECT_EQ(count(support, "elena%20hilux"), "0");
    EXPECT_EQ(count(support, "elena%20zona"), "1") << "one word of the member, one of the place";
    EXPECT_EQ(count(support, digits.substr(0, 4) + "-" + digits.substr(4)), "1");
    EXPECT_EQ(count(support, "%2B502%20" + digits), "1");
    EXPECT_EQ(count(support, "elena%20paz"), "0");
    EXPECT_EQ(count(support, elena.person.email), "0") << "the address is no part of the search";
    EXPECT_EQ(count(staff(http::Scope::kAuditor), "marroquin"), "1");
    for (const char* hostile : {"%25", "%27%20OR%201%3D1%20--", "%5C", "%7Bperson%7D", "%241"})
        EXPECT_EQ(count(support, hostile), "0") << hostile;

    EXPECT_EQ(count(elena.token, "marroquin"), "0") << "members search what they asked for";
    EXPECT_EQ(count(diego.token, "elena"), "0");
    const Unit unit = api.add_unit();
    world.assign(asked, unit);
    const std::string unit_token = api.sign_in_as(unit.user_id);
    EXPECT_EQ(count(unit_token, ""), "1");
    EXPECT_EQ(count(unit_token, "marroquin"), "0");
    EXPECT_EQ(count(unit_token, digits), "0") << "nobody spells out a number by searching";
}

TEST_P(Requests, AreOrderedByTheRankOfTheirPriority) {
    const Member ana = world.member_on("ROADSIDE");
    std::vector<std::int64_t> ids;
    using assistance::Priority;
    for (const Priority priority : {Priority::kHigh, Priority::kUrgent, Priority::kLow,
                                    Priority::kMedium, Priority::kUrgent}) {
        assistance::AssistanceRequest row;
        row.request_number = fmt::format("REQ-20260203-{}", 100'000 + ids.size());
        row.user_id = ana.person.id;
        row.title = "Grúa";
        row.metadata.text = R"({"service_code":"TOW"})";
        row.priority = priority;
        api.insert(row);
        ids.push_back(row.id.value);
    }
    const std::string token = staff(http::Scope::kOperations);
    const auto walk = [&](std::string target, std::string_view direction) {
        std::vector<std::string> seen;
        while (target != "null" && seen.size() < 50) {
            const TestAnswer page = api.get(target, {.token = token});
            EXPECT_EQ(page.status, 200) << page.body;
            std::vector<std::string> words;
            for (int i = 0; page.at(fmt::format("/results/{}/id", i)) != "<none>"; ++i)
                words.push_back(page.at(fmt::format("/results/{}/priority", i)) + " " +
                                page.at(fmt::format("/results/{}/id", i)));
            seen.insert(direction == "/next" ? seen.end() : seen.begin(), words.begin(),
                        words.end());
            target = page.at(direction);
        }
        return seen;
    };
    const std::vector<std::string> rising{
        fmt::format("LOW {}", ids[2]), fmt::format("MEDIUM {}", ids[3]),
        fmt::format("HIGH {}", ids[0]), fmt::format("URGENT {}", ids[1]),
        fmt::format("URGENT {}", ids[4])};
    const std::vector<std::string> falling(rising.rbegin(), rising.rend());
    const std::string list = "/api/assistance/requests/?page_size=2&";
    EXPECT_EQ(walk(list + "ordering=priority", "/next"), rising);
    EXPECT_EQ(walk(list + "ordering=-priority", "/next"), falling);
    EXPECT_EQ(walk(list + "cursor=&ordering=priority", "/next"), rising);
    EXPECT_EQ(walk(list + "cursor=&ordering=-priority&open=true", "/next"), falling);
    const TestAnswer first = api.get(list + "cursor=&ordering=-priority", {.token = token});
    const TestAnswer second = api.get(first.at("/next"), {.token = token});
    const TestAnswer third = api.get(second.at("/next"), {.token = token});
    const auto back = walk(third.at("/previous"), "/previous");
    EXPECT_EQ(back, (std::vector<std::string>(falling.begin(), falling.begin() + 4)));
}

TEST_P(Requests, AMemberCancelsBeforeAnybodyArrives) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    const Unit unit = api.add_unit();
    world.assign(id, unit);
    api.execute(fmt::format(
        "INSERT INTO dispatch_offer (request_id, provider_id, wave, state, distance_km, "
        "eta_minutes, pay_base, pay_distance_bonus, created_at, expires_at, note) VALUES ({}, {}, "
        "0, 'OPEN', 1.00, 5, 200.00, 0.00, '2026-02-03 18:00:00.000000', "
        "'2026-02-03 18:01:00.000000', '')",
        id, unit.id.value));
    const TestAnswer done = world.cancel(ana.token, id);
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.at("/status"), "CANCELLED");
    EXPECT_EQ(done.at("/tracking_state"), "CANCELLED");
    EXPECT_EQ(done.at("/cancellation_reason"), "Ya arrancó");
    EXPECT_EQ(api.text("SELECT state FROM dispatch_offer"), "WITHDRAWN");
    EXPECT_EQ(api.text("SELECT state FROM dispatch_search"), "ENDED");
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM dispatch_assignment WHERE ended_at IS NULL"), 0);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM events_outbox WHERE name = 'request.cancelled'"),
              1);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM events_outbox WHERE name = 'offer.closed'"), 1);
    EXPECT_EQ(api.text("SELECT metadata ->> 'actor' FROM assistance_requestupdate "
                       "WHERE metadata ->> 'to' = 'CANCELLED'"),
              "MEMBER");
    EXPECT_EQ(world.cancel(ana.token, id).at("/code"), "invalid_transition") << "once only";
}

TEST_P(Requests, AfterTheArrivalOnlyOperationsCancel) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    world.assign(id, api.add_unit());
    api.execute("UPDATE dispatch_assignment SET arrived_at = '2026-02-03 18:10:00.000000'");
    EXPECT_EQ(world.cancel(ana.token, id).status, 409);
    EXPECT_EQ(world.cancel(staff(http::Scope::kSupport), id).status, 409);
    api.execute("UPDATE assistance_assistancerequest SET status = 'IN_PROGRESS'");
    const TestAnswer done = world.cancel(staff(http::Scope::kOperations), id);
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(api.text("SELECT metadata ->> 'actor' FROM assistance_requestupdate "
                       "WHERE metadata ->> 'to' = 'CANCELLED'"),
              "STAFF");
}

TEST_P(Requests, StrangersAndUnitsDoNotCancel) {
    const Member ana = world.member_on("ROADSIDE");
    const Member bo = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    EXPECT_EQ(world.cancel(bo.token, id).status, 404);
    const Unit unit = api.add_unit();
    world.assign(id, unit);
    EXPECT_EQ(world.cancel(api.sign_in_as(unit.user_id), id).status, 403);
    EXPECT_EQ(api.text("SELECT status FROM assistance_assistancerequest"), "ASSIGNED");
}

TEST_P(Requests, OfManyCancellationsAtOnceOneWins) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    std::vector<TestApi::Planned> calls;
    for (int i = 0; i < 20; ++i)
        calls.push_back(
            {http::Method::kPost,
             path(id, "cancel/"),
             {.token = ana.token, .body = R"({"reason":"x"})", .key = world.next_key()}});
    int won = 0;
    for (const TestAnswer& one : api.together(calls)) won += one.status == 200;
    EXPECT_EQ(won, 1);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM assistance_requestupdate "
                          "WHERE metadata ->> 'to' = 'CANCELLED'"),
              1);
}

TEST_P(Requests, NotesForStaffReachNobodyElse) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    const std::string support = staff(http::Scope::kSupport);
    EXPECT_EQ(say(support, id, R"({"message":"Ojo con este caso","audience":"staff"})").status,
              201);
    EXPECT_EQ(say(support, id, R"({"message":"Ya va la grúa"})").status, 201);
    const TestAnswer own = say(ana.token, id, R"({"message":"Gracias"})");
    ASSERT_EQ(own.status, 201) << own.body;
    EXPECT_EQ(own.at("/author/role"), "USER");
    EXPECT_EQ(own.at("/update_type"), "NOTE");
    EXPECT_EQ(say(ana.token, id, R"({"message":"x","audience":"staff"})").status, 400);
    EXPECT_EQ(say(ana.token, id, R"({"message":""})").status, 400);
    const auto notes = [&](const std::string& token) {
        return api.get(path(id, "updates/?update_type=NOTE"), {.token = token});
    };
    EXPECT_EQ(notes(ana.token).at("/count"), "2") << notes(ana.token).body;
    EXPECT_EQ(notes(ana.token).at("/results/0/message"), "Ya va la grúa");
    EXPECT_EQ(notes(ana.token).body.find("Ojo"), std::string::npos);
    EXPECT_EQ(notes(support).at("/count"), "3");
    const TestAnswer whole = api.get(path(id, "updates/"), {.token = ana.token});
    EXPECT_EQ(whole.at("/results/0/metadata/state"), "SEARCHING");
    EXPECT_EQ(api.get(path(id, "updates/"), {.token = world.member_on("ROADSIDE").token}).status,
              404);
}

TEST_P(Requests, NotesComeFromThoseWhoSeeTheRequestByItsIdOrItsNumber) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    const std::string number = api.get(path(id), {.token = ana.token}).at("/request_number");
    const auto say_to = [&](const std::string& token, std::string_view name) {
        return api.post(fmt::format("/api/assistance/requests/{}/updates/", name),
                        {.token = token, .body = R"({"message":"Hola"})", .key = world.next_key()});
    };
    const TestAnswer told = say_to(ana.token, number);
    ASSERT_EQ(told.status, 201) << told.body;
    EXPECT_EQ(told.at("/author/role"), "USER");
    const std::string stranger = world.member_on("ROADSIDE").token;
    for (const std::string_view name : {std::string_view(number), std::string_view("999999"),
                                        std::string_view("REQ-20260203-AAAAAA")})
        EXPECT_EQ(say_to(stranger, name).status, 404) << name;
    EXPECT_EQ(say_to(ana.token, "abc").status, 404);
    EXPECT_EQ(say_to("not-a-token", number).status, 401);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM assistance_requestupdate "
                          "WHERE update_type = 'NOTE'"),
              1);
}

TEST_P(Requests, ANoteDoesNotWaitForWhoChangesItsRequest) {
    if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "It has one writer.";
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    ASSERT_TRUE(api.session().begin());
    const auto held = api.session().script(
        fmt::format("UPDATE assistance_assistancerequest SET title = 'Otra' WHERE id = {}", id));
    ASSERT_TRUE(held) << describe(held.error());
    EXPECT_EQ(say(ana.token, id, R"({"message":"Gracias"})").status, 201);
    api.session().rollback();
}

TEST_P(Requests, TheirBeginningAndEndAreToldInTheLanguageOfTheReader) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    api.clock.advance_micros(1'000'000);
    EXPECT_EQ(say(ana.token, id, R"({"message":"Recibimos la solicitud."})").status, 201);
    api.clock.advance_micros(1'000'000);
    ASSERT_EQ(world.cancel(ana.token, id).status, 200);
    const auto told = [&](std::string_view language) {
        const TestAnswer list =
            api.get(path(id, "updates/?fields=message"),
                    {.token = ana.token,
                     .headers = {{http::Header::kAcceptLanguage, std::string(language)}}});
        return list.at("/results/0/message") + " " + list.at("/results/1/message") + " " +
               list.at("/results/2/message");
    };
    EXPECT_EQ(told("en"),
              "We received the request. Recibimos la solicitud. The request was cancelled.");
    EXPECT_EQ(told("es"),
              "Recibimos la solicitud. Recibimos la solicitud. La solicitud fue cancelada.");
}

TEST_P(Requests, SevenDaysAfterTheEndNothingIsSaidAnyMore) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    ASSERT_EQ(world.cancel(ana.token, id).status, 200);
    api.clock.advance_micros(7 * kMicrosPerDay);
    const std::string later = api.sign_in_as(ana.person.id);
    EXPECT_EQ(say(later, id, R"({"message":"¿Y?"})").status, 201);
    api.clock.advance_micros(1'000'000);
    EXPECT_EQ(say(later, id, R"({"message":"¿Y?"})").at("/code"), "invalid_transition");
}

TEST_P(Requests, TrackingShowsTheUnitOnItsWay) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    const std::string tracking = fmt::format("/api/assistance/tracking/{}/", id);
    const TestAnswer waiting = api.get(tracking, {.token = ana.token});
    ASSERT_EQ(waiting.status, 200) << waiting.body;
    EXPECT_EQ(waiting.at("/request/tracking_state"), "SEARCHING");
    EXPECT_EQ(waiting.at("/unit"), "null");
    EXPECT_EQ(waiting.at("/can_call"), "false");
    EXPECT_EQ(waiting.at("/timeline/0/state"), "SEARCHING");

    const Unit unit = api.add_unit();
    world.assign(id, unit);
    world.place(unit, Coordinate{14'621'130}, Coordinate{-90'522'410});
    const TestAnswer assigned = api.get(tracking, {.token = ana.token});
    EXPECT_EQ(assigned.at("/unit/provider_id"), std::to_string(unit.id.value)) << assigned.body;
    EXPECT_TRUE(assigned.at("/unit/phone").starts_with("+502"));
    EXPECT_EQ(assigned.at("/position/latitude"), "1.462113E1");
    EXPECT_EQ(assigned.at("/position/stale"), "false");
    EXPECT_EQ(assigned.at("/eta/minutes"), "12") << "690 seconds, rounded up";
    EXPECT_EQ(assigned.at("/can_call"), "true");
    EXPECT_EQ(assigned.at("/can_cancel"), "true");

    api.execute("UPDATE dispatch_assignment SET departed_at = '2026-02-03 18:00:30.000000'");
    EXPECT_EQ(api.get(tracking, {.token = ana.token}).at("/request/tracking_state"), "EN_ROUTE");
    api.execute("UPDATE providers_providerlocation SET latitude = 14.6349, longitude = -90.5080");
    EXPECT_EQ(api.get(tracking, {.token = ana.token}).at("/request/tracking_state"), "ARRIVING");
    api.clock.advance_micros(61 * 1'000'000);
    EXPECT_EQ(api.get(tracking, {.token = ana.token}).at("/position/stale"), "true");
    api.execute("UPDATE dispatch_assignment SET arrived_at = '2026-02-03 18:10:00.000000'");
    const TestAnswer there = api.get(tracking, {.token = ana.token});
    EXPECT_EQ(there.at("/request/tracking_state"), "ARRIVED");
    EXPECT_EQ(there.at("/eta"), "null");
    EXPECT_EQ(there.at("/can_cancel"), "false");
    EXPECT_EQ(api.get(tracking, {.token = world.member_on("ROADSIDE").token}).status, 404);
    EXPECT_EQ(api.get(tracking, {.token = api.sign_in_as(unit.user_id)}).status, 200);

    ASSERT_EQ(world.cancel(staff(http::Scope::kOperations), id).status, 200);
    const TestAnswer ended = api.get(tracking, {.token = ana.token});
    EXPECT_EQ(ended.at("/position"), "null") << "nobody is followed after the job";
    EXPECT_EQ(ended.at("/unit/phone"), "null");
}

SEGURIFAI_ON_BOTH_ENGINES(Requests);

}  // namespace
}  // namespace segurifai::testing
