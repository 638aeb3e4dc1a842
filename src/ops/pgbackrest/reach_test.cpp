#include "ops/pgbackrest/reach.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_folder.hpp"

namespace segurifai::pgbackrest {
namespace {

namespace fs = std::filesystem;

/// Another than whoever made the folders; 65534 is nobody.
constexpr Owner kOther{.user = 65'534, .group = 65'534};

class Reach : public ::testing::Test {
protected:
    void SetUp() override { chmod(folder_.path().c_str(), 0755); }
    void make(const fs::path& path, mode_t mode) {
        ASSERT_EQ(mkdir(path.c_str(), mode), 0);
        ASSERT_EQ(chmod(path.c_str(), mode), 0);
    }

    testing::TemporaryFolder folder_;
};

TEST_F(Reach, IsBarredByAFolderOfAnotherOnTheWay) {
    make(folder_ / "var", 0700);
    EXPECT_EQ(barred_from(folder_ / "var" / "backups" / "postgres", kOther), folder_ / "var");
    EXPECT_EQ(barred_from(folder_ / "var" / "backups", {.user = geteuid(), .group = getegid()}),
              std::nullopt);
    const auto made = make_reachable(folder_ / "var" / "backups", kOther);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::kPermission);
    EXPECT_TRUE(made.error().message.contains((folder_ / "var").string())) << made.error().message;
    EXPECT_TRUE(made.error().message.contains("--repository")) << made.error().message;
    EXPECT_FALSE(fs::exists(folder_ / "var" / "backups"));
}

TEST_F(Reach, EndsInAFolderThatMayBeWrittenTo) {
    make(folder_ / "entered", 0755);
    EXPECT_EQ(barred_from(folder_ / "entered", kOther), folder_ / "entered");
    EXPECT_EQ(barred_from(folder_ / "entered" / "new", kOther), std::nullopt);
    make(folder_ / "open", 0777);
    EXPECT_EQ(barred_from(folder_ / "open", kOther), std::nullopt);
}

TEST_F(Reach, MakesWhatIsMissing) {
    const Owner owner{.user = geteuid(), .group = getegid()};
    ASSERT_TRUE(make_reachable(folder_ / "a" / "b", owner));
    struct stat about{};
    ASSERT_EQ(stat((folder_ / "a" / "b").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0700U);
    EXPECT_TRUE(make_reachable(folder_ / "a" / "b", owner)) << "the second time";
}

}  // namespace
}  // namespace segurifai::pgbackrest
