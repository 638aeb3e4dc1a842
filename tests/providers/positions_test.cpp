// The positions of units: judged in memory, stored together (RULES §5).

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apps/providers/api.hpp"
#include "apps/providers/position_buffer.hpp"
#include "apps/providers/tables.hpp"
#include "support/api.hpp"

namespace segurifai::providers {
namespace {

using segurifai::testing::TestAnswer;
using segurifai::testing::TestApi;
using segurifai::testing::Unit;

constexpr std::int64_t kSecond = 1'000'000;

class Positions : public ::testing::TestWithParam<sql::Engine> {
protected:
    Positions() { api.platform().positions = &buffer; }

    PositionBufferOptions options() {
        PositionBufferOptions made;
        made.waiting_max = 300;
        made.on_job_fixes = [this](sql::Transaction&, Instant, ProviderId id,
                                   std::vector<Fix> fixes) -> Task<Result<void>> {
            told.emplace_back(id.value, fixes.size());
            if (hook_fails) co_return fail(Code::kInternal, "The arrival fails.");
            co_return Result<void>();
        };
        made.report = [this](const Error& error) { reported.push_back(error.message); };
        return made;
    }

    std::string fix(double latitude, double longitude, std::int64_t seconds) {
        const Instant at{api.clock.now().micros + seconds * kSecond};
        return R"({"latitude":)" + std::to_string(latitude) + R"(,"longitude":)" +
               std::to_string(longitude) + R"(,"recorded_at":")" + at.to_string() + R"("})";
    }
    TestAnswer send(const std::string& fixes) {
        return api.post("/api/providers/me/location/",
                        {.token = token, .body = R"({"fixes":[)" + fixes + "]}"});
    }
    void flush() {
        const auto done = api.run(buffer.flush());
        ASSERT_TRUE(done) << describe(done.error());
    }
    std::int64_t history() {
        return api.integer("SELECT COUNT(*) FROM providers_providerlocationhistory");
    }
    /// A request in the hands of the unit.
    void give_job() {
        const auto member = api.add_member();
        api.execute(
            "INSERT INTO assistance_assistancerequest (request_number, user_id, provider_id, "
            "title, description, location_address, location_city, priority, status, "
            "cancellation_reason, notes, metadata, created_at, updated_at) VALUES "
            "('REQ-20260203-AAAAAA', '" +
            member.id.value.to_string() + "', " + std::to_string(unit.id.value) +
            ", 'Grúa', '', '', '', 'MEDIUM', 'ASSIGNED', '', '', "
            "'{\"service_code\":\"TOW\"}', '2026-02-03 17:00:00.000000', '2026-02-03 "
            "17:00:00.000000')");
        request = api.integer("SELECT id FROM assistance_assistancerequest");
        api.execute(
            "INSERT INTO dispatch_assignment (request_id, provider_id, is_desk, distance_km, "
            "assigned_at, promised_at, arrival_estimate_at, arrival_in_doubt, near_fixes, "
            "end_reason, completion_notes, photo_document_ids, pay_base, pay_distance_bonus) "
            "VALUES (" +
            std::to_string(request) + ", " + std::to_string(unit.id.value) +
            ", FALSE, 5, '2026-02-03 17:00:00.000000', '2026-02-03 18:30:00.000000', '2026-02-03 "
            "18:30:00.000000', "
            "FALSE, 0, '', '', '[]', 200, 0)");
    }

    TestApi api{GetParam(), routes()};
    PositionBuffer buffer{api.database(), api.clock, options()};
    Unit unit = api.add_unit();
    std::string token = api.sign_in_as(unit.user_id);
    std::int64_t request = 0;
    std::vector<std::pair<std::int32_t, std::size_t>> told;
    std::vector<std::string> reported;
    bool hook_fails = false;
};

TEST_P(Positions, AnAcceptedPositionIsOnDiskAfterTheNextFlush) {
    const TestAnswer answer = send(fix(14.621134, -90.522411, -1));
    ASSERT_EQ(answer.status, 202) << answer.body;
    EXPECT_EQ(answer.body, R"({"accepted":1,"rejected":[]})");
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM providers_providerlocation"), 0);
    flush();
    const auto stored =
        model::find_by_blocking<ProviderLocation>(api.session(), "provider_id", unit.id);
    ASSERT_TRUE(stored && *stored);
    EXPECT_EQ((*stored)->latitude.to_string(), "14.621134");
    EXPECT_EQ((*stored)->longitude.to_string(), "-90.522411");
    EXPECT_EQ((*stored)->last_updated.micros, api.clock.now().micros - kSecond);
    EXPECT_FALSE((*stored)->is_online) << "sending positions puts nobody on duty";
    EXPECT_EQ(history(), 1);
}

TEST_P(Positions, EachFaultyFixOfABatchIsNamedByItsIndexAndCodeAndTheOthersAreTaken) {
    const TestAnswer answer =
        send(fix(91, 0, -9) + ',' + fix(14.6, -90.5, -8) + ',' + fix(14.6, -90.5, 60) + ',' +
             fix(14.6, -90.5, -30) + ',' + fix(15.6, -90.5, -4) + ',' + fix(14.601, -90.5, -3));
    ASSERT_EQ(answer.status, 202) << answer.body;
    EXPECT_EQ(answer.body, R"({"accepted":2,"rejected":[{"index":0,"code":"out_of_range"},)"
                           R"({"index":2,"code":"in_future"},{"index":3,"code":"going_back"},)"
                           R"({"index":4,"code":"too_fast"}]})");
}

TEST_P(Positions, AfterARestartTheNextFixIsJudgedAgainstTheStoredPosition) {
    send(fix(14.6, -90.5, -5));
    flush();
    PositionBuffer restarted(api.database(), api.clock, options());
    api.platform().positions = &restarted;
    EXPECT_EQ(send(fix(14.6, -90.5, -60)).at("/rejected/0/code"), "going_back");
    EXPECT_EQ(send(fix(15.6, -90.5, -1)).at("/rejected/0/code"), "too_fast");
    EXPECT_EQ(send(fix(14.6, -90.5, -1)).at("/accepted"), "1");
    api.platform().positions = &buffer;
}

TEST_P(Positions, MoreThanFiveUpdatesInASecondAreThrottledWithRetryAfter) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(send(fix(14.6, -90.5, 0)).status, 202);
    const TestAnswer sixth = send(fix(14.6, -90.5, 0));
    EXPECT_EQ(sixth.status, 429);
    EXPECT_EQ(sixth.at("/code"), "throttled");
    EXPECT_EQ(sixth.header("Retry-After"), "1");
    api.clock.advance_micros(kSecond);
    EXPECT_EQ(send(fix(14.6, -90.5, 0)).status, 202);
    EXPECT_EQ(buffer.stats().throttled, 1U);
}

TEST_P(Positions, HistoryKeepsASampleEveryThirtySecondsOrHundredMetres) {
    send(fix(14.6, -90.5, -100) + ',' + fix(14.6, -90.5, -90) + ',' + fix(14.6, -90.5, -80) + ',' +
         fix(14.6, -90.5, -70) + ',' + fix(14.602, -90.5, -60));
    flush();
    EXPECT_EQ(history(), 3) << "the first, the one after 30 s, the one 200 m on";
    api.clock.advance_micros(5 * kSecond);
    send(fix(14.602, -90.5, -60));
    flush();
    EXPECT_EQ(history(), 3);
}

TEST_P(Positions, OnAJobEveryFixIsKeptWithTheRequestAndTheHookIsTold) {
    give_job();
    send(fix(14.6, -90.5, -3) + ',' + fix(14.6, -90.5, -2) + ',' + fix(14.6, -90.5, -1));
    flush();
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM providers_providerlocationhistory "
                          "WHERE assistance_request_id = " +
                          std::to_string(request)),
              3);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], (std::pair(unit.id.value, std::size_t{3})));
    api.execute("UPDATE dispatch_assignment SET arrived_at = '2026-02-03 18:00:00.000000'");
    send(fix(14.6, -90.5, 0));
    flush();
    EXPECT_EQ(told.size(), 1U) << "who has arrived needs no looking";
}

TEST_P(Positions, AFixSentAgainIsTakenAndCountsForNothing) {
    give_job();
    const std::string one = fix(14.621134, -90.522411, -2);
    for (int time = 0; time < 2; ++time) {
        EXPECT_EQ(send(one).at("/accepted"), "1");
        flush();
    }
    PositionBuffer restarted(api.database(), api.clock, options());
    api.platform().positions = &restarted;
    EXPECT_EQ(send(one).at("/accepted"), "1");
    ASSERT_TRUE(api.run(restarted.flush()));
    api.platform().positions = &buffer;
    EXPECT_EQ(told.size(), 1U);
    EXPECT_EQ(history(), 1);
    EXPECT_EQ(send(fix(14.621134, -90.522411, -1)).at("/accepted"), "1");
    flush();
    EXPECT_EQ(told.size(), 2U) << "a unit that stands still is heard from";
}

TEST_P(Positions, AFailingHookLosesNoPosition) {
    give_job();
    hook_fails = true;
    send(fix(14.6, -90.5, -1));
    flush();
    EXPECT_EQ(history(), 1);
    ASSERT_EQ(reported.size(), 1U);
    EXPECT_EQ(reported[0], "The arrival fails.");
}

TEST_P(Positions, AFixOfADayWithoutAPartitionIsStoredAsTheLastPositionAndNotInTheHistory) {
    const std::string day = R"({"latitude":14.6,"longitude":-90.5,"recorded_at":)"
                            R"("2026-01-05T12:00:00Z"})";
    EXPECT_EQ(send(day).status, 202);
    flush();
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM providers_providerlocation"), 1);
    EXPECT_EQ(history(), GetParam() == sql::Engine::kPostgres ? 0 : 1);
}

TEST_P(Positions, AnOlderPositionOfAnotherProcessNeverReplacesANewerOne) {
    PositionBuffer other(api.database(), api.clock, options());
    send(fix(14.6, -90.5, -5));
    api.platform().positions = &other;
    send(fix(14.601, -90.5, -2));
    ASSERT_TRUE(api.run(other.flush()));
    flush();
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM providers_providerlocation "
                          "WHERE latitude = 14.601"),
              1);
    api.platform().positions = &buffer;
}

TEST_P(Positions, AUnitThatIsNotActiveIsRefusedAndAMemberHasNoPartInIt) {
    const Unit pending = api.add_unit(ProviderStatus::kPending);
    token = api.sign_in_as(pending.user_id);
    const TestAnswer answer = send(fix(14.6, -90.5, 0));
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.at("/code"), "provider_not_active");
    token = api.sign_in_as(api.add_member().id);
    EXPECT_EQ(send(fix(14.6, -90.5, 0)).status, 403);
}

TEST_P(Positions, AnEmptyBatchAndOneOfAHundredAndOneAreFaults) {
    EXPECT_EQ(send("").status, 400);
    std::string many = fix(14.6, -90.5, 0);
    for (int i = 0; i < 100; ++i) many += ',' + fix(14.6, -90.5, 0);
    EXPECT_EQ(send(many).status, 400);
}

TEST_P(Positions, WhatWaitsForTheDatabaseIsBounded) {
    for (int i = 0; i < 3; ++i) {
        std::string batch = fix(14.6, -90.5, 0);
        for (int j = 1; j < 100; ++j) batch += ',' + fix(14.6 + 0.0001 * (j % 2), -90.5, 0);
        EXPECT_EQ(send(batch).status, 202);
    }
    EXPECT_EQ(send(fix(14.6, -90.5, 0)).status, 503);
    flush();
    EXPECT_EQ(send(fix(14.6, -90.5, 0)).status, 202);
}

TEST_P(Positions, StoppingStoresWhatWaits) {
    send(fix(14.6, -90.5, -1));
    buffer.stop();
    api.run(buffer.run(api.io()));
    EXPECT_EQ(history(), 1);
}

TEST_P(Positions, PositionsOfManyUnitsAreStoredInOneFlush) {
    constexpr int kUnits = 200;
    std::vector<ProviderId> ids;
    for (int i = 0; i < kUnits; ++i) ids.push_back(api.add_unit().id);
    for (const ProviderId id : ids) {
        std::vector<Fix> fixes{{.latitude = 14.6,
                                .longitude = -90.5,
                                .heading = std::nullopt,
                                .speed = 31.5,
                                .accuracy = 4,
                                .recorded_at = api.clock.now()}};
        ASSERT_TRUE(api.run(buffer.take(id, std::move(fixes), api.clock.now())));
    }
    flush();
    EXPECT_EQ(buffer.stats().flushes, 1U);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM providers_providerlocation WHERE speed = 31.5 AND "
                          "heading IS NULL"),
              kUnits);
    EXPECT_EQ(history(), kUnits);
}

SEGURIFAI_ON_BOTH_ENGINES(Positions);

}  // namespace
}  // namespace segurifai::providers
