// How a unit is found for a request (RULES §7), on both engines.

#include "apps/dispatch/waves.hpp"
#include "dispatch/board.hpp"

namespace segurifai::testing {
namespace {

using dispatch::Policy;

class Searching : public Board {};
SEGURIFAI_ON_BOTH_ENGINES(Searching);

TEST_P(Searching, TheNearestUnitGetsTheOffer) {
    const Unit far = unit_at(8);
    const Unit near = unit_at(3);
    request();
    EXPECT_EQ(look().offered, 1U);
    EXPECT_TRUE(has_offer(near));
    EXPECT_FALSE(has_offer(far));
    const TestAnswer offers = api.get("/api/assistance/dispatch/offers/", {.token = token(near)});
    ASSERT_EQ(offers.status, 200) << offers.body;
    EXPECT_EQ(offers.at("/0/service_code"), "TOW");
    EXPECT_EQ(offers.at("/0/area"), "Guatemala");
    EXPECT_EQ(offers.at("/0/distance_km"), "4.05") << "3 km by road";
    EXPECT_EQ(offers.at("/0/pay/base"), "200.00");
    EXPECT_EQ(offers.at("/0/pay/distance_bonus"), "5.25");
    EXPECT_EQ(offers.body.find("zona 10"), std::string::npos) << "no address before acceptance";
    EXPECT_EQ(count("events_outbox WHERE name = 'offer.created'"), 1);
}

TEST_P(Searching, TheDecisionIsLoggedWithWhoWasPassedOverAndWhy) {
    const Unit near = unit_at(3);
    const Unit narrow = unit_at(5);
    api.execute(fmt::format("UPDATE providers_provider SET service_radius_km = 2 WHERE id = {}",
                            narrow.id.value));
    request();
    look();
    const std::string candidates =
        api.text("SELECT CAST(candidates AS TEXT) FROM dispatch_decision");
    EXPECT_NE(candidates.find("outside_radius"), std::string::npos) << candidates;
    const std::string chosen = api.text("SELECT CAST(chosen AS TEXT) FROM dispatch_decision");
    EXPECT_EQ(chosen, fmt::format("[{}]", near.id.value));
}

TEST_P(Searching, ADeclinePassesTheRequestOn) {
    const Unit near = unit_at(3);
    const Unit far = unit_at(8);
    request();
    look();
    EXPECT_EQ(decline(near).status, 204);
    EXPECT_GT(api.wakes(), 0);
    look();
    EXPECT_FALSE(has_offer(near));
    EXPECT_TRUE(has_offer(far));
    EXPECT_EQ(decline(near).status, 404) << "there is no such offer any more";
}

TEST_P(Searching, AnOfferLapsesAfterSixtySecondsAndPassesOn) {
    const Unit near = unit_at(3);
    const Unit far = unit_at(8);
    request();
    look();
    const std::int64_t offer = offer_of(near);
    wait_seconds(59);
    EXPECT_EQ(look().looked, 0U);
    wait_seconds(1);
    const TestAnswer late = api.post(offers_path(offer, "accept"),
                                     {.token = token(near), .body = "{}", .key = next_key()});
    EXPECT_EQ(late.status, 409);
    EXPECT_EQ(late.at("/code"), "offer_closed");
    look();
    EXPECT_EQ(count("dispatch_offer WHERE state = 'LAPSED'"), 1);
    EXPECT_TRUE(has_offer(far));
}

TEST_P(Searching, WhoDeclinedIsAskedAgainAfterTenMinutesOnly) {
    const Unit only = unit_at(3);
    const Request asked = request();
    look();
    EXPECT_EQ(decline(only).status, 204);
    look();
    EXPECT_EQ(search_state(asked), "QUEUED");
    wait_seconds(599);
    EXPECT_EQ(look().looked, 1U);
    EXPECT_FALSE(has_offer(only));
    wait_seconds(dispatch::kQueueLookSeconds);
    look();
    EXPECT_TRUE(has_offer(only));
    EXPECT_EQ(search_state(asked), "WAITING");
}

TEST_P(Searching, WhatIsInTheQueueGoesToAUnitThatComesOnDutyAfterAll) {
    const Request asked = request();
    EXPECT_EQ(look().queued, 1U);
    EXPECT_EQ(look().looked, 0U) << "not before half a minute";
    for (int minute = 0; minute < 5; ++minute) {
        wait_seconds(60);
        EXPECT_EQ(look().queued, 0U);
    }
    EXPECT_EQ(count("events_outbox WHERE name = 'alert.raised'"), 1) << "once, not each time";
    EXPECT_EQ(count("dispatch_decision"), 1);
    const Unit late = unit_at(12);
    wait_seconds(dispatch::kQueueLookSeconds);
    look();
    EXPECT_EQ(accept(late).status, 200);
    EXPECT_EQ(search_state(asked), "ASSIGNED");
}

TEST_P(Searching, ACancelledRequestLeavesTheQueue) {
    const Request asked = request();
    look();
    api.execute("UPDATE assistance_assistancerequest SET status = 'CANCELLED'");
    wait_seconds(dispatch::kQueueLookSeconds);
    look();
    EXPECT_EQ(search_state(asked), "ENDED");
}

TEST_P(Searching, TheWavesWiden) {
    const Unit at_forty = unit_at(40);
    request();
    look();
    EXPECT_TRUE(has_offer(at_forty));
    EXPECT_EQ(api.integer("SELECT wave FROM dispatch_search"), 2);
    EXPECT_EQ(api.integer("SELECT wave FROM dispatch_offer"), 2);
}

TEST_P(Searching, AfterTheLastWaveTheOperatorsAreAlerted) {
    unit_at(60);
    const Request asked = request();
    EXPECT_EQ(look().queued, 1U);
    EXPECT_EQ(search_state(asked), "QUEUED");
    EXPECT_EQ(count("events_outbox WHERE name = 'alert.raised'"), 1);
    EXPECT_EQ(count("assistance_requestupdate WHERE update_type = 'NOTE'"), 1);
    EXPECT_EQ(status(asked), "PENDING");
    EXPECT_EQ(look().looked, 0U) << "the operators have it now";
}

TEST_P(Searching, BroadcastAsksFiveAtATime) {
    for (int km = 1; km <= 7; ++km) unit_at(km);
    request();
    EXPECT_EQ(look(Policy::kBroadcast).offered, 5U);
}

TEST_P(Searching, AUnitHoldsThreeOffersAtMost) {
    const Unit only = unit_at(1);
    for (int i = 0; i < 4; ++i) request();
    const dispatch::Pass pass = look();
    EXPECT_EQ(pass.offered, 3U);
    EXPECT_EQ(count(fmt::format("dispatch_offer WHERE provider_id = {} AND state = 'OPEN'",
                                only.id.value)),
              3);
}

TEST_P(Searching, TheUrgentRequestIsLookedAtFirst) {
    const Unit only = unit_at(1);
    for (int i = 0; i < 4; ++i) request();
    const Request urgent = request();
    api.execute(
        fmt::format("UPDATE assistance_assistancerequest SET priority = 'URGENT' WHERE id = {}",
                    urgent.id.value));
    look();
    EXPECT_EQ(count(fmt::format("dispatch_offer WHERE request_id = {} AND state = 'OPEN'",
                                urgent.id.value)),
              1);
}

TEST_P(Searching, SilentBusyAndOfflineUnitsAreLeftOut) {
    const Unit silent = unit_at(1);
    const Unit offline = unit_at(2);
    const Unit there = unit_at(3);
    api.execute(
        fmt::format("UPDATE providers_providerlocation SET is_online = {} WHERE provider_id = {}",
                    GetParam() == sql::Engine::kSqlite ? "0" : "false", offline.id.value));
    const std::array params{sql::Value::instant(Instant{api.clock.now().micros - 301'000'000}),
                            sql::Value::integer(silent.id.value)};
    ASSERT_TRUE(api.session().run(
        "UPDATE providers_providerlocation SET last_updated = $1 WHERE provider_id = $2", params));
    request();
    look();
    EXPECT_TRUE(has_offer(there));
    EXPECT_EQ(accept(there).status, 200);
    request();
    look();
    EXPECT_FALSE(has_offer(there)) << "it has a job";
}

TEST_P(Searching, OffersOfAUnitThatTookAnotherJobAreWithdrawn) {
    const Unit near = unit_at(1);
    const Unit far = unit_at(5);
    const Request first = request();
    const Request second = request();
    look();
    ASSERT_EQ(count(fmt::format("dispatch_offer WHERE provider_id = {}", near.id.value)), 2);
    EXPECT_EQ(accept(near).status, 200);
    look();
    EXPECT_EQ(count("dispatch_offer WHERE state = 'WITHDRAWN'"), 1);
    EXPECT_TRUE(has_offer(far));
    EXPECT_EQ((status(first) == "ASSIGNED") + (status(second) == "ASSIGNED"), 1);
}

TEST_P(Searching, ARestartContinuesWhereItStopped) {
    const Unit near = unit_at(3);
    const Unit far = unit_at(8);
    const Request asked = request();
    look();  // each look() is an engine of its own
    wait_seconds(60);
    look();
    EXPECT_FALSE(has_offer(near));
    EXPECT_TRUE(has_offer(far));
    wait_seconds(60);
    look();
    EXPECT_EQ(search_state(asked), "QUEUED");
}

TEST_P(Searching, TwoEnginesAtOnceDoubleNothing) {
    for (int km = 1; km <= 9; ++km) unit_at(km);
    for (int i = 0; i < 12; ++i) request();
    dispatch::Engine one(api.platform(), api.io());
    dispatch::Engine two(api.platform(), api.io());
    Result<dispatch::Pass> first = fail(Code::kInternal, {});
    int ended = 0;
    const Instant now = api.clock.now();
    for (dispatch::Engine* engine : {&one, &two})
        boost::asio::co_spawn(api.io(), engine->run_due(now),
                              [&](std::exception_ptr, Result<dispatch::Pass>) { ++ended; });
    api.run([](int& done, boost::asio::io_context& io) -> Task<void> {
        while (done < 2)
            co_await boost::asio::post(
                io, boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>());
    }(ended, api.io()));
    look();  // what one held while the other came by
    EXPECT_EQ(count("dispatch_offer WHERE state = 'OPEN'"), 12);
    EXPECT_EQ(count("(SELECT provider_id FROM dispatch_offer WHERE state = 'OPEN' "
                    "GROUP BY provider_id HAVING COUNT(*) > 3) AS over_full"),
              0);
    EXPECT_EQ(count("(SELECT request_id FROM dispatch_offer GROUP BY request_id "
                    "HAVING COUNT(*) > 1) AS doubled"),
              0);
}

TEST_P(Searching, ADeskServiceGoesToTheDeskWithTheFewestJobs) {
    const Unit busy = desk("LEGAL_PHONE");
    const Unit idle = desk("LEGAL_PHONE");
    unit_at(1, "LEGAL_PHONE");
    const Request first = request("LEGAL_PHONE");
    look();
    ASSERT_TRUE(has_offer(busy)) << "the lowest number of equals";
    EXPECT_EQ(accept(busy).status, 200);
    request("LEGAL_PHONE");
    look();
    EXPECT_TRUE(has_offer(idle));
    request("LEGAL_PHONE");
    look();
    EXPECT_EQ(accept(idle).status, 200);
    EXPECT_EQ(step(busy, first, "arrived").status, 200);
    EXPECT_EQ(step(busy, first, "start").status, 200);
    const TestAnswer done =
        step(busy, first, "complete", R"({"outcome":"COMPLETED","notes":"Orientado"})");
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(status(first), "COMPLETED");
}

TEST_P(Searching, TheLoopStopsWhenItIsToldToAndWakesWhenCalled) {
    unit_at(1);
    dispatch::EngineOptions options;
    options.tick = std::chrono::hours(1);
    dispatch::Engine engine(api.platform(), api.io(), options);
    bool ended = false;
    boost::asio::co_spawn(api.io(), engine.run(), [&](std::exception_ptr) { ended = true; });
    const auto turn = [&](auto done) {
        for (int i = 0; i < 10'000 && !done(); ++i)
            api.io().run_one_for(std::chrono::milliseconds(5));
        return done();
    };
    api.io().restart();
    ASSERT_TRUE(turn([&] { return engine.stats().passes == 1; }));
    request();
    engine.wake();
    EXPECT_TRUE(turn([&] { return engine.stats().offered == 1; }));
    engine.stop();
    EXPECT_TRUE(turn([&] { return ended; }));
}

}  // namespace
}  // namespace segurifai::testing
