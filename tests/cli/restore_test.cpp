// What a restore ends with, from the command line: who was erased since is erased again, who was
// signed in signs in again, and no server serves a database before that.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "cli/installation.hpp"
#include "ops/backup/after_restore.hpp"
#include "ops/pgbackrest/pgbackrest.hpp"
#include "ops/pgbackrest/restored_cluster.hpp"

namespace segurifai::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRefusal = "run 'segurifai restore --finish' first";

std::string one_text(sql::Session& session, const std::string& sql) {
    const auto text = session.one_text(sql);
    EXPECT_TRUE(text) << sql << ": " << text.error().message;
    return text && *text ? **text : "";
}

/// Somebody who is signed in, has a code and a proof of a telephone, and will be erased.
struct Person {
    std::string id;
};

Person sign_in(const Installation& here) {
    const auto session = sql::open_session(here.database(), {.keep_log = true}).value();
    const Person person{one_text(*session, "SELECT CAST(id AS text) FROM users_user")};
    const auto written = session->script(
        "INSERT INTO sessions_session (id, user_id, created_at, last_seen, expires_at, address, "
        "device_name) VALUES ('0192f0c0-0000-7000-8000-000000000001', '" +
        person.id +
        "', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', "
        "'2099-01-01 00:00:00.000000', '', '')");
    EXPECT_TRUE(written) << written.error().message;
    EXPECT_TRUE(session->script(
        "INSERT INTO segurifai_lease (name, holder, expires_at) VALUES ('migrate', 'another', "
        "'2099-01-01 00:00:00.000000')"));
    return person;
}

void erase(const Installation& here, const Person& person) {
    fs::create_directories(here.data() / "archive");
    std::ofstream(here.data() / "archive" / "erasures.ndjson")
        << R"({"at":"2026-10-03T08:00:00.000000Z","done":"archived","user_id":")" << person.id
        << "\"}\n";
}

/// The steps were done to this database.
void expect_finished(const sql::DatabaseUrl& database) {
    const auto session = sql::open_session(database, {.create = false, .keep_log = true});
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_TRUE(one_text(**session, "SELECT email FROM users_user").ends_with("@archived.invalid"));
    EXPECT_EQ((*session)
                  ->one_integer("SELECT COUNT(*) FROM sessions_session WHERE ended_at IS NULL")
                  .value(),
              0);
    EXPECT_EQ((*session)->one_integer("SELECT COUNT(*) FROM segurifai_lease").value(), 0);
    EXPECT_TRUE(backup::is_settled(**session).value());
}

TEST(Restore, OfAFileEndsLeasesAndSessionsAndErasesAgain) {
    const Installation here;
    here.make();
    const Person person = sign_in(here);
    here.expect({"backup", "full"}, 0, "Made full-");
    erase(here, person);
    const std::string said =
        here.expect({"restore", "--to", "latest", "--into", "back.db"}, 0, "Restored to");
    for (const char* step : {"sign-in sessions end: 1", "the lease of a migration ends: 1",
                             "accounts are archived again: 1", "their keys are destroyed again: 0"})
        EXPECT_TRUE(said.contains(step)) << step << " is not in:\n" << said;
    EXPECT_FALSE(fs::exists(here.folder() / "back.db-wal"));
    expect_finished({sql::Engine::kSqlite, here.folder() / "back.db"});
    here.expect({"restore", "--finish", "--database", "sqlite:///back.db"}, 0,
                "accounts are archived again: 0");
}

TEST(Restore, OfAFileLeavesNothingWhenTheErasuresCannotBeRead) {
    const Installation here;
    here.make();
    here.expect({"backup", "full"}, 0, "Made full-");
    fs::create_directories(here.data() / "archive");
    std::ofstream(here.data() / "archive" / "erasures.ndjson") << "half a li";
    here.expect({"restore", "--to", "latest", "--into", "back.db"}, 5,
                "1 lines of var/archive/erasures.ndjson cannot be read");
    EXPECT_FALSE(fs::exists(here.folder() / "back.db"));
    EXPECT_FALSE(fs::exists(here.folder() / "back.db.partial"));
}

/// Somebody is erased, and the list of it is lost.
fs::path lose_erasures(const Installation& here) {
    erase(here, sign_in(here));
    here.expect({"erasures", "apply"}, 0, "1 accounts archived again");
    here.write("UPDATE users_archivedaccount SET listed_at = '2026-10-03 08:00:00.000000'");
    fs::path list = here.data() / "archive" / "erasures.ndjson";
    fs::remove(list);
    return list;
}

constexpr const char* kListIsMissing =
    "var/archive/erasures.ndjson is missing, and 1 accounts of this database stand on it";

TEST(Restore, OfAFileSaysWhereItLookedForErasures) {
    const Installation here;
    here.make();
    here.expect({"backup", "full"}, 0, "Made full-");
    here.expect({"restore", "--to", "latest", "--into", "back.db"}, 0,
                "there is no list of erasures at var/archive/erasures.ndjson");
}

TEST(Restore, OfAFileIsRefusedWhereTheListOfErasuresIsLost) {
    const Installation here;
    here.make();
    const fs::path list = lose_erasures(here);
    here.expect({"backup", "full"}, 0, "Made full-");
    here.expect({"restore", "--to", "latest", "--into", "back.db"}, 5, kListIsMissing);
    EXPECT_FALSE(fs::exists(here.folder() / "back.db"));
    std::ofstream(list) << "";
    here.expect({"restore", "--to", "latest", "--into", "back.db"}, 0, "Restored to");
}

TEST(Restore, OfAPostgresIsNotFinishedWhereTheListOfErasuresIsLost) {
    PostgresInstallation postgres;
    const Installation& here = postgres.here();
    here.make();
    const fs::path list = lose_erasures(here);
    here.expect({"restore", "--finish"}, 5, kListIsMissing);
    std::ofstream(list) << "";
    here.expect({"restore", "--finish"}, 0, "accounts are archived again: 0");
}

TEST(Restore, OfAFileThatWasNotFinishedIsNotServed) {
    const Installation here;
    here.make();
    const Person person = sign_in(here);
    erase(here, person);
    {  // as a restore leaves it that is killed before the steps
        std::fstream file(here.data() / "segurifai.db",
                          std::ios::in | std::ios::out | std::ios::binary);
        here.write("PRAGMA wal_checkpoint(TRUNCATE)");
        file.seekp(backup::kSqliteMarkOffset);
        file.write(backup::kSqliteMarkBytes.data(),
                   static_cast<std::streamsize>(backup::kSqliteMarkBytes.size()));
    }
    here.expect({"serve", "--port", "0"}, 4, kRefusal);
    here.expect({"doctor"}, 1, "no server serves it; run: segurifai restore --finish");
    here.expect({"restore", "--finish", "--to", "latest"}, 2, "does not take --to");
    here.expect({"restore", "--finish"}, 0, "sign-in sessions end: 1");
    expect_finished(here.database());
}

/// Restored files as a server, which archives nothing.
class Restored {
public:
    Restored(const pgbackrest::Cluster& like, const fs::path& files) {
        auto started = pgbackrest::RestoredCluster::start(like, files);
        EXPECT_TRUE(started) << started.error().message;
        if (started) cluster_ = std::move(*started);
    }
    [[nodiscard]] std::string url() const { return cluster_ ? cluster_->url().location : "none"; }

private:
    std::unique_ptr<pgbackrest::RestoredCluster> cluster_;
};

TEST(Restore, OfAPostgresEndsLeasesAndSessionsAndErasesAgain) {
    PostgresInstallation postgres;
    const Installation& here = postgres.here();
    here.make();
    const Person person = sign_in(here);
    here.expect({"restore", "--finish"}, 0, "sign-in sessions end: 1");  // as if it were served
    here.write("UPDATE sessions_session SET ended_at = NULL");
    here.write(
        "INSERT INTO segurifai_lease (name, holder, expires_at) VALUES ('migrate', 'another', "
        "'2099-01-01 00:00:00.000000')");
    postgres.set_up_backups();
    erase(here, person);
    const auto like = [&] {
        const auto session = sql::open_session(here.database()).value();
        return pgbackrest::cluster_of(*session).value();
    }();

    const fs::path finished = postgres.repository() / "finished";
    const std::string said = here.expect({"restore", "--to", "latest", "--into", finished.string()},
                                         0, "Restored to the end");
    for (const char* step :
         {"sign-in sessions end: 1", "the lease of a migration ends: 1",
          "accounts are archived again: 1", "on timeline 2, into ", "A full backup is due"})
        EXPECT_TRUE(said.contains(step)) << step << " is not in:\n" << said;
    {
        const Restored server(like, finished);
        expect_finished(sql::DatabaseUrl::parse(server.url()).value());
    }

    // By pgBackRest alone, or by a restore that was killed before its steps.
    const auto backups = pgbackrest::PgBackRest::make(like, postgres.repository() / "postgres");
    const fs::path by_hand = postgres.repository() / "by-hand";
    const auto files = backups->restore_files({}, by_hand);
    ASSERT_TRUE(files) << files.error().message;
    const Restored server(like, by_hand);
    here.expect({"serve", "--port", "0", "--database", server.url()}, 4, kRefusal);
    here.expect({"doctor", "--database", server.url()}, 1, "run: segurifai restore --finish");
    here.expect({"restore", "--finish", "--database", server.url()}, 0, "sign-in sessions end: 1");
    expect_finished(sql::DatabaseUrl::parse(server.url()).value());
}

TEST(BackupSetup, NamesTheFolderThatTheClusterCannotReach) {
    if (geteuid() != 0) GTEST_SKIP() << "only root works for an owner that is another";
    PostgresInstallation postgres;
    postgres.here().set("SEGURIFAI_BACKUP_REPOSITORY", "");
    fs::permissions(postgres.here().folder(), fs::perms(0711));
    const std::string said = postgres.here().expect({"backup", "setup"}, 5, "may not enter ");
    EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
    EXPECT_TRUE(said.contains(postgres.here().data().string() + ", and writes")) << said;
    EXPECT_TRUE(said.contains("--repository or SEGURIFAI_BACKUP_REPOSITORY")) << said;
    EXPECT_FALSE(fs::exists(postgres.here().data() / "backups"));
    const std::string reached = postgres.repository() / "new";
    postgres.here().expect({"backup", "setup", "--repository", reached}, 1, "Restart it");
    EXPECT_TRUE(fs::exists(fs::path(reached) / "postgres" / "pgbackrest.conf"));
}

}  // namespace
}  // namespace segurifai::testing
