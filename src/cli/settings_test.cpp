#include "cli/settings.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "support/temporary_folder.hpp"

namespace segurifai::cli {
namespace {

Settings with(std::map<std::string, std::string> variables) {
    return Settings::from([&](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

TEST(SettingsOfTheEnvironment, NothingSetMeansTheEmbeddedDatabaseInVar) {
    const auto url = with({}).database({});
    ASSERT_TRUE(url);
    EXPECT_EQ(url->to_display(), "sqlite:///var/segurifai.db");
}

TEST(SettingsOfTheEnvironment, TheDataFolderMovesTheEmbeddedDatabase) {
    EXPECT_EQ(with({{"SEGURIFAI_DATA_DIR", "/srv/data"}}).database({})->to_display(),
              "sqlite:////srv/data/segurifai.db");
}

TEST(SettingsOfTheEnvironment, AnEmptyVariableCountsAsNotSet) {
    EXPECT_EQ(with({{"SEGURIFAI_DATA_DIR", ""}, {"SEGURIFAI_DATABASE_URL", ""}})
                  .database({})
                  ->to_display(),
              "sqlite:///var/segurifai.db");
}

TEST(SettingsOfTheEnvironment, TheOptionGoesBeforeTheVariable) {
    const Settings settings = with({{"SEGURIFAI_DATABASE_URL", "sqlite:///a.db"}});
    EXPECT_EQ(settings.database({})->location, "a.db");
    EXPECT_EQ(settings.database("sqlite:///b.db")->location, "b.db");
}

TEST(SettingsOfTheEnvironment, AnUnknownUrlIsWrongUseAndNamesItsSource) {
    const auto from_variable = with({{"SEGURIFAI_DATABASE_URL", "mysql://x"}}).database({});
    ASSERT_FALSE(from_variable);
    EXPECT_EQ(from_variable.error().exit, Exit::kWrongUse);
    EXPECT_TRUE(from_variable.error().error.message.starts_with("SEGURIFAI_DATABASE_URL"));
    const auto from_option = with({}).database("mysql://x:secret@y");
    ASSERT_FALSE(from_option);
    EXPECT_TRUE(from_option.error().error.message.starts_with("--database"));
    EXPECT_EQ(from_option.error().error.message.find("secret"), std::string::npos);
}

TEST(SettingsOfTheEnvironment, TheLogIsKeptOfTheOwnDatabaseOnceThereAreBackups) {
    const testing::TemporaryFolder folder;
    const std::string data = folder.path().string();
    const Settings settings = with({{"SEGURIFAI_DATA_DIR", data}});
    const auto own = settings.database({});
    EXPECT_FALSE(settings.keeps_log(*own));
    std::filesystem::create_directory(folder / "backups");
    std::ofstream(folder / "backups" / "id") << "an id";
    EXPECT_TRUE(settings.keeps_log(*own));
    EXPECT_FALSE(settings.keeps_log(*settings.database("sqlite:///another.db")));
    EXPECT_FALSE(
        with({{"SEGURIFAI_DATA_DIR", data}, {"SEGURIFAI_BACKUPS", "off"}}).keeps_log(*own));
    EXPECT_FALSE(with({{"SEGURIFAI_DATA_DIR", data}, {"SEGURIFAI_BACKUP_REPOSITORY", "/elsewhere"}})
                     .keeps_log(*own));
}

TEST(DataFolder, IsMadeForItsOwnerAlone) {
    const testing::TemporaryFolder folder;
    const Settings settings{.data_dir = folder / "a" / "var", .database_url = {}};
    ASSERT_TRUE(settings.make_data_dir());
    struct stat status{};
    ASSERT_EQ(stat(settings.data_dir.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    EXPECT_TRUE(settings.make_data_dir()) << "a second time changes nothing";
}

TEST(DataFolder, AFileInItsPlaceIsNamed) {
    const testing::TemporaryFolder folder;
    std::ofstream(folder / "var") << "not a folder";
    for (const std::filesystem::path& path : {folder / "var", folder / "var" / "inner"}) {
        const auto made = Settings{.data_dir = path, .database_url = {}}.make_data_dir();
        ASSERT_FALSE(made) << path;
        EXPECT_EQ(made.error().code, Code::kPermission);
        EXPECT_NE(made.error().message.find("SEGURIFAI_DATA_DIR"), std::string::npos);
    }
}

TEST(DataFolder, AFolderOfTheSystemThatTakesNothingIsRefused) {
    const auto made = Settings{.data_dir = "/proc/segurifai", .database_url = {}}.make_data_dir();
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find("/proc/segurifai"), std::string::npos);
}

}  // namespace
}  // namespace segurifai::cli
