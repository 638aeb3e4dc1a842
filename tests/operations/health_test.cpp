// platform.health (API §2.1) and what the watch behind it sees, on both engines.

#include "operations/installed.hpp"

namespace segurifai::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::IsEmpty;

class HealthOfAnInstallation : public Installed {
protected:
    HealthOfAnInstallation() {
        // The clock stands still in another year than PostgreSQL's: the rest is looked at here.
        installation.backups.reset();
    }
    TestAnswer health() { return api.get("/api/health/", {.peer = "127.0.0.1"}); }
    std::string check(std::string_view pointer) {
        look();
        return health().at(fmt::format("/checks/{}", pointer));
    }
};
SEGURIFAI_ON_BOTH_ENGINES(HealthOfAnInstallation);

TEST_P(HealthOfAnInstallation, IsToldWithItsFiguresToStaffAndThisMachineOnly) {
    look();
    EXPECT_THAT(reported, IsEmpty());
    for (const auto& [peer, token, told] :
         {std::tuple("127.0.0.1", std::string(), true), std::tuple("::1", std::string(), true),
          std::tuple("203.0.113.7", std::string(), false),
          std::tuple("203.0.113.7", api.sign_in_as(api.add_member().id), false),
          std::tuple("203.0.113.7", api.sign_in_as(api.add_staff({http::Scope::kAuditor}).id),
                     true)}) {
        const TestAnswer answer = api.get("/api/health/", {.token = token, .peer = peer});
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.at("/version"), "1.2.3");
        EXPECT_EQ(answer.at("/checks/jobs/ok"), told ? "true" : "<none>") << peer;
    }
}

TEST_P(HealthOfAnInstallation, WhatAProxyOnThisMachinePassesOnIsNotOfThisMachine) {
    look();
    for (const char* from : {"203.0.113.7", "127.0.0.1", "unknown", ""}) {
        const TestRequest passed_on{.headers = {{http::Header::kForwardedFor, from}},
                                    .peer = "127.0.0.1"};
        EXPECT_EQ(api.get("/api/health/", passed_on).at("/checks/jobs/ok"), "<none>") << from;
        EXPECT_EQ(api.get("/metrics", passed_on).status, 403) << from;
    }
}

TEST_P(HealthOfAnInstallation, PagesAreForWhoTakesThem) {
    const auto asked = [&](std::string_view path, std::string_view accept) {
        return api.get(path, {.headers = {{http::Header::kAccept, std::string(accept)}}});
    };
    for (const char* path : {"/", "/api/docs/", "/api/schema/", "/assets/site.css"}) {
        const TestAnswer refused = asked(path, "image/png");
        EXPECT_EQ(refused.status, 406) << path;
        EXPECT_EQ(refused.header("Cache-Control"), "no-store") << path;
        EXPECT_EQ(asked(path, "image/png, */*;q=0.1").status, 200) << path;
    }
    EXPECT_EQ(asked("/api/docs/", "text/html").content_type, "text/html; charset=utf-8");
    EXPECT_EQ(asked("/api/schema/", "*/*").content_type, "application/vnd.oai.openapi+json");
    EXPECT_EQ(asked("/api/schema/", "application/json").content_type, "application/json");
    EXPECT_EQ(asked("/api/schema/?format=yaml", "application/json").status, 406);
}

TEST_P(HealthOfAnInstallation, BeforeTheFirstLookTheDatabaseAloneCounts) {
    EXPECT_EQ(health().at("/status"), "ok");
    EXPECT_EQ(health().at("/checks/disk"), "null");
    EXPECT_EQ(health().at("/checks/looked_at"), "null");
    EXPECT_EQ(health().at("/checks/database/writes"), "true");
}

TEST_P(HealthOfAnInstallation, ALookThatHangsIsSeen) {
    look();
    wait(hours(1));
    EXPECT_EQ(health().at("/status"), "degraded");
}

TEST_P(HealthOfAnInstallation, KnowsTheRoomOnItsDisks) {
    EXPECT_EQ(check("disk/volumes/0/name"), "data");
    EXPECT_NE(check("disk/volumes/0/free_bytes"), "0");
    EXPECT_EQ(check("disk/volumes/1"), "<none>");
    installation.backups = api.folder();
    EXPECT_EQ(check("disk/volumes/1/name"), "backups");
}

TEST_P(HealthOfAnInstallation, TellsHowLongTheOldestEventWaits) {
    EXPECT_EQ(check("outbox/oldest_seconds"), "0");
    const sql::TransactionBody publish = [&](sql::Transaction& t) -> Task<Result<void>> {
        events::Event event{.name = "user.archived", .object_table = "x", .object_id = "1"};
        co_return co_await events::publish(t, api.clock.now(), std::move(event));
    };
    value(api.run(api.database().transact(publish)));
    wait(seconds(90));
    EXPECT_EQ(check("outbox/oldest_seconds"), "90");
    api.execute("UPDATE events_outbox SET delivered_at = created_at");
    EXPECT_EQ(check("outbox/oldest_seconds"), "0");
}

TEST_P(HealthOfAnInstallation, ADeadLetterAndAJobNobodyTakesAreBad) {
    EXPECT_EQ(check("jobs/ok"), "true");
    know({{.name = "test.fail", .handler = answering(fail(Code::kGone, "No.")), .attempts_max = 1},
          {.name = "test.wait", .handler = answering(Json{"{}"})}});
    const std::string token = new_token();
    const auto start = [&](std::string_view name) {
        return api.post(fmt::format("/api/admin/jobs/{}/run/", name),
                        {.token = token, .body = "{}", .key = std::string(name)});
    };
    ASSERT_EQ(start("test.fail").status, 202);
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(check("jobs/dead_letters"), "1");
    EXPECT_EQ(check("jobs/ok"), "false");
    wait(hours(25));
    EXPECT_EQ(check("jobs/ok"), "true") << "it is old news";
    api.execute("UPDATE platform_job SET state = 'QUEUED', finished_at = NULL");
    EXPECT_EQ(check("jobs/ok"), "false") << "it waits for a day";
}

TEST_P(HealthOfAnInstallation, APolicyThatDoesNotRunIsLate) {
    value(api.run(jobs::prepare_schedule(api.database(), kinds, api.clock.now())));
    EXPECT_EQ(check("retention/ok"), "true");
    EXPECT_EQ(check("retention/policies/4/policy"), "audit");
    wait(hours(30));
    EXPECT_EQ(check("retention/policies/1/standing"), "LATE");
    EXPECT_EQ(health().at("/status"), "degraded");
    EXPECT_GE(run_due(), 5U);
    EXPECT_EQ(check("retention/ok"), "true");
    EXPECT_EQ(check("retention/policies/1/standing"), "OK");
    EXPECT_NE(check("retention/policies/1/last_run"), "null");
}

TEST_P(HealthOfAnInstallation, AClockThatGoesBackIsSeenAlsoAfterARestart) {
    EXPECT_EQ(check("clock/behind_seconds"), "0");
    wait(seconds(-3'600));
    EXPECT_EQ(check("clock/behind_seconds"), "3600");
    EXPECT_EQ(check("clock/ok"), "false");
    api.execute(
        "INSERT INTO audit_event (at, action, object_table, object_id) VALUES "
        "('2026-02-03 18:00:00.000000', 'x', 'x', '1')");
    server::Watch another(watched(), [](const Error&) {}, [](bool, std::string_view) {});
    api.run(another.look());
    ASSERT_TRUE(another.observed().clock);
    EXPECT_EQ(another.observed().clock->behind_seconds, 3'600);
}

TEST_P(HealthOfAnInstallation, TheDatabasesClockIsComparedWhereItIsAnother) {
    api.clock.set(SystemClock().now());
    const bool is_another = GetParam() == sql::Engine::kPostgres;
    EXPECT_EQ(check("clock/skew_seconds") != "null", is_another);
    EXPECT_EQ(check("clock/ok"), "true");
    wait(seconds(30));
    EXPECT_EQ(check("clock/ok"), is_another ? "false" : "true");
}

TEST_P(HealthOfAnInstallation, ADatabaseThatIsGoneIsDownAndNothingElseIsMadeUp) {
    look();
    api.database().close();
    const TestAnswer answer = health();
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_EQ(answer.at("/status"), "down");
    EXPECT_EQ(check("jobs"), "null");
    EXPECT_THAT(reported, ::testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace segurifai::testing
