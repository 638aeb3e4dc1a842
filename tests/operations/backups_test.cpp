// admin.backups and admin.backups.run (API §2.13), and how OPERATIONS learn of late backups, on
// both engines.

#include "operations/installed.hpp"

namespace segurifai::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Files of which nobody thought what they do.
class ThrowingFiles final : public backup::Files {
public:
    using Path = std::filesystem::path;
    Result<std::unique_ptr<backup::OutputFile>> make(const Path&) override { refuse(); }
    Result<std::unique_ptr<backup::InputFile>> open(const Path&) override { refuse(); }
    Result<void> rename(const Path&, const Path&) override { refuse(); }
    Result<void> remove(const Path&) override { refuse(); }
    Result<void> sync_folder(const Path&) override { refuse(); }
    Result<void> make_folder(const Path&) override { refuse(); }
    Result<std::vector<std::string>> list(const Path&) override { refuse(); }

private:
    [[noreturn]] static void refuse() { throw std::runtime_error("not to be expected"); }
};

class BackupOperations : public Installed {
protected:
    BackupOperations() {
        know({{.name = "backup.full", .handler = answering(Json{R"({"bytes":7})"})},
              {.name = "backup.verify",
               .handler = answering(fail(Code::kCorrupt, "A page is damaged.")),
               .attempts_max = 1}});
    }
    TestAnswer show() { return api.get("/api/admin/backups/", {.token = new_token()}); }
    TestAnswer start(std::string_view kind, std::string key = "key-1") {
        return api.post("/api/admin/backups/", {.token = new_token(),
                                                .body = fmt::format(R"({{"kind":"{}"}})", kind),
                                                .key = std::move(key)});
    }
    /// What was told of the backups, oldest first.
    std::vector<std::string> told() {
        std::vector<std::string> names;
        auto sink = sql::each_row([&](const sql::Row& row) {
            names.push_back(fmt::format("{} {}", row.text(0), row.text(1)));
        });
        value(
            api.session().run("SELECT name, CAST(payload AS TEXT) FROM events_outbox WHERE "
                              "object_table = 'platform' ORDER BY sequence",
                              {}, &sink));
        return names;
    }
    void look_for(minutes time) {
        look();
        wait(time);
        look();
    }
};
SEGURIFAI_ON_BOTH_ENGINES(BackupOperations);

TEST_P(BackupOperations, AreShownAsTheyWereSeen) {
    EXPECT_EQ(show().status, 503) << "nobody has looked yet";
    look();
    const TestAnswer none = show();
    ASSERT_EQ(none.status, 200) << none.body;
    EXPECT_EQ(none.at("/standing"), "LATE");
    EXPECT_NE(none.at("/complaints/0"), "<none>") << none.body;
    EXPECT_EQ(none.at("/last_full"), "null");
    EXPECT_EQ(none.at("/restorable"), "null");
    EXPECT_EQ(none.at("/list"), "[]");
    EXPECT_THAT(statuses("/api/admin/backups/"), ElementsAre(200, 200, 200, 403, 401));
    installation.backups.reset();
    look();
    EXPECT_EQ(show().at("/standing"), "OFF");
}

TEST_P(BackupOperations, AreMadeByAJob) {
    look();
    const TestAnswer started = start("FULL");
    ASSERT_EQ(started.status, 202) << started.body;
    EXPECT_EQ(started.at("/kind"), "backup.full");
    const TestAnswer second = start("FULL", "key-2");
    EXPECT_EQ(second.status, 409);
    EXPECT_EQ(second.at("/job_id"), started.at("/id"));
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(api.get(started.header("Location"), {.token = new_token()}).at("/state"), "DONE");
}

TEST_P(BackupOperations, WhatIsNotMadeHereIsRefusedInOneSentence) {
    forget("backup.incremental");
    const TestAnswer unknown = start("INCREMENTAL");
    EXPECT_EQ(unknown.status, 400) << unknown.body;
    EXPECT_EQ(unknown.at("/kind/0"), "Este servidor no hace esas copias de respaldo.");
    EXPECT_EQ(start("DIFFERENTIAL").status, 400);
    EXPECT_EQ(start("").status, 400);
    EXPECT_EQ(count("platform_job"), 0);
    for (const Person& person : {api.add_staff({http::Scope::kOperations}), api.add_member()})
        EXPECT_EQ(
            api.post("/api/admin/backups/",
                     {.token = api.sign_in_as(person.id), .body = R"({"kind":"FULL"})", .key = "k"})
                .status,
            403);
}

TEST_P(BackupOperations, AreNotBegunWhereThereIsNoRoom) {
    installation.backups = "/proc";  // a file system on which nothing is free
    look();
    const TestAnswer full = start("FULL");
    EXPECT_EQ(full.status, 507) << full.body;
    EXPECT_EQ(full.at("/code"), "insufficient_storage");
    EXPECT_EQ(count("platform_job"), 0);
    EXPECT_EQ(api.get("/api/health/", {.peer = "127.0.0.1"}).at("/checks/disk/ok"), "false");
}

TEST_P(BackupOperations, OneThatFailedIsSaidWithItsReason) {
    ASSERT_EQ(start("VERIFY").status, 202);
    EXPECT_EQ(run_due(), 1U);
    look();
    const TestAnswer failed = show();
    EXPECT_EQ(failed.at("/standing"), "FAILED");
    EXPECT_THAT(failed.body, HasSubstr("A page is damaged."));
    const TestAnswer health = api.get("/api/health/", {.peer = "127.0.0.1"});
    EXPECT_EQ(health.at("/status"), "degraded");
    EXPECT_EQ(health.at("/checks/backup/standing"), "FAILED");
}

TEST_P(BackupOperations, OperationsLearnOnceThatTheyAreLateAndOnceThatTheyAreInOrder) {
    look_for(minutes(4));
    EXPECT_THAT(told(), ElementsAre()) << "it may be the start of the server";
    wait(minutes(1));
    look_for(minutes(1));
    look_for(minutes(60));
    ASSERT_THAT(told(), ElementsAre(HasSubstr("LATE")));
    EXPECT_THAT(told().front(), HasSubstr("alert.raised"));
    ASSERT_EQ(start("VERIFY").status, 202);
    EXPECT_EQ(run_due(), 1U);
    look_for(minutes(5));
    look_for(minutes(60));
    EXPECT_THAT(told(), ElementsAre(HasSubstr("LATE"), HasSubstr("FAILED")));
    installation.backups.reset();
    look_for(minutes(5));
    look_for(minutes(60));
    ASSERT_EQ(told().size(), 3U);
    EXPECT_THAT(told().back(), HasSubstr("alert.acknowledged"));
}

TEST_P(BackupOperations, WhatALookThrowsIsToldAndTheOtherLooksAreMade) {
    ThrowingFiles throwing;
    server::Watched thrown_at{.database = api.database(),
                              .clock = api.clock,
                              .kinds = kinds,
                              .secrets = api.secrets(),
                              .installation = installation,
                              .files = throwing};
    server::Watch another(thrown_at, [](const Error&) {}, [](bool, std::string_view) {});
    // Of SQLite the files throw; of PostgreSQL the system has no such name.
    if (GetParam() == sql::Engine::kPostgres)
        installation.backups = api.folder() / std::string(300, 'x');
    api.run(another.look());
    const server::Observed seen = another.observed();
    EXPECT_TRUE(seen.looked_at && seen.disk && seen.jobs && seen.clock);
    ASSERT_TRUE(seen.backup);
    EXPECT_EQ(seen.backup->standing, Standing::kFailed);
    EXPECT_FALSE(seen.backup->complaints.empty());
}

TEST_P(BackupOperations, ASecondServerAndARestartTellNothingAgain) {
    look_for(minutes(5));
    ASSERT_EQ(told().size(), 1U);
    for (int i = 0; i < 2; ++i) {
        server::Watch another(watched(), [](const Error&) {}, [](bool, std::string_view) {});
        api.run(another.look());
        wait(minutes(5));
        api.run(another.look());
    }
    EXPECT_EQ(told().size(), 1U);
}

TEST_P(BackupOperations, AServerThatMakesThemIsNotLateBeforeItHasHadTheTime) {
    installation.ships = true;
    const auto health = [&] {
        look();
        return api.get("/api/health/", {.peer = "127.0.0.1"}).at("/checks/backup/standing");
    };
    EXPECT_EQ(health(), "OK");
    EXPECT_EQ(show().at("/standing"), "OK");
    EXPECT_EQ(show().at("/last_full"), "null") << "what is there is told as it is";
    EXPECT_THAT(noted, ElementsAre());
    wait(minutes(5));
    EXPECT_EQ(health(), "LATE");
    EXPECT_EQ(show().at("/standing"), "LATE");
    EXPECT_THAT(noted, ElementsAre(HasSubstr("bad: ")));
}

TEST_P(BackupOperations, AServerThatJustStartedTellsOfAFailureAtOnce) {
    installation.ships = true;
    ASSERT_EQ(start("VERIFY").status, 202);
    EXPECT_EQ(run_due(), 1U);
    look();
    EXPECT_EQ(show().at("/standing"), "FAILED");
}

TEST_P(BackupOperations, TheLogHasEachComplaintOnceAndThatThereIsNoneAnyMore) {
    look_for(minutes(1));
    look_for(minutes(60));
    ASSERT_THAT(noted, ElementsAre(HasSubstr("bad: ")));
    installation.backups.reset();
    look();
    EXPECT_THAT(noted, ElementsAre(HasSubstr("bad: "), HasSubstr("well: ")));
}

TEST_P(BackupOperations, WhatIsWellFromTheBeginningIsNotTold) {
    installation.backups.reset();
    look_for(minutes(10));
    EXPECT_THAT(told(), ElementsAre());
}

}  // namespace
}  // namespace segurifai::testing
