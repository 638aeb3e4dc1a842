// The jobs of a unit, step by step (API §2.7), on both engines.

#include "apps/dispatch/arrival.hpp"
#include "dispatch/board.hpp"

namespace segurifai::testing {
namespace {

class Jobs : public Board {
protected:
    /// A unit that has accepted a request.
    struct Taken {
        Unit unit;
        Request request;
    };
    Taken taken(double km = 3) {
        const Unit unit = unit_at(km);
        const Request asked = request();
        look();
        EXPECT_EQ(accept(unit).status, 200);
        return {unit, asked};
    }
    Taken in_progress() {
        const Taken job = taken();
        EXPECT_EQ(step(job.unit, job.request, "depart").status, 200);
        EXPECT_EQ(step(job.unit, job.request, "arrived").status, 200);
        EXPECT_EQ(step(job.unit, job.request, "start").status, 200);
        return job;
    }
    /// Positions taken from the unit, so many metres north of the place.
    void fixes(const Unit& unit, const std::vector<double>& metres) {
        const Instant now = api.clock.now();
        std::vector<providers::Fix> taken;
        for (const double m : metres)
            taken.push_back({.latitude = kLatitude + m / 1'000 / kKmPerDegree,
                             .longitude = kLongitude,
                             .recorded_at = now});
        const providers::ProviderId id = unit.id;
        const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
            co_return co_await dispatch::on_fixes(t, now, id, taken);
        };
        const auto done = api.run(api.database().transact(body));
        ASSERT_TRUE(done) << describe(done.error());
    }
    std::string instant(std::int64_t seconds_from_now) {
        return Instant{api.clock.now().micros + seconds_from_now * 1'000'000}.to_string();
    }
};
SEGURIFAI_ON_BOTH_ENGINES(Jobs);

TEST_P(Jobs, AcceptingAssignsTheRequestWithAPromise) {
    const Unit near = unit_at(3);
    const Unit sibling = unit_at(4);
    const Request asked = request();
    look(dispatch::Policy::kBroadcast);
    ASSERT_TRUE(has_offer(sibling));
    const TestAnswer job = accept(near);
    ASSERT_EQ(job.status, 200) << job.body;
    EXPECT_EQ(job.at("/request/status"), "ASSIGNED");
    EXPECT_EQ(job.at("/request/tracking_state"), "PROVIDER_ASSIGNED");
    EXPECT_EQ(job.at("/request/member/first_name"), "Ana");
    EXPECT_NE(job.at("/request/member/phone"), "<none>");
    EXPECT_EQ(job.at("/request/pay/total"), "205.25");
    EXPECT_EQ(job.at("/next_steps"), R"(["depart","arrived","withdraw"])");
    EXPECT_EQ(job.at("/evidence/required"), R"(["PHOTO","SIGNATURE"])");
    EXPECT_EQ(job.at("/navigation/geo"), "geo:14.600000,-90.500000?q=14.600000,-90.500000");
    EXPECT_EQ(search_state(asked), "ASSIGNED");
    EXPECT_EQ(count("dispatch_offer WHERE state = 'TAKEN'"), 1);
    EXPECT_EQ(count("events_outbox WHERE name = 'request.assigned'"), 1);
    EXPECT_EQ(count("events_outbox WHERE name = 'offer.closed'"), 2);
    // 4.05 km at 20 km/h are 12.2 minutes; times 1.234, rounded up.
    EXPECT_EQ(job.at("/request/metadata/promise/minutes"), "15");
}

TEST_P(Jobs, AnotherUnitsOffersAndJobsDoNotExist) {
    const Taken job = taken();
    const Unit other = unit_at(9);
    EXPECT_EQ(api.get(job.request.path(), {.token = token(other)}).status, 404);
    EXPECT_EQ(step(other, job.request, "depart").status, 404);
    request();
    look();
    const TestAnswer stolen = api.post(offers_path(offer_of(other), "accept"),
                                       {.token = token(job.unit), .body = "{}", .key = "k"});
    EXPECT_EQ(stolen.status, 404);
    EXPECT_EQ(api.get(job.request.path(), {.token = token(job.unit)}).status, 200);
}

TEST_P(Jobs, AUnitThatIsNotActiveCannotAccept) {
    const Unit unit = unit_at(3);
    request();
    look();
    api.execute(fmt::format("UPDATE providers_provider SET status = 'SUSPENDED' WHERE id = {}",
                            unit.id.value));
    const TestAnswer refused = accept(unit);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.at("/code"), "provider_not_active");
}

TEST_P(Jobs, OfFiftyUnitsThatAcceptAtOnceOneWins) {
    const Request asked = request();
    std::vector<TestApi::Planned> calls;
    for (int i = 0; i < 50; ++i) {
        const Unit unit = unit_at(1);
        dispatch::Offer offer;
        offer.request_id = asked.id;
        offer.provider_id = unit.id;
        offer.expires_at = Instant{api.clock.now().micros + 60'000'000};
        api.insert(offer);
        calls.push_back({http::Method::kPost,
                         offers_path(offer.id.value, "accept"),
                         {.token = token(unit), .body = "{}", .key = "one"}});
    }
    int won = 0;
    for (const TestAnswer& answer : api.together(calls)) {
        if (answer.status == 200) {
            ++won;
            continue;
        }
        EXPECT_EQ(answer.status, 409) << answer.body;
        EXPECT_EQ(answer.at("/code"), "already_assigned");
    }
    EXPECT_EQ(won, 1);
    EXPECT_EQ(count("dispatch_assignment"), 1);
    EXPECT_EQ(count("dispatch_offer WHERE state = 'TAKEN'"), 49);
    EXPECT_EQ(count("events_outbox WHERE name = 'request.assigned'"), 1);
}

TEST_P(Jobs, AUnitThatAcceptsManyAtOnceGetsOne) {
    const Unit unit = unit_at(1);
    const std::string signed_in = token(unit);
    std::vector<TestApi::Planned> calls;
    for (int i = 0; i < 20; ++i) {
        dispatch::Offer offer;
        offer.request_id = request().id;
        offer.provider_id = unit.id;
        offer.expires_at = Instant{api.clock.now().micros + 60'000'000};
        api.insert(offer);
        calls.push_back({http::Method::kPost,
                         offers_path(offer.id.value, "accept"),
                         {.token = signed_in, .body = "{}", .key = next_key()}});
    }
    int won = 0;
    for (const TestAnswer& answer : api.together(calls)) {
        won += answer.status == 200 ? 1 : 0;
        if (answer.status != 200) EXPECT_EQ(answer.at("/code"), "unit_busy") << answer.body;
    }
    EXPECT_EQ(won, 1);
    EXPECT_EQ(count("dispatch_assignment WHERE ended_at IS NULL"), 1);
}

TEST_P(Jobs, TheStepsGoFromDepartureToCompletion) {
    const Taken job = taken();
    EXPECT_EQ(step(job.unit, job.request, "start").at("/code"), "not_arrived");
    const TestAnswer departed = step(job.unit, job.request, "depart");
    EXPECT_EQ(departed.at("/request/tracking_state"), "EN_ROUTE") << departed.body;
    EXPECT_EQ(departed.at("/next_steps"), R"(["arrived","withdraw"])");
    EXPECT_EQ(step(job.unit, job.request, "depart").at("/code"), "invalid_transition");
    wait_seconds(600);
    const TestAnswer there =
        step(job.unit, job.request, "arrived", R"({"latitude":14.6001,"longitude":-90.5})");
    EXPECT_EQ(there.at("/request/tracking_state"), "ARRIVED") << there.body;
    EXPECT_EQ(there.at("/steps/arrival_in_doubt"), "false");
    const TestAnswer started = step(job.unit, job.request, "start");
    EXPECT_EQ(started.at("/request/status"), "IN_PROGRESS") << started.body;
    const TestAnswer done = step(job.unit, job.request, "complete", form(job.request, job.unit));
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.at("/request/status"), "COMPLETED");
    EXPECT_EQ(done.at("/request/member/phone"), "null");
    EXPECT_EQ(done.at("/outcome"), "COMPLETED");
    EXPECT_EQ(search_state(job.request), "ENDED");
    EXPECT_EQ(api.integer(fmt::format("SELECT total_completed FROM providers_provider "
                                      "WHERE id = {}",
                                      job.unit.id.value)),
              1);
    EXPECT_EQ(
        api.text("SELECT CAST(actual_cost AS TEXT) FROM assistance_assistancerequest").substr(0, 3),
        "350");
    EXPECT_EQ(count("events_outbox WHERE name IN ('request.arrived', 'request.started', "
                    "'request.completed')"),
              3);
    const TestAnswer listed = api.get(
        "/api/assistance/dispatch/jobs/?active=false&status=COMPLETED"
        "&service_code=TOW",
        {.token = token(job.unit)});
    EXPECT_EQ(listed.at("/count"), "1") << listed.body;
    EXPECT_EQ(listed.at("/results/0/pay/total"), "205.25");
}

TEST_P(Jobs, AStepRepeatedWithItsKeyAnswersTheSameAndWithAnotherIsRefused) {
    const Taken job = in_progress();
    const std::string completion = form(job.request, job.unit);
    const TestAnswer first = step(job.unit, job.request, "complete", completion, "done");
    const TestAnswer again = step(job.unit, job.request, "complete", completion, "done");
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.body, first.body);
    const TestAnswer other = step(job.unit, job.request, "complete", completion, "other");
    EXPECT_EQ(other.status, 409);
    EXPECT_EQ(other.at("/code"), "invalid_transition");
    EXPECT_EQ(api.integer("SELECT MAX(total_completed) FROM providers_provider"), 1);
}

TEST_P(Jobs, OccurredAtLiesBetweenThePreviousStepAndNow) {
    const Taken job = taken();
    wait_seconds(3600);
    const auto depart = [&](std::int64_t seconds) {
        return step(job.unit, job.request, "depart",
                    fmt::format(R"({{"occurred_at":"{}"}})", instant(seconds)));
    };
    EXPECT_EQ(depart(1).status, 400) << "in the future";
    EXPECT_EQ(depart(-3601).status, 400) << "before the assignment";
    EXPECT_EQ(depart(-1800).status, 200);
    const TestAnswer half = step(job.unit, job.request, "arrived", R"({"latitude":14.6})");
    EXPECT_EQ(half.status, 400);
    EXPECT_NE(half.at("/longitude/0"), "<none>") << half.body;
}

TEST_P(Jobs, AnArrivalFarFromThePlaceIsTakenAndFlagged) {
    const Taken job = taken();
    const TestAnswer there =
        step(job.unit, job.request, "arrived", R"({"latitude":14.61,"longitude":-90.5})");
    EXPECT_EQ(there.status, 200);
    EXPECT_EQ(there.at("/steps/arrival_in_doubt"), "true");
    EXPECT_EQ(count("assistance_requestupdate WHERE metadata ->> 'kind' = 'arrival.in_doubt'"), 1);
}

TEST_P(Jobs, ACompletionNeedsAPhotographAndASignatureOfThisRequest) {
    const Taken job = in_progress();
    const TestAnswer bare = step(job.unit, job.request, "complete",
                                 R"({"outcome":"COMPLETED","notes":"Listo","actual_cost":"1.00"})");
    EXPECT_EQ(bare.status, 422);
    EXPECT_EQ(bare.at("/code"), "evidence_missing");
    EXPECT_EQ(bare.at("/missing"), R"(["PHOTO","SIGNATURE"])");
    const Request elsewhere = request();
    const TestAnswer foreign = step(job.unit, job.request, "complete", form(elsewhere, job.unit));
    EXPECT_EQ(foreign.status, 422) << foreign.body;
    EXPECT_EQ(status(job.request), "IN_PROGRESS");
}

TEST_P(Jobs, WhatOthersAddedAndPapersProveNoWork) {
    const Taken job = in_progress();
    const auto refused = [&](std::int64_t photo, std::int64_t signature) {
        return step(job.unit, job.request, "complete", form(photo, signature)).at("/missing");
    };
    const users::UserId member = member_of(job.request);
    const std::int64_t mine = document(job.request, job.unit.user_id);
    const std::int64_t paper =
        document(job.request, job.unit.user_id, assistance::DocumentType::kIdFront);
    EXPECT_EQ(refused(document(job.request, member), document(job.request, member)),
              R"(["PHOTO","SIGNATURE"])");
    EXPECT_EQ(refused(paper, mine), R"(["PHOTO"])");
    EXPECT_EQ(refused(mine, paper), R"(["SIGNATURE"])");
    const TestAnswer shown = api.get(job.request.path(), {.token = token(job.unit)});
    EXPECT_EQ(shown.at("/evidence/present/0/id"), std::to_string(mine)) << shown.body;
    EXPECT_EQ(shown.at("/evidence/present/1/id"), "<none>");
    EXPECT_EQ(step(job.unit, job.request, "complete", form(job.request, job.unit)).status, 200);
}

TEST_P(Jobs, WorkThatEndedWithoutASignalEndedWhenItDid) {
    const Taken job = in_progress();
    wait_seconds(3600);
    std::string completion = form(job.request, job.unit);
    completion.insert(1, fmt::format(R"("occurred_at":"{}",)", instant(-1800)));
    const TestAnswer done = step(job.unit, job.request, "complete", completion);
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.at("/steps/ended_at"), instant(-1800));
    EXPECT_EQ(done.at("/request/completed_at"), instant(-1800));
}

TEST_P(Jobs, ServicesToPatientsNeedTheFormAndNoPhotograph) {
    const Unit unit = unit_at(1, "AMBULANCE");
    const Request asked = request("AMBULANCE");
    look();
    ASSERT_EQ(accept(unit).status, 200);
    step(unit, asked, "arrived");
    step(unit, asked, "start");
    const std::string completion =
        fmt::format(R"({{"outcome":"COMPLETED","notes":"Trasladada","signature_document_id":{},)"
                    R"("actual_cost":"0.00"}})",
                    document(asked, unit.user_id));
    const TestAnswer early = step(unit, asked, "complete", completion);
    EXPECT_EQ(early.at("/missing"), R"(["FORM"])") << early.body;
    api.execute(
        "UPDATE assistance_assistancerequest SET metadata = "
        "'{\"flow\":\"IMMEDIATE\",\"form_complete\":true,\"service_code\":\"AMBULANCE\"}'");
    EXPECT_EQ(step(unit, asked, "complete", completion).status, 200);
}

TEST_P(Jobs, AWithdrawalSendsTheRequestToAnotherUnit) {
    const Taken job = taken(2);
    const Unit other = unit_at(9);
    EXPECT_EQ(step(job.unit, job.request, "withdraw", R"({"reason":"Se pinchó la llanta"})").status,
              204);
    EXPECT_EQ(status(job.request), "PENDING");
    EXPECT_EQ(api.integer("SELECT COUNT(provider_id) FROM assistance_assistancerequest"), 0);
    look();
    EXPECT_FALSE(has_offer(job.unit)) << "left out for ten minutes";
    EXPECT_TRUE(has_offer(other));
    EXPECT_EQ(api.get(job.request.path(), {.token = token(job.unit)}).status, 404);
    EXPECT_EQ(count("assistance_assistancerequest WHERE metadata ->> 'promise' IS NOT NULL"), 0)
        << "what the first unit promised";
    const TestAnswer again = step(job.unit, job.request, "withdraw", R"({"reason":"Otra vez"})");
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(accept(other).status, 200);
    EXPECT_EQ(step(other, job.request, "arrived").status, 200);
    EXPECT_EQ(step(other, job.request, "start").status, 200);
    EXPECT_EQ(step(other, job.request, "withdraw", R"({"reason":"No"})").status, 409);
}

TEST_P(Jobs, WhatBecameOfARequestThatWasGivenBackIsNotToldToItsFormerUnit) {
    const Taken job = taken(2);
    const Unit other = unit_at(9);
    ASSERT_EQ(step(job.unit, job.request, "withdraw", R"({"reason":"Llanta"})").status, 204);
    look();
    ASSERT_EQ(accept(other).status, 200);
    ASSERT_EQ(step(other, job.request, "arrived").status, 200);
    ASSERT_EQ(step(other, job.request, "start").status, 200);
    ASSERT_EQ(step(other, job.request, "complete", form(job.request, other)).status, 200);
    const auto listed = [&](const Unit& unit, std::string_view filter) {
        return api.get(fmt::format("/api/assistance/dispatch/jobs/?{}", filter),
                       {.token = token(unit)});
    };
    EXPECT_EQ(listed(job.unit, "status=COMPLETED").at("/count"), "0");
    EXPECT_EQ(listed(job.unit, "completed_at__gte=2020-01-01T00:00:00Z").at("/count"), "0");
    const TestAnswer mine = listed(job.unit, "status=PENDING");
    EXPECT_EQ(mine.at("/count"), "1") << mine.body;
    EXPECT_EQ(mine.at("/results/0/status"), "PENDING");
    EXPECT_EQ(mine.at("/results/0/completed_at"), "null");
    EXPECT_EQ(mine.at("/results/0/pay/total"), "0.00");
    EXPECT_EQ(listed(other, "status=COMPLETED").at("/count"), "1");
}

TEST_P(Jobs, AUnitThatNamedNoVehicleComesWithTheOneItHas) {
    const Unit unit = unit_at(3);
    providers::Vehicle vehicle;
    vehicle.provider_id = unit.id;
    vehicle.kind = providers::VehicleKind::kTowTruck;
    vehicle.plate = "P123ABC";
    vehicle.year = 2019;
    api.insert(vehicle);
    request();
    look();
    // 4.05 km at 15 km/h are 16.2 minutes.
    EXPECT_EQ(api.integer("SELECT eta_minutes FROM dispatch_offer"), 17);
    ASSERT_EQ(accept(unit).status, 200);
    EXPECT_EQ(count(fmt::format("dispatch_assignment WHERE vehicle_id = {}", vehicle.id.value)), 1);
}

TEST_P(Jobs, OfSeveralVehiclesNoneIsGuessed) {
    const Unit unit = unit_at(3);
    for (const std::string_view plate : {"P123ABC", "P124ABC"}) {
        providers::Vehicle vehicle;
        vehicle.provider_id = unit.id;
        vehicle.kind = providers::VehicleKind::kTowTruck;
        vehicle.plate = plate;
        vehicle.year = 2019;
        api.insert(vehicle);
    }
    request();
    look();
    ASSERT_EQ(accept(unit).status, 200);
    EXPECT_EQ(count("dispatch_assignment WHERE vehicle_id IS NULL"), 1);
}

TEST_P(Jobs, TwoPositionsInARowWithinFiftyMetresAreAnArrival) {
    const Taken job = taken();
    fixes(job.unit, {10, 10});
    EXPECT_EQ(count("dispatch_assignment WHERE arrived_at IS NOT NULL"), 0) << "not departed";
    ASSERT_EQ(step(job.unit, job.request, "depart").status, 200);
    wait_seconds(60);
    fixes(job.unit, {2'000, 400});
    EXPECT_EQ(count("dispatch_assignment WHERE near_at IS NOT NULL"), 1);
    fixes(job.unit, {20, 80, 20});
    EXPECT_EQ(count("dispatch_assignment WHERE arrived_at IS NOT NULL"), 0) << "not in a row";
    fixes(job.unit, {30});
    EXPECT_EQ(count("dispatch_assignment WHERE arrived_at IS NOT NULL AND NOT arrival_in_doubt"),
              1);
    EXPECT_EQ(count("events_outbox WHERE name = 'request.arrived'"), 1);
    fixes(job.unit, {30, 30});
    EXPECT_EQ(count("events_outbox WHERE name = 'request.arrived'"), 1);
    EXPECT_EQ(step(job.unit, job.request, "arrived").status, 409);
    EXPECT_EQ(step(job.unit, job.request, "start").status, 200);
}

}  // namespace
}  // namespace segurifai::testing
