// platform.job, platform.job.file, admin.jobs and admin.jobs.run (API §2.1, §2.13), on both
// engines.

#include <array>
#include <filesystem>
#include <fstream>

#include "jobs/workshop.hpp"

namespace segurifai::testing {
namespace {

/// Two pieces and a short one.
std::string large_file() {
    std::string text;
    while (text.size() < 2 * jobs::kPieceBytesMax + 1'000)
        text += std::to_string(text.size()) + "\n";
    return text;
}

class JobOperations : public Workshop {
protected:
    JobOperations() {
        know({{.name = "test.count", .handler = counting()},
              {.name = "test.file", .handler = writing("ventas.csv", "a,b\n1,2\n")},
              {.name = "test.large", .handler = writing("todo.csv", large_file())},
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

    /// A handler that makes a file.
    Handler writing(std::string name, std::string text) {
        return [name = std::move(name),
                text = std::move(text)](JobContext& job) -> Task<Result<Json>> {
            SEGURIFAI_CO_TRY_AS(const auto path, job.make_file_blocking(name));
            if (!text.empty()) std::ofstream(path) << text;
            co_return Json{"{}"};
        };
    }
    TestAnswer file_of(const TestAnswer& started) {
        return api.get(started.header("Location") + "file/", {.token = token});
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

TEST_P(JobOperations, TheFileAJobMadeIsThereForADay) {
    const TestAnswer started = start("test.file");
    ASSERT_EQ(started.status, 202) << started.body;
    const TestAnswer early = file_of(started);
    EXPECT_EQ(early.status, 409) << early.body;
    EXPECT_EQ(early.at("/code"), "invalid_transition");
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(api.get(started.header("Location"), {.token = token}).at("/file_name"), "ventas.csv");
    const TestAnswer file = file_of(started);
    ASSERT_EQ(file.status, 200) << file.body;
    EXPECT_EQ(file.body, "a,b\n1,2\n");
    EXPECT_EQ(file.content_type, "text/csv; charset=utf-8");
    EXPECT_EQ(file.header("Content-Disposition"), "attachment; filename=\"ventas.csv\"");
    const TestAnswer refused =
        api.get(started.header("Location") + "file/",
                {.token = token, .headers = {{http::Header::kAccept, "application/pdf"}}});
    EXPECT_EQ(refused.at("/code"), "not_acceptable") << refused.body;
    EXPECT_EQ(refused.header("Content-Disposition"), "");
    const std::string other = api.sign_in_as(api.add_staff({http::Scope::kOperations}).id);
    EXPECT_EQ(api.get(started.header("Location") + "file/", {.token = other}).status, 404);
    wait(std::chrono::hours(24));
    token = api.sign_in_as(api.add_superuser().id);
    EXPECT_EQ(file_of(started).status, 404) << "its day is over";
}

TEST_P(JobOperations, ALargeFileIsSentPieceByPiece) {
    const TestAnswer started = start("test.large");
    EXPECT_EQ(run_due(), 1U);
    const TestAnswer file = file_of(started);
    ASSERT_EQ(file.status, 200);
    EXPECT_TRUE(file.body == large_file()) << file.body.size();
}

TEST_P(JobOperations, WithoutAFileThereIsNone) {
    const TestAnswer started = start("test.count");
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(file_of(started).status, 404);
    const TestAnswer gone = start("test.file", "{}", "key-2");
    EXPECT_EQ(run_due(), 1U);
    std::filesystem::remove_all(api.platform().job_files);
    EXPECT_EQ(file_of(gone).status, 404);
}

TEST_P(JobOperations, AJobThatSaysItMakesAFileMakesIt) {
    know({{.name = "test.none", .handler = writing("nada.csv", ""), .attempts_max = 1},
          {.name = "test.out", .handler = writing("../fuera.csv", "x"), .attempts_max = 1}});
    const TestAnswer none = start("test.none");
    const TestAnswer out = start("test.out", "{}", "key-2");
    run_due();
    for (const TestAnswer& started : {none, out})
        EXPECT_EQ(api.get(started.header("Location"), {.token = token}).at("/state"), "FAILED");
    EXPECT_FALSE(std::filesystem::exists(api.folder() / "fuera.csv"));
}

TEST_P(JobOperations, OldFilesAreRemovedAndFreshOnesStay) {
    const std::filesystem::path folder = api.platform().job_files;
    EXPECT_EQ(value(jobs::remove_old_files_blocking(folder, api.clock.now())), 0);
    value(jobs::make_files_folder_blocking(folder));
    const Instant now = SystemClock().now();
    for (const auto* name : {"1-1", "2-1"}) std::ofstream(folder / name) << "x";
    std::filesystem::last_write_time(
        folder / "1-1", std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
    EXPECT_EQ(value(jobs::remove_old_files_blocking(folder, now)), 1);
    EXPECT_FALSE(std::filesystem::exists(folder / "1-1"));
    EXPECT_TRUE(std::filesystem::exists(folder / "2-1"));
}

TEST_P(JobOperations, ASuperuserListsJobsByKindAndState) {
    for (int i = 0; i < 5; ++i) {
        start("test.count", "{}", fmt::format("count-{}", i));
        run_due();
    }
    start("test.told", "{}", "told");
    const auto list = [&](std::string_view query) {
        return api.get(fmt::format("/api/admin/jobs/?{}", query), {.token = token});
    };
    const TestAnswer first = list("cursor=&page_size=4");
    ASSERT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(first.at("/results/0/kind"), "test.told") << "the newest";
    EXPECT_EQ(first.at("/results/4"), "<none>");
    const std::string next = first.at("/next");
    const TestAnswer second = api.get(next.substr(next.find("/api/")), {.token = token});
    EXPECT_EQ(second.json.at("results").as_array().size(), 2U) << second.body;
    EXPECT_EQ(list("kind=test.count&state=DONE").at("/count"), "5");
    EXPECT_EQ(list("state=QUEUED").at("/count"), "1");
    EXPECT_EQ(list("state=SLEEPING").status, 400);
    EXPECT_EQ(list("runner=x").status, 400);
    for (const Person& person :
         {api.add_member(), api.add_staff({http::Scope::kOperations, http::Scope::kFinance})})
        EXPECT_EQ(api.get("/api/admin/jobs/", {.token = api.sign_in_as(person.id)}).status, 403);
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
