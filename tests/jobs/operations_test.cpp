// platform.job and admin.jobs.run (API §2.2, §2.13), on both engines.

#include <array>

#include "jobs/workshop.hpp"

namespace segurifai::testing {
namespace {

class JobOperations : public Workshop {
protected:
    JobOperations() {
        know({{.name = "test.count", .handler = counting()},
              {.name = "test.told",
               .handler = [](JobContext& job) -> Task<Result<Json>> {
                   const Json told = job.args;
                   co_return told;
               },
               .check_args = [](const Json&) -> Result<void> { return {}; }}});
        api.platform().wake_jobs = [this] { ++wakes; };
    }

    TestAnswer start(std::string_view name, std::string body = "{}", std::string key = "key-1") {
        return api.post(fmt::format("/api/admin/jobs/{}/run/", name),
                        {.token = token, .body = std::move(body), .key = std::move(key)});
    }

    std::string token = api.sign_in_as(api.add_superuser().id);
    int wakes = 0;
};
SEGURIFAI_ON_BOTH_ENGINES(JobOperations);

TEST_P(JobOperations, ASuperuserStartsAJobAndFollowsIt) {
    const TestAnswer started = start("test.count");
    ASSERT_EQ(started.status, 202) << started.body;
    EXPECT_EQ(started.at("/state"), "QUEUED");
    EXPECT_EQ(started.at("/kind"), "test.count");
    EXPECT_EQ(started.at("/finished_at"), "null");
    EXPECT_EQ(wakes, 1);
    EXPECT_EQ(count("audit_event WHERE action = 'admin.jobs.run'"), 1);
    const std::string path = started.header("Location");
    EXPECT_EQ(path, fmt::format("/api/jobs/{}/", started.at("/id")));
    EXPECT_EQ(api.get(path, {.token = token}).at("/state"), "QUEUED");
    EXPECT_EQ(run_due(), 1U);
    const TestAnswer done = api.get(path, {.token = token});
    EXPECT_EQ(done.at("/state"), "DONE");
    EXPECT_EQ(done.at("/progress"), "1");
    EXPECT_EQ(done.at("/result/counted"), "true");
    EXPECT_EQ(done.at("/error"), "null");
}

TEST_P(JobOperations, AJobUnderWayIsNotStartedASecondTime) {
    const TestAnswer first = start("test.count");
    const TestAnswer second = start("test.count", "{}", "key-2");
    EXPECT_EQ(second.status, 409) << second.body;
    EXPECT_EQ(second.at("/code"), "invalid_transition");
    EXPECT_EQ(second.at("/job_id"), first.at("/id"));
    const TestAnswer again = start("test.count");
    EXPECT_EQ(again.status, 202) << "the same call";
    EXPECT_EQ(again.at("/id"), first.at("/id"));
    EXPECT_EQ(count("platform_job"), 1);
}

TEST_P(JobOperations, ArgumentsReachTheJobOrAreRefused) {
    EXPECT_EQ(start("test.none").status, 404);
    const TestAnswer refused = start("test.count", R"({"args":{"dry_run":true}})");
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.at("/args/0"), "<none>") << refused.body;
    EXPECT_EQ(start("test.told", R"({"args":[]})").status, 400);
    EXPECT_EQ(count("platform_job"), 0);
    const TestAnswer told = start("test.told", R"({"args":{"n":7}})", "key-3");
    ASSERT_EQ(told.status, 202) << told.body;
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(api.get(told.header("Location"), {.token = token}).at("/result/n"), "7");
}

TEST_P(JobOperations, ItsStarterAndWhoSeesEverythingSeeAJob) {
    const std::string path = start("test.count").header("Location");
    const auto seen_by = [&](const Person& person) {
        return api.get(path, {.token = api.sign_in_as(person.id)}).status;
    };
    EXPECT_EQ(seen_by(api.add_superuser()), 200);
    EXPECT_EQ(seen_by(api.add_staff({http::Scope::kAuditor})), 200);
    EXPECT_EQ(seen_by(api.add_staff({http::Scope::kOperations})), 404);
    EXPECT_EQ(seen_by(api.add_member()), 404);
    EXPECT_EQ(api.get(path).status, 401);
    const Person other = api.add_staff({http::Scope::kFinance});
    const std::array params{sql::Value::uuid(other.id.value)};
    ASSERT_TRUE(api.session().run("UPDATE platform_job SET starter_id = $1", params));
    EXPECT_EQ(seen_by(other), 200);
}

TEST_P(JobOperations, OnlyASuperuserStartsOne) {
    const std::string path = "/api/admin/jobs/test.count/run/";
    const auto status_for = [&](const Person& person) {
        return api.post(path, {.token = api.sign_in_as(person.id), .body = "{}", .key = "k"})
            .status;
    };
    EXPECT_EQ(status_for(api.add_staff({http::Scope::kOperations, http::Scope::kSupport})), 403);
    EXPECT_EQ(status_for(api.add_staff({http::Scope::kAuditor})), 403);
    EXPECT_EQ(status_for(api.add_member()), 403);
}

}  // namespace
}  // namespace segurifai::testing
