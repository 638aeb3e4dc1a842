// 'segurifai doctor' at installations that are well, and at such that are broken in one way or
// another: each is found, and named.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "cli/installation.hpp"

namespace segurifai::testing {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kDoctor{"doctor"};

/// Whether the answer has a line of that level and area that says so.
::testing::AssertionResult says(const std::string& answer, const std::string& level,
                                const std::string& area, const std::string& what) {
    std::istringstream lines(answer);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(level + " ") && line.contains("  " + area) && line.contains(what))
            return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure()
           << "no " << level << " of " << area << ": \"" << what << "\" in:\n"
           << answer;
}

std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Every file of a folder and what it holds, but for SQLite's shared memory, which readers use.
std::map<std::string, std::string> all_of(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (!entry.path().string().ends_with("-shm"))
            files[entry.path().string()] =
                entry.is_regular_file() ? bytes_of(entry.path()) : std::string("a folder");
    return files;
}

class DoctorOfAFile : public ::testing::Test {
protected:
    DoctorOfAFile() {
        here_.make();
        here_.expect({"backup", "full"}, 0, "Made full-");
        here_.expect({"backup", "drill"}, 0, "Restored");
    }
    Installation here_;
};

TEST_F(DoctorOfAFile, FindsAHealthyOneWellAndChangesNothing) {
    const auto before = all_of(here_.folder());
    const std::string answer = here_.expect(kDoctor, 0, "0 faults, 0 warnings.");
    for (const char* area :
         {"server", "open files", "data folder", "secrets", "settings", "backups", "database",
          "integrity", "schema", "people", "jobs", "retention", "outbox", "audit log", "clock"})
        EXPECT_TRUE(says(answer, "ok", area, ".")) << area;
    here_.expect({"doctor", "--full"}, 0, "Every page, index and reference was compared");
    const std::string json = here_.expect({"doctor", "--format", "json"}, 0);
    EXPECT_TRUE(json.starts_with(R"({"faults":0,"warnings":0,"findings":[{"level":"ok",)")) << json;
    EXPECT_EQ(all_of(here_.folder()), before);
    here_.expect({"check", "--deploy"}, 0, "Nothing is wrong.");
}

TEST_F(DoctorOfAFile, FindsFilesThatOthersReach) {
    const auto data = here_.data();
    fs::permissions(data, fs::perms(0755));
    fs::permissions(data / "secrets.toml", fs::perms(0644));
    fs::permissions(data / "segurifai.db", fs::perms(0640));
    const std::string answer = here_.expect(kDoctor, 1);
    EXPECT_TRUE(says(answer, "fault", "data folder", "var can be read by others; run: chmod go= "));
    EXPECT_TRUE(says(answer, "fault", "data folder", "segurifai.db can be read by others"));
    EXPECT_TRUE(says(answer, "fault", "secrets", "; run: chmod go= var/secrets.toml"));
    here_.expect({"check", "--deploy"}, 1, "var can be read by others; run: chmod go= var");
    fs::permissions(data, fs::perms(0700));
    fs::permissions(data / "secrets.toml", fs::perms(0600));
    fs::permissions(data / "segurifai.db", fs::perms(0600));
    fs::remove(data / "secrets.toml");
    const std::string without = here_.expect(kDoctor, 1);
    EXPECT_TRUE(says(without, "fault", "secrets", "There is no var/secrets.toml"));
    EXPECT_TRUE(says(without, "fault", "backups", "var/secrets.toml"));
    EXPECT_FALSE(fs::exists(data / "secrets.toml")) << "it was made";
}

TEST_F(DoctorOfAFile, FindsFilesOfAnotherOwner) {
    if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
    constexpr uid_t kOther = 65'534;
    ASSERT_EQ(chown((here_.data() / "segurifai.db").c_str(), kOther, kOther), 0);
    ASSERT_EQ(chown(here_.data().c_str(), 1, 1), 0);
    const std::string answer = here_.expect(kDoctor, 1);
    EXPECT_TRUE(says(answer, "fault", "data folder",
                     "segurifai.db belongs to another user than the data folder; run: chown "));
    EXPECT_TRUE(says(answer, "fault", "backups", "var/backups cannot be written to by the server"));
}

TEST_F(DoctorOfAFile, FindsSettingsThatAreNotForProduction) {
    here_.set("SEGURIFAI_RATE_LIMITS", "off");
    here_.set("SEGURIFAI_BACKUPS", "off");
    here_.set("SEGURIFAI_CORS_ORIGINS",
              "http://app.example, https://a.example/, https://*, https://App.example, "
              "https://b.example:8443");
    here_.set("SEGURIFAI_TRUSTED_PROXIES", "0.0.0.0/0");
    std::ofstream(here_.data() / "demo-passwords.txt") << "x";
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit few{.rlim_cur = 1'024, .rlim_max = before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    const std::string answer = here_.expect(kDoctor, 1);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (const char* what :
         {"SEGURIFAI_RATE_LIMITS is off", "SEGURIFAI_BACKUPS is off",
          "http://app.example, which is not https", "(a /0)", "demo-passwords.txt is here"})
        EXPECT_TRUE(says(answer, "fault", "settings", what));
    for (const char* origin : {"https://a.example/", "https://*", "https://App.example"})
        EXPECT_TRUE(
            says(answer, "fault", "settings", std::string(origin) + ", which no browser sends"));
    EXPECT_EQ(answer.find("b.example:8443"), std::string::npos) << answer;
    EXPECT_TRUE(
        says(answer, "warning", "open files", "1024 may be open at once; the server holds"));
}

TEST_F(DoctorOfAFile, FindsWhatIsWrongWithTheFile) {
    {
        const auto session = sql::open_session(here_.database()).value();
        ASSERT_EQ(session->one_text("PRAGMA journal_mode = delete").value(), "delete");
    }
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "database", "journal mode is delete"));
    here_.write("PRAGMA journal_mode = wal");

    // The first page of a table, and of an index.
    const auto file = here_.data() / "segurifai.db";
    {
        const auto session = sql::open_session(here_.database()).value();
        std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
        for (const char* name : {"promotions_promocode", "events_outbox_waiting_idx"}) {
            const auto page = session->one_integer(
                std::string("SELECT rootpage FROM sqlite_schema WHERE name = '") + name + "'");
            damage.seekp(static_cast<std::streamoff>((page.value().value() - 1) * 4'096));
            damage.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
        }
    }
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "integrity",
                     "; run: segurifai restore --to latest --into restored.db"));
    {
        std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
        for (int page = 0; page < 200; ++page) damage.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    }
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "database", "; run: segurifai restore"));
    fs::remove(file);
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "database", "There is no database at"));
}

TEST_F(DoctorOfAFile, FindsWhatIsWrongWithTheBackups) {
    here_.write("UPDATE users_user SET first_name = 'Ana'");
    for (const auto& entry : fs::recursive_directory_iterator(here_.data() / "backups"))
        if (entry.path().filename().string().starts_with("full-")) fs::remove(entry.path());
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "backups", "There is no full backup yet"));
    fs::remove_all(here_.data() / "backups");
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "backups",
                     "There are no backups in var/backups; run: segurifai backup full"));
}

TEST(Doctor, OfNothingNamesWhatIsMissing) {
    const Installation here;
    const std::string answer = here.expect(kDoctor, 1);
    EXPECT_TRUE(says(answer, "fault", "data folder", "There is no data folder var; run: "));
    EXPECT_TRUE(says(answer, "fault", "database", "There is no database at"));
    EXPECT_TRUE(fs::is_empty(here.folder()));
    here.expect({"doctor", "--format", "xml"}, 2, "xml");
}

TEST(Doctor, OfAPostgresThatMayLoseRowsNamesTheSettings) {
    const FreshPostgresDatabase database;
    const Installation here({{"SEGURIFAI_DATABASE_URL", database.url()}});
    const std::string before = here.expect(kDoctor, 1);
    EXPECT_TRUE(says(before, "fault", "schema", "migrations are not applied"));
    here.make();
    const std::string answer = here.expect(kDoctor, 1);
    EXPECT_TRUE(says(answer, "fault", "database", "fsync is off, not on"));
    EXPECT_TRUE(says(answer, "fault", "database", "full_page_writes is off, not on"));
    EXPECT_TRUE(says(answer, "warning", "database", "data_checksums is off, not on"));
    EXPECT_TRUE(says(answer, "fault", "database", "does not archive its log"));
    EXPECT_TRUE(answer.contains("fault    backups")) << answer;
    EXPECT_TRUE(says(answer, "ok", "schema", "Every migration is applied"));
    here.write("ALTER DATABASE " + database.name() + " SET synchronous_commit = off");
    EXPECT_TRUE(says(here.expect(kDoctor, 1), "fault", "database", "synchronous_commit is off"));
    const Installation nobody({{"SEGURIFAI_DATABASE_URL", "postgresql://x@127.0.0.1:1/x"}});
    EXPECT_TRUE(nobody.expect(kDoctor, 1).contains("fault    database"));
}

TEST(Doctor, OfAPostgresThatIsBackedUpFindsItWell) {
    PostgresInstallation postgres;
    const Installation& here = postgres.here();
    here.make();
    postgres.set_up_backups();
    EXPECT_TRUE(says(here.expect(kDoctor, 0), "ok", "backups", "The last full is of"));
    here.expect({"backup", "drill"}, 0, "Restored");
    // An attempt to archive that failed is told until the next one, a second or a minute later.
    for (int second = 0; second < 90 && here.run(kDoctor).output.contains("attempt to archive");
         ++second)
        std::this_thread::sleep_for(std::chrono::seconds(1));
    const std::string answer = here.expect(kDoctor, 0, "0 faults, 0 warnings.");
    EXPECT_TRUE(says(answer, "ok", "database", "its settings as they should be"));
    EXPECT_TRUE(says(answer, "ok", "backups", "The last full is of"));
    ASSERT_EQ(chmod(postgres.repository().path().c_str(), 0), 0);
    if (geteuid() == 0)
        EXPECT_TRUE(says(here.expect(kDoctor, 1), "fault", "backups", "is in the way"));
    ASSERT_EQ(chmod(postgres.repository().path().c_str(), 0700), 0);
}

/// What is in the database is judged alike on both engines.
class DoctorOfRows : public ::testing::TestWithParam<sql::Engine> {
protected:
    DoctorOfRows() {
        if (GetParam() == sql::Engine::kPostgres) {
            fresh_.emplace();
            here_.set("SEGURIFAI_DATABASE_URL", fresh_->url());
        }
        here_.make();
    }

    std::optional<FreshPostgresDatabase> fresh_;
    Installation here_;
};

TEST_P(DoctorOfRows, FindsWorkThatIsNotDone) {
    here_.write(
        "INSERT INTO platform_job (kind, state, progress, args, result, unique_key, run_after, "
        "attempt, attempts_max, created_at, finished_at) VALUES ('platform.keys', 'FAILED', 0, "
        "'{}', '{}', 'platform.keys', '2026-01-01 00:00:00.000000', 5, 5, '2026-01-01 "
        "00:00:00.000000', "
        "'2026-01-01 00:00:00.000000'), ('retention.positions', 'DONE', 1, '{\"dry_run\":true}', "
        "'{}', 'b', '2026-01-01 00:00:00.000000', 1, 5, '2026-01-01 00:00:00.000000', '2999-01-01 "
        "00:00:00.000000'), ('retention.positions', 'DONE', 1, '{}', '{}', 'a', "
        "'2026-01-01 00:00:00.000000', 1, 5, '2026-01-01 00:00:00.000000', '2026-01-01 "
        "00:00:00.000000')");
    here_.write(
        "INSERT INTO platform_schedule (kind, next_at) VALUES ('retention.positions', "
        "'2026-01-02 00:00:00.000000')");
    here_.write(
        "INSERT INTO events_outbox (name, object_table, object_id, sequence, payload, created_at) "
        "VALUES ('request.created', 'x', '1', 1, '{}', '2026-01-01 00:00:00.000000')");
    const std::string answer = here_.expect(kDoctor, 1);
    EXPECT_TRUE(says(answer, "fault", "jobs",
                     "1 jobs failed for good; run: segurifai jobs list --state failed"));
    EXPECT_TRUE(
        says(answer, "fault", "jobs", "What was due at 2026-01-02T00:00:00.000000Z is not done"));
    EXPECT_TRUE(says(answer, "fault", "retention", "retention.positions ended well last at 2026-"));
    EXPECT_TRUE(says(answer, "warning", "outbox", "An event of 2026-01-01T00:00:00.000000Z"));
}

TEST_P(DoctorOfRows, FindsPeopleThatAreNoneAndTablesThatAreOthers) {
    here_.write("UPDATE users_user SET email = 'x@demo.segurifai.example', is_superuser = FALSE");
    here_.write("UPDATE users_accountsettings SET must_change_password = TRUE");
    here_.write("DROP INDEX events_outbox_waiting_idx");
    const std::string answer = here_.expect(kDoctor, 1);
    EXPECT_TRUE(says(answer, "warning", "people", "1 demonstration accounts are active; run: "));
    EXPECT_TRUE(says(answer, "warning", "people", "1 accounts still have the password"));
    EXPECT_TRUE(says(answer, "warning", "people", "There is no superuser; run: segurifai creates"));
    EXPECT_TRUE(says(answer, "fault", "schema", "1 differences"));
    here_.write("DELETE FROM segurifai_migration WHERE app = 'paq_wallet'");
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "schema", "; run: segurifai migrate"));
}

TEST_P(DoctorOfRows, FindsAnAuditLogThatIsNotAsItWasWritten) {
    const auto event = [&](const std::string& at) {
        here_.write(
            "INSERT INTO audit_event (at, action, object_table, object_id, before, after, "
            "request_id, address) VALUES ('" +
            at + "', 'user.changed', 'users_user', '1', '{}', '{}', '', '')");
    };
    here_.write("DELETE FROM audit_event");
    event("2025-03-04 05:06:07.000000");
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "audit log",
                     "2025-03 is over and not closed; run: segurifai audit close"));
    here_.expect({"audit", "close"}, 0, "2025-03");
    EXPECT_TRUE(says(here_.run(kDoctor).output, "ok", "audit log", "2025-03 is as it was closed"));
    event("2999-03-04 05:06:07.000000");
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "clock", "a clock is wrong"));

    for (const auto& entry : fs::recursive_directory_iterator(here_.data() / "archive"))
        if (entry.path().filename().string().starts_with("2025-03.zst"))
            std::ofstream(entry.path(), std::ios::app) << "x";
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "audit log",
                     "things are not as they were written"));
    fs::remove_all(here_.data() / "archive" / "audit");
    EXPECT_TRUE(says(here_.expect(kDoctor, 1), "fault", "audit log", "2025-03 is closed, and"));
}

INSTANTIATE_TEST_SUITE_P(BothEngines, DoctorOfRows,
                         ::testing::Values(sql::Engine::kSqlite, sql::Engine::kPostgres),
                         [](const auto& info) { return std::string(sql::name_of(info.param)); });

}  // namespace
}  // namespace segurifai::testing
