#include "ops/pgbackrest/pgbackrest.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

#include "base/clock.hpp"
#include "ops/backup/after_restore.hpp"
#include "ops/pgbackrest/drill.hpp"
#include "ops/pgbackrest/points.hpp"
#include "ops/pgbackrest/restore.hpp"
#include "ops/pgbackrest/restored_cluster.hpp"
#include "ops/pgbackrest/status.hpp"
#include "support/postgres_cluster.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::pgbackrest {
namespace {

using sql::Session;

/// A backup's end is known to the second; what is restored must be later.
constexpr std::chrono::milliseconds kBackupSecond{1'100};

/// A server of its own with its log archived, and a repository beside it.
class PgBackRestTest : public ::testing::Test {
protected:
    PgBackRestTest() : cluster_(testing::PostgresCluster::Durability::kFull) {
        connect();
        const Cluster found = cluster_of(*session_).value();
        if (geteuid() == 0)
            EXPECT_EQ(chown(folder_.path().c_str(), found.owner.user, found.owner.group), 0);
        backups_.emplace(PgBackRest::make(found, folder_ / "backups").value());
    }

    void connect() {
        session_.reset();
        const auto url = sql::DatabaseUrl::parse(cluster_.url()).value();
        session_ = sql::open_session(url).value();
    }

    static security::Key key() {
        std::array<std::uint8_t, security::Key::kSize> bytes{};
        bytes.fill(7);
        return security::Key(bytes);
    }

    void set_up_backups() {
        ASSERT_TRUE(backups_->set_up(*session_, key()).value()) << "archiving was on already";
        cluster_.stop();
        cluster_.start();
        connect();
        const auto again = backups_->set_up(*session_, key());
        ASSERT_TRUE(again) << again.error().message;
        ASSERT_FALSE(*again);
    }

    /// Of a table without steps.
    void begin_with_a_full_backup() {
        set_up_backups();
        EXPECT_TRUE(
            session_->script("CREATE TABLE steps (id bigint GENERATED ALWAYS AS IDENTITY)"));
        EXPECT_TRUE(backups_->back_up(true));
    }

    /// Commits one more row; returns an instant after it and before the next.
    Instant step() {
        EXPECT_TRUE(session_->script("INSERT INTO steps DEFAULT VALUES"));
        const auto text = session_->one_text(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return Instant::parse(text.value().value()).value();
    }

    void archive_all() {
        // A file without anything in it is not ended, and never archived.
        EXPECT_TRUE(session_->script("SELECT pg_logical_emit_message(true, 'test', 'x')"));
        const auto last = session_->one_text("SELECT pg_walfile_name(pg_switch_wal())").value();
        // The label of a backup follows the log file of its name, or comes before it.
        wait_until("SELECT (substr(last_archived_wal, 1, 24) >= '" + last.value() +
                   "')::int::int8 FROM pg_stat_archiver");
    }

    /// Until `query` gives 1. The server counts a file as archived when pgBackRest has answered, a
    /// moment after it is there; and takes new settings a moment after it is told.
    void wait_until(const std::string& query) {
        for (int i = 0; i < 300; ++i) {
            if (session_->one_integer(query).value().value_or(0) == 1) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        FAIL() << "Never: " << query;
    }

    /// Restores what is in the archive and puts it in the place of the server's own files.
    Restored serve_restored(const Target& to, const char* name,
                            const std::string& finish = "SELECT 1") {
        const auto restored = restore(*backups_, to, folder_ / name,
                                      [&](Session& session) { return session.script(finish); });
        EXPECT_TRUE(restored) << restored.error().message;
        if (!restored) return {};
        cluster_.stop();
        const auto data = backups_->cluster().data;
        std::filesystem::rename(data, data.string() + "_before_" + name);
        std::filesystem::rename(folder_ / name, data);
        cluster_.start();
        connect();
        return *restored;
    }
    std::int64_t steps() {
        return session_->one_integer("SELECT COUNT(*) FROM steps").value().value();
    }

    /// How many steps a restored database has; -1 with a failure.
    std::int64_t steps_at(const std::optional<Instant>& to, const char* name) {
        const auto into = folder_ / name;
        const auto files = backups_->restore_files({.at = to}, into);
        EXPECT_TRUE(files) << files.error().message;
        if (!files) return -1;
        const auto restored = RestoredCluster::start(backups_->cluster(), into);
        EXPECT_TRUE(restored) << restored.error().message;
        if (!restored) return -1;
        const auto session = sql::open_session((*restored)->url());
        EXPECT_TRUE(session) << session.error().message;
        const auto count = (*session)->one_integer("SELECT COUNT(*) FROM steps").value().value();
        EXPECT_TRUE((*restored)->stop());
        return count;
    }

    testing::PostgresCluster cluster_;
    testing::TemporaryFolder folder_;
    std::unique_ptr<Session> session_;
    std::optional<PgBackRest> backups_;
};

TEST_F(PgBackRestTest, ComesBackToAnyInstant) {
    begin_with_a_full_backup();
    std::this_thread::sleep_for(kBackupSecond);
    std::vector<Instant> after;
    for (int i = 0; i < 20; ++i) after.push_back(step());
    ASSERT_TRUE(backups_->back_up(false));
    for (int i = 0; i < 20; ++i) after.push_back(step());
    archive_all();

    EXPECT_EQ(steps_at(after[6], "a"), 7);
    EXPECT_EQ(steps_at(after[29], "b"), 30);
    EXPECT_EQ(steps_at({}, "newest"), 40);

    const Contents contents = backups_->contents().value();
    ASSERT_EQ(contents.copies.size(), 2U);
    EXPECT_TRUE(contents.copies[0].is_full);
    EXPECT_FALSE(contents.copies[1].is_full);
    EXPECT_EQ(contents.copies[1].full, contents.copies[0].label);
    EXPECT_EQ(contents.fault, "");
    EXPECT_GE(contents.last_log, contents.first_log);

    const Archiver archiver = archiver_of(*session_).value();
    EXPECT_TRUE(archiver.is_on);
    EXPECT_FALSE(archiver.fails_now);
}

TEST_F(PgBackRestTest, RefusesAMomentThatIsNotKept) {
    set_up_backups();
    ASSERT_TRUE(session_->script("CREATE TABLE steps (id bigint GENERATED ALWAYS AS IDENTITY)"));
    const Instant before = step();
    ASSERT_TRUE(backups_->back_up(true));
    const Instant later{.micros = step().micros + 3'600'000'000};
    archive_all();

    const auto too_early = backups_->restore_files({.at = before}, folder_ / "early");
    ASSERT_FALSE(too_early);
    EXPECT_EQ(too_early.error().code, Code::kNotFound);

    ASSERT_TRUE(backups_->restore_files({.at = later}, folder_ / "late"));
    const auto started = RestoredCluster::start(backups_->cluster(), folder_ / "late");
    ASSERT_FALSE(started) << "an hour that has not been was restored";
    EXPECT_EQ(started.error().code, Code::kCorrupt);
    EXPECT_TRUE(started.error().message.contains("recovery target")) << started.error().message;

    const auto again = backups_->restore_files({}, folder_ / "late");
    ASSERT_FALSE(again) << "a folder that is there was written to";
    EXPECT_EQ(again.error().code, Code::kConflict);
}

TEST_F(PgBackRestTest, FindsDamageAndLetsOldIncrementsGo) {
    begin_with_a_full_backup();
    step();
    ASSERT_TRUE(backups_->back_up(false));
    archive_all();
    const auto verified = backups_->verify();
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(*verified, std::vector<std::string>());

    const auto now =
        Instant::parse(
            session_
                ->one_text("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD "
                           "HH24:MI:SS.US')")
                .value()
                .value())
            .value();
    EXPECT_EQ(backups_->prune(now).value(), std::vector<std::string>());
    const Instant in_eight_days{.micros = now.micros + 8 * kMicrosPerDay};
    const auto gone = backups_->prune(in_eight_days).value();
    ASSERT_EQ(gone.size(), 1U);
    EXPECT_TRUE(gone.front().ends_with("I"));
    EXPECT_EQ(backups_->contents().value().copies.size(), 1U);

    // One byte of one file of the copy that is left.
    std::filesystem::path largest;
    std::uintmax_t size = 0;
    const auto copies = folder_ / "backups" / "repository" / "backup" / "segurifai";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(copies))
        if (entry.is_regular_file() && entry.path().string().contains("bundle") &&
            entry.file_size() > size) {
            largest = entry.path();
            size = entry.file_size();
        }
    ASSERT_FALSE(largest.empty());
    {
        std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(size / 2));
        const char byte = static_cast<char>(file.get() ^ 1);
        file.seekp(static_cast<std::streamoff>(size / 2));
        file.put(byte);
    }
    const auto damaged = backups_->verify();
    ASSERT_TRUE(damaged) << damaged.error().message;
    EXPECT_FALSE(damaged->empty());
}

TEST_F(PgBackRestTest, SaysHowItStandsAndExaminesWhatItHas) {
    const auto not_set_up = backups_->contents();
    ASSERT_FALSE(not_set_up);
    EXPECT_EQ(not_set_up.error().code, Code::kNotFound);
    set_up_backups();
    SystemClock clock;
    const Status none = status_of(*backups_, *session_, clock.now()).value();
    EXPECT_EQ(none.complaints, std::vector<std::string>{"There is no full backup."});

    ASSERT_TRUE(session_->script("CREATE TABLE steps (id bigint GENERATED ALWAYS AS IDENTITY)"));
    ASSERT_TRUE(backups_->back_up(true));
    std::this_thread::sleep_for(kBackupSecond);
    for (int i = 0; i < 3; ++i) step();
    ASSERT_TRUE(leave_canary(*session_));
    const Instant canary = clock.now();
    archive_all();
    const Status good = status_of(*backups_, *session_, clock.now()).value();
    EXPECT_EQ(good.complaints, std::vector<std::string>());
    EXPECT_TRUE(good.last_full && good.window_from && good.window_to);
    const Instant in_two_days{clock.now().micros + 2 * kMicrosPerDay};
    EXPECT_GE(status_of(*backups_, *session_, in_two_days).value().complaints.size(), 2U);

    const auto examined = examine_newest(*backups_, clock);
    ASSERT_TRUE(examined) << examined.error().message;
    EXPECT_EQ(examined->tables, 1);
    EXPECT_EQ(examined->rows, 3);
    ASSERT_TRUE(examined->last_commit);
    EXPECT_LE(canary.micros - examined->last_commit->micros, 1'000'000);
    EXPECT_FALSE(std::filesystem::exists(backups_->folder() / "drill"));
}

TEST_F(PgBackRestTest, ARestoreIsFinishedBeforeAnybodySeesIt) {
    begin_with_a_full_backup();
    step();
    archive_all();

    const auto refused = restore(*backups_, {}, folder_ / "into",
                                 [](Session&) { return fail(Code::kInvalid, "not like this"); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "not like this");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "into"));

    ASSERT_TRUE(session_->script("CREATE TABLE sessions_proof (id bigint, used_at timestamptz)"));
    ASSERT_TRUE(session_->script("INSERT INTO sessions_proof VALUES (1, NULL)"));
    archive_all();
    const auto restored =
        restore(*backups_, {}, folder_ / "into", [](Session& session) -> Result<void> {
            SEGURIFAI_TRY_AS(const auto steps,
                             backup::run_restore_steps(session, SystemClock().now()));
            std::int64_t rows = 0;
            for (const backup::StepDone& step : steps) rows += step.rows;
            EXPECT_EQ(rows, 1);
            return session.script("INSERT INTO steps DEFAULT VALUES");
        });
    ASSERT_TRUE(restored) << restored.error().message;
    const auto server = RestoredCluster::start(backups_->cluster(), folder_ / "into");
    ASSERT_TRUE(server) << server.error().message;
    const auto session = sql::open_session((*server)->url()).value();
    EXPECT_EQ(session->one_integer("SELECT COUNT(*) FROM steps").value(), 2);

    const auto onto_it = restore(*backups_, {}, folder_ / "into", {});
    ASSERT_FALSE(onto_it);
    EXPECT_EQ(onto_it.error().code, Code::kConflict);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "into" / "PG_VERSION"));
}

TEST_F(PgBackRestTest, ARestoreLeavesAloneWhatTheLiveServerIsArchivingWith) {
    begin_with_a_full_backup();
    archive_all();
    // Where pgBackRest tells the server what it has archived, a file for each.
    const auto told = backups_->folder() / "spool" / "archive" / "segurifai" / "out";
    ASSERT_TRUE(std::filesystem::is_directory(told));
    const auto of_another_time = told / "0000000A0000000A0000000A.ok";
    std::ofstream(of_another_time).close();

    EXPECT_EQ(steps_at({}, "beside"), 0);
    EXPECT_TRUE(std::filesystem::exists(of_another_time));
}

TEST_F(PgBackRestTest, AFolderThatAShellOrASocketDoesNotTakeIsRefusedBeforeARestore) {
    const std::string folder = folder_.path().string();
    const auto nothing = [](Session&) -> Result<void> { return {}; };
    for (const std::string& odd :
         {folder + "/x$(id>owned)", folder + "/a b", folder + "/" + std::string(90, 'x')}) {
        const auto refused = restore(*backups_, {}, odd, nothing);
        ASSERT_FALSE(refused) << odd;
        EXPECT_EQ(refused.error().code, Code::kInvalid) << refused.error().message;
        EXPECT_TRUE(refused.error().message.contains(odd)) << refused.error().message;
        EXPECT_EQ(RestoredCluster::start(backups_->cluster(), odd).error().code, Code::kInvalid);
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
    const std::string longest =
        "/" + std::string(107 - 1 - 32, 'x');  // /segurifai_socket/.s.PGSQL.54320
    EXPECT_TRUE(RestoredCluster::check_name(longest));
    EXPECT_FALSE(RestoredCluster::check_name(longest + "x"));
}

TEST_F(PgBackRestTest, IsSetUpAgainForAClusterInAnotherFolder) {
    set_up_backups();
    ASSERT_TRUE(backups_->back_up(true));
    // As it is for a cluster that was restored: set up for the folder of the one before it.
    const auto configuration = folder_ / "backups" / "pgbackrest.conf";
    const auto text = [&] {
        std::ifstream file(configuration);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string right = text();
    std::string wrong = right;
    const std::string path = "pg1-path=" + backups_->cluster().data.string();
    ASSERT_TRUE(wrong.contains(path));
    wrong.replace(wrong.find(path), path.size(), "pg1-path=/var/lib/postgresql/before");
    std::ofstream(configuration) << wrong;
    ASSERT_FALSE(backups_->back_up(true));

    std::array<std::uint8_t, security::Key::kSize> another{};
    another.fill(8);
    const auto again = backups_->set_up(*session_, security::Key(another));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(text(), right) << "with the passphrase that the repository has";
    ASSERT_TRUE(backups_->back_up(true));
    EXPECT_EQ(backups_->contents().value().copies.size(), 2U);
}

TEST_F(PgBackRestTest, AFullBackupWithoutAnyLogAfterItIsNotAllWell) {
    set_up_backups();
    ASSERT_TRUE(backups_->back_up(true));
    // As a server has it that archived nothing yet; what the backup left for it would be counted.
    archive_all();
    ASSERT_TRUE(session_->script("SELECT pg_stat_reset_shared('archiver')"));
    const Instant now = SystemClock().now();
    EXPECT_EQ(status_of(*backups_, *session_, now).value().complaints, std::vector<std::string>());
    const Status later =
        status_of(*backups_, *session_, Instant{now.micros + 200 * 1'000'000}).value();
    EXPECT_FALSE(later.window_to);
    EXPECT_EQ(later.complaints.size(), 1U) << "nothing is restorable";
}

TEST_F(PgBackRestTest, TheLogOfItsDaysStaysHoweverManyFullBackupsAreMade) {
    backups_.emplace(
        PgBackRest::make(backups_->cluster(), folder_ / "backups", {.log_days = 1}).value());
    begin_with_a_full_backup();
    std::this_thread::sleep_for(kBackupSecond);
    const Instant then = step();
    step();
    for (int i = 0; i < 2; ++i) {
        archive_all();
        ASSERT_TRUE(backups_->back_up(true));
    }
    ASSERT_TRUE(leave_canary(*session_));
    archive_all();
    const Instant now = SystemClock().now();
    EXPECT_EQ(backups_->prune(now).value(), std::vector<std::string>());
    EXPECT_EQ(steps_at(then, "then"), 1);
    EXPECT_EQ(backups_->verify().value(), std::vector<std::string>());
    EXPECT_LE(status_of(*backups_, *session_, now).value().window_from.value(), then);

    const Contents contents = backups_->contents().value();
    const auto archive = folder_ / "backups" / "repository" / "archive" / "segurifai";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(archive)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("0") && name > contents.copies[0].last_log + "." &&
            name < contents.copies[1].first_log)
            std::filesystem::remove(entry.path());
    }
    const Instant day_after{contents.copies[0].ended.micros + kMicrosPerDay + 100'000};
    const Status gap = status_of(*backups_, *session_, day_after).value();
    EXPECT_GT(gap.window_from.value(), then);
    EXPECT_TRUE(std::ranges::any_of(gap.complaints, [](const std::string& complaint) {
        return complaint.starts_with("The log is whole from ");
    }));
}

TEST_F(PgBackRestTest, WhatAnIdleServerWritesIsNotWaitingForTheArchive) {
    set_up_backups();
    ASSERT_TRUE(backups_->back_up(true));
    std::this_thread::sleep_for(kBackupSecond);
    ASSERT_TRUE(leave_canary(*session_));
    archive_all();
    const auto in_an_hour = [] { return Instant{SystemClock().now().micros + 3'600'000'000}; };
    ASSERT_TRUE(session_->script("CHECKPOINT"));  // writes as much as an idle server does
    EXPECT_EQ(status_of(*backups_, *session_, in_an_hour()).value().complaints,
              std::vector<std::string>());

    ASSERT_TRUE(session_->script("ALTER SYSTEM SET archive_command = 'false # archive-push'"));
    ASSERT_TRUE(session_->script("ALTER SYSTEM SET archive_timeout = 0"));
    ASSERT_TRUE(session_->script("SELECT pg_reload_conf()"));
    wait_until("SELECT (current_setting('archive_timeout') = '0')::int::int8");
    Status late = status_of(*backups_, *session_, in_an_hour()).value();
    ASSERT_EQ(late.complaints.size(), 1U);
    EXPECT_TRUE(late.complaints.front().contains("archive_timeout")) << late.complaints.front();
    ASSERT_TRUE(leave_canary(*session_));
    ASSERT_TRUE(session_->script("SELECT pg_switch_wal()"));
    late = status_of(*backups_, *session_, in_an_hour()).value();
    EXPECT_EQ(late.log_bytes_waiting, 16'777'216);
    EXPECT_GE(late.log_seconds_waiting, 3'600);
}

TEST_F(PgBackRestTest, AServerThatDoesNotStartIsQuoted) {
    const auto data = folder_ / "data";
    std::filesystem::create_directory(data);
    std::ofstream(data / "PG_VERSION") << "15\n";
    if (geteuid() == 0) {
        const Owner owner = backups_->cluster().owner;
        for (const auto& path : {data, data / "PG_VERSION"})
            ASSERT_EQ(chown(path.c_str(), owner.user, owner.group), 0);
    }
    const auto started = RestoredCluster::start(backups_->cluster(), data);
    ASSERT_FALSE(started);
    EXPECT_TRUE(started.error().message.contains("FATAL")) << started.error().message;
    EXPECT_FALSE(started.error().message.contains("segurifai_restore.log"));
}

/// On Debian the owner of the data is let in under its own name only.
TEST_F(PgBackRestTest, IsLetInAsWhoeverMadeTheClusterAndNotAsWhoSignedIn) {
    ASSERT_TRUE(session_->script("CREATE ROLE another SUPERUSER"));
    ASSERT_TRUE(session_->script("SET SESSION AUTHORIZATION another"));
    EXPECT_EQ(cluster_of(*session_).value().user, backups_->cluster().user);
}

/// As Debian has it: the settings outside of the data, which they name, with a file of the
/// process's number, certificates that a group may read, and passwords for everybody.
TEST_F(PgBackRestTest, ARestoredServerTakesSettingsThatAreNotWithTheDataAndTouchesNothingElse) {
    begin_with_a_full_backup();
    step();
    archive_all();
    const auto into = folder_ / "into";
    ASSERT_TRUE(backups_->restore_files({}, into));
    const auto etc = folder_ / "etc";
    std::filesystem::create_directory(etc);
    for (const char* name : {"postgresql.conf", "pg_hba.conf", "pg_ident.conf"}) {
        std::filesystem::copy_file(into / name, etc / name);
        std::filesystem::permissions(etc / name, std::filesystem::perms(0644));
        std::filesystem::remove(into / name);
    }
    std::ofstream(etc / "pg_hba.conf") << "local all all scram-sha-256\n";
    std::ofstream(etc / "postgresql.conf", std::ios::app)
        << "data_directory = '" << backups_->cluster().data.string() << "'\n"
        << "hba_file = '" << (etc / "pg_hba.conf").string() << "'\n"
        << "external_pid_file = '" << (folder_ / "pid").string() << "'\n"
        << "ssl = on\nlogging_collector = on\n";
    Cluster like = backups_->cluster();
    EXPECT_TRUE(std::filesystem::equivalent(like.settings, like.data / "postgresql.conf"));
    like.settings = etc / "postgresql.conf";
    {
        const auto restored = RestoredCluster::start(like, into);
        ASSERT_TRUE(restored) << restored.error().message;
        const auto session = sql::open_session((*restored)->url());
        ASSERT_TRUE(session) << session.error().message;
        EXPECT_EQ((*session)->one_integer("SELECT COUNT(*) FROM steps").value(), 1);
        EXPECT_EQ((*session)->one_text("SELECT current_setting('data_directory')").value(),
                  into.string());
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "pid"));
    EXPECT_FALSE(std::filesystem::exists(into / "segurifai_hba.conf"));
    EXPECT_EQ(steps(), 1) << "the server it came from is as it was";
}

TEST_F(PgBackRestTest, AMomentIsOneOfTheServerThatWasInServiceThen) {
    SystemClock clock;
    begin_with_a_full_backup();
    std::this_thread::sleep_for(kBackupSecond);
    const Instant then = step();
    step();
    ASSERT_TRUE(backups_->back_up(false));
    std::this_thread::sleep_for(kBackupSecond);
    const Instant later = step();
    const auto point = make_point(*backups_, *session_, clock, "before-the-restore");
    ASSERT_TRUE(point) << point.error().message;
    archive_all();

    // To before the newest copy, which is then no way to what this server does.
    EXPECT_EQ(serve_restored({.at = then}, "first").timeline, 2U);
    step();
    archive_all();
    EXPECT_EQ(steps_at({}, "newest"), 2);
    EXPECT_EQ(steps_at(then, "then"), 1);
    EXPECT_EQ(steps_at(later, "later"), 3) << "of the server that was left";
    EXPECT_TRUE(drill(*backups_, *session_, clock).value().is_ok);
    const Target named = point_named(*backups_, "before-the-restore").value();
    EXPECT_EQ(serve_restored(named, "again").timeline, 3U);
    EXPECT_EQ(steps(), 3);
    step();
    step();
    archive_all();
    EXPECT_EQ(steps_at({}, "newest_again"), 5);
    ASSERT_TRUE(backups_->back_up(false));
    EXPECT_EQ(steps_at({}, "at_last"), 5);
    EXPECT_EQ(backups_->verify().value(), std::vector<std::string>());
}

TEST_F(PgBackRestTest, WhatIsCommittedAfterARestoreIsRestoredByTheNext) {
    begin_with_a_full_backup();
    std::this_thread::sleep_for(kBackupSecond);
    const Instant then = step();
    step();
    step();
    archive_all();

    // More than one log file is written before the server is in service.
    const Restored first = serve_restored({.at = then}, "first",
                                          "CREATE TABLE much AS SELECT repeat(md5(i::text), 30) "
                                          "FROM generate_series(1, 60000) AS i");
    EXPECT_EQ(first.timeline, 2U);
    ASSERT_TRUE(first.last_commit);
    EXPECT_LE(*first.last_commit, then);
    EXPECT_EQ(steps(), 1);
    step();
    archive_all();
    EXPECT_EQ(steps_at({}, "looked_at"), 2);
    EXPECT_EQ(backups_->verify().value(), std::vector<std::string>());

    const Restored second = serve_restored({}, "second");
    EXPECT_EQ(second.timeline, 3U);
    EXPECT_EQ(steps(), 2);
    step();
    archive_all();
    const Archiver archiver = archiver_of(*session_).value();
    EXPECT_EQ(archiver.failed, 0);
    EXPECT_FALSE(archiver.fails_now);
    EXPECT_EQ(steps_at({}, "looked_at_again"), 3);
    ASSERT_TRUE(backups_->back_up(false));
    EXPECT_EQ(steps_at({}, "looked_at_at_last"), 3);
    EXPECT_EQ(backups_->verify().value(), std::vector<std::string>());
}

}  // namespace
}  // namespace segurifai::pgbackrest
