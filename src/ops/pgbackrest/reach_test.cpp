#include "ops/pgbackrest/reach.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/pgbackrest/pgbackrest.hpp"
#include "ops/pgbackrest/restore.hpp"
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

/// As another than root while it lives, whom every folder is open to.
class Unprivileged {
public:
    Unprivileged() {
        if (is_root_) EXPECT_EQ(seteuid(kOther.user), 0);
    }
    ~Unprivileged() {
        if (is_root_) EXPECT_EQ(seteuid(0), 0);
    }
    Unprivileged(const Unprivileged&) = delete;
    Unprivileged& operator=(const Unprivileged&) = delete;

private:
    bool is_root_ = geteuid() == 0;
};

TEST_F(Reach, WhatMayNotBeEnteredIsAnothers) {
    make(folder_ / "theirs", geteuid() == 0 ? 0700 : 0000);
    Cluster cluster;
    cluster.data = cluster.socket = "/var/lib/postgresql";
    cluster.user = cluster.database = "segurifai";
    cluster.owner = {.user = geteuid(), .group = getegid()};
    const auto backups = PgBackRest::make(cluster, folder_ / "theirs" / "postgres").value();
    const Unprivileged we;
    const auto is_set_up = backups.is_set_up();
    ASSERT_FALSE(is_set_up);
    EXPECT_TRUE(is_anothers(is_set_up.error())) << is_set_up.error().message;
    const auto contents = backups.contents();
    ASSERT_FALSE(contents);
    EXPECT_TRUE(is_anothers(contents.error())) << contents.error().message;
    EXPECT_FALSE(is_present(folder_ / "ours").value());
    const auto too_long = is_present(folder_.path() / std::string(300, 'x'));
    ASSERT_FALSE(too_long);
    EXPECT_FALSE(is_anothers(too_long.error())) << "a fault is nobody else's";
}

}  // namespace
}  // namespace segurifai::pgbackrest
