// Backups from the command line: made, looked after, and brought back.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/spawned.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::testing {
namespace {

class BackupCommands : public ::testing::Test {
protected:
    [[nodiscard]] Spawned run(const std::vector<std::string>& words) const {
        return run_segurifai(
            words, {.folder = folder_.path(),
                    .variables = {
                        {"SEGURIFAI_SECRET_KEY", "blbqHUMFwwLpiKNIad05QJJt-YSEDUJCo9U9XC29F4E"}}});
    }
    void expect(const std::vector<std::string>& words, int exit, const std::string& said) const {
        const Spawned spawned = run(words);
        EXPECT_EQ(spawned.exit, exit) << spawned.output << spawned.error;
        EXPECT_NE((spawned.output + spawned.error).find(said), std::string::npos)
            << spawned.output << spawned.error;
    }

    TemporaryFolder folder_;
};

TEST_F(BackupCommands, BringADatabaseBack) {
    expect({"migrate"}, 0, "applied");
    expect({"backup", "status"}, 1, "There are no backups in var/backups");
    expect({"backup", "full"}, 0, "Made full-0000000000000000-");
    expect({"loadreference"}, 0, "");
    expect({"backup", "incremental"}, 0, "Made increment-0000000000000000-");
    expect({"backup", "incremental"}, 0, "Nothing was committed since");
    expect({"backup", "status"}, 0, "All is well.");
    expect({"backup", "status", "--json"}, 0, "{\"ok\":true,\"generation\":1,");
    expect({"backup", "verify"}, 0, "no fault");
    expect({"backup", "drill"}, 0, "Restored, examined and removed again");
    expect({"backup", "prune"}, 0, "0 files removed.");
    expect({"restore", "--to", "latest", "--into", "var/back.db"}, 0, "sign-in sessions end: 0");
    expect({"checkdb", "--database", "sqlite:///var/back.db"}, 0, "no drift");
    EXPECT_EQ(run({"counts", "--database", "sqlite:///var/back.db"}).output,
              run({"counts"}).output);
}

TEST_F(BackupCommands, SayWhatIsWrongByTheirExitCode) {
    expect({"migrate"}, 0, "applied");
    expect({"backup", "full"}, 0, "Made full-");
    expect({"restore", "--to", "latest", "--into", "var/segurifai.db"}, 4, "is there already");
    expect({"restore", "--to", "2020-01-31T10:15:00Z", "--into", "var/x.db"}, 1,
           "There is no full backup of 2020-01-31");
    expect({"restore", "--to", "2199-01-31T10:15:00Z", "--into", "var/x.db"}, 1, "ends at");
    expect({"restore", "--to", "yesterday", "--into", "var/x.db"}, 2, "not 'yesterday'");
    expect({"restore", "--into", "var/x.db"}, 2, "--to is missing");
    expect({"restore", "--to", "latest"}, 2, "--into is missing");
    expect({"backup", "everything"}, 2, "'backup everything' is nothing");
    expect({"backup", "full", "--json"}, 2, "--json is for 'backup status'");
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "var" / "x.db"));
}

TEST_F(BackupCommands, NeedTheKeysOfTheInstallation) {
    const Spawned spawned = run_segurifai({"backup", "status"}, {.folder = folder_.path()});
    EXPECT_EQ(spawned.exit, 5);
    EXPECT_NE(spawned.error.find("There is no var/secrets.toml"), std::string::npos);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace segurifai::testing
