// admin.retention and admin.retention.run (API §2.13), on both engines.

#include "operations/installed.hpp"

namespace segurifai::testing {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RetentionOperations : public Installed {
protected:
    RetentionOperations() { add_expired_sessions(3); }

    void add_expired_sessions(int sessions) {
        for (int i = 0; i < sessions; ++i) api.sign_in_as(api.add_member().id);
        wait(hours(49));  // they end after a day and are deleted a day later
    }
    TestAnswer show() { return api.get("/api/admin/retention/", {.token = new_token()}); }
    /// Of the policy of sessions.
    std::string shown(std::string_view member) {
        const TestAnswer answer = show();
        EXPECT_EQ(answer.at("/1/policy"), "sessions") << answer.body;
        return answer.at(fmt::format("/1/{}", member));
    }
    TestAnswer start(std::string_view policy, std::string body, std::string key = "key-1") {
        return api.post(fmt::format("/api/admin/retention/{}/run/", policy),
                        {.token = new_token(), .body = std::move(body), .key = std::move(key)});
    }
    std::int64_t expired() { return count("sessions_session WHERE expires_at < '2026-02-05'"); }
};
SEGURIFAI_ON_BOTH_ENGINES(RetentionOperations);

TEST_P(RetentionOperations, ADryRunIsWhatIsRunWhenNothingIsSaid) {
    EXPECT_EQ(shown("rows_due"), "null") << "nobody has counted";
    const TestAnswer started = start("sessions", "{}");
    ASSERT_EQ(started.status, 202) << started.body;
    EXPECT_EQ(shown("job_id"), started.at("/id"));
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(expired(), 3) << "nothing was deleted";
    EXPECT_EQ(shown("rows_due"), "3");
    EXPECT_EQ(shown("last_run"), "null");
    EXPECT_EQ(shown("job_id"), "null");
}

TEST_P(RetentionOperations, ARunDeletesAndIsShown) {
    ASSERT_EQ(start("sessions", R"({"dry_run":false})").status, 202);
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(expired(), 0);
    EXPECT_EQ(shown("rows_done"), "3");
    EXPECT_EQ(shown("rows_due"), "0");
    EXPECT_NE(shown("last_run"), "null");
    EXPECT_EQ(shown("error"), "null");
    add_expired_sessions(0);
    ASSERT_EQ(start("sessions", "{}", "key-2").status, 202);
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(shown("rows_done"), "3") << "a dry run is no run";
}

TEST_P(RetentionOperations, EveryPolicyIsShownWithItsNextRun) {
    value(api.run(jobs::prepare_schedule(api.database(), kinds, api.clock.now())));
    const TestAnswer all = show();
    ASSERT_EQ(all.status, 200) << all.body;
    for (const auto& [at, policy] :
         {std::pair(0, "positions"), std::pair(1, "sessions"), std::pair(2, "requests"),
          std::pair(3, "archive"), std::pair(4, "audit")}) {
        EXPECT_EQ(all.at(fmt::format("/{}/policy", at)), policy);
        EXPECT_NE(all.at(fmt::format("/{}/next_run", at)), "null") << policy;
        const std::string key = fmt::format("key-{}", at);
        EXPECT_EQ(start(policy, "{}", key).status, 202) << policy;
        EXPECT_GE(run_due(), 1U);
        EXPECT_EQ(show().at(fmt::format("/{}/error", at)), "null") << show().body;
        EXPECT_NE(show().at(fmt::format("/{}/rows_due", at)), "null") << policy;
    }
}

TEST_P(RetentionOperations, WhatRunsIsNotStartedAgainAndWhatThereIsNotNotAtAll) {
    const TestAnswer first = start("sessions", "{}");
    const TestAnswer second = start("sessions", R"({"dry_run":false})", "key-2");
    EXPECT_EQ(second.status, 409) << second.body;
    EXPECT_EQ(second.at("/job_id"), first.at("/id"));
    EXPECT_EQ(start("nothing", "{}", "key-3").status, 404);
    EXPECT_EQ(start("sessions", R"({"dry_run":"false"})", "key-4").status, 400);
    const TestAnswer told =
        api.post("/api/admin/jobs/retention.positions/run/",
                 {.token = new_token(), .body = R"({"args":{"dry_run":false}})", .key = "key-5"});
    EXPECT_EQ(told.status, 400) << told.body;
    EXPECT_THAT(told.body, HasSubstr("dry_run"));
}

TEST_P(RetentionOperations, AFailureIsShown) {
    know({{.name = "retention.sessions",
           .handler = answering(fail(Code::kDiskFull, "The disk is full.")),
           .attempts_max = 1}});
    ASSERT_EQ(start("sessions", "{}").status, 400) << "the one made up here takes nothing";
    ASSERT_EQ(start("sessions", R"({"dry_run":false})", "key-2").status, 202);
    EXPECT_EQ(run_due(), 1U);
    EXPECT_THAT(shown("error"), HasSubstr("The disk is full."));
    kinds = all_kinds(installation);
    ASSERT_EQ(start("sessions", "{}", "key-3").status, 202);
    EXPECT_EQ(run_due(), 1U);
    EXPECT_THAT(shown("error"), HasSubstr("The disk is full.")) << "a dry run is no run";
    EXPECT_EQ(shown("rows_due"), "3");
    look();
    const TestAnswer health = api.get("/api/health/", {.token = new_token()});
    EXPECT_EQ(health.at("/checks/retention/policies/1/standing"), "FAILED") << health.body;
}

TEST_P(RetentionOperations, AnyStaffSeesThemAndASuperuserRunsThem) {
    EXPECT_THAT(statuses("/api/admin/retention/"), ElementsAre(200, 200, 200, 403, 401));
    for (const Person& person :
         {api.add_staff({http::Scope::kOperations}), api.add_staff({http::Scope::kAuditor})})
        EXPECT_EQ(api.post("/api/admin/retention/sessions/run/",
                           {.token = api.sign_in_as(person.id), .body = "{}", .key = "k"})
                      .status,
                  403);
}

}  // namespace
}  // namespace segurifai::testing
