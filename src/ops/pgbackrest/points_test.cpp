#include "ops/pgbackrest/points.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.hpp"

namespace segurifai::pgbackrest {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kSecond = 1'000'000;
constexpr Instant kNow{1'770'141'600'000'000};

Instant ago(std::int64_t days) {
    return {kNow.micros - days * kMicrosPerDay};
}

Copy full(std::int64_t days_ago) {
    Copy copy;
    copy.is_full = true;
    copy.ended = ago(days_ago);
    return copy;
}

Copy increment(std::int64_t days_ago) {
    Copy copy = full(days_ago);
    copy.is_full = false;
    return copy;
}

Contents of(std::vector<Copy> copies) {
    Contents contents;
    contents.copies = std::move(copies);
    return contents;
}

TEST(ReachableFrom, IsTheEndOfTheOldestFullCopyWhoseLogIsKept) {
    const Keeping keeping{.log_days = 2};
    EXPECT_EQ(reachable_from(of({}), keeping), std::nullopt);
    EXPECT_EQ(reachable_from(of({increment(1)}), keeping), std::nullopt);
    EXPECT_EQ(reachable_from(of({full(9)}), keeping), Instant{ago(9).micros + kSecond});
    EXPECT_EQ(reachable_from(of({full(9), increment(8), full(7), increment(6), full(5)}), keeping),
              Instant{ago(7).micros + kSecond});
}

TEST(ReachableFrom, CountsDaysHoweverManyFullCopiesAreMade) {
    const Keeping keeping{.log_days = 2};
    const Contents often = of({full(6), full(5), full(4), full(3), increment(2), full(2), full(2),
                               full(1), full(1), increment(0), full(0)});
    EXPECT_EQ(fulls_with_log(often, keeping), 4) << "back to one that is two days old";
    EXPECT_EQ(reachable_from(often, keeping), Instant{ago(2).micros + kSecond});
    const Contents seldom = of({full(30), full(20), full(10), increment(0)});
    EXPECT_EQ(fulls_with_log(seldom, keeping), 2);
    EXPECT_EQ(reachable_from(seldom, keeping), Instant{ago(20).micros + kSecond});
    EXPECT_EQ(fulls_with_log(of({}), keeping), 2);
}

TEST(ReachableFrom, GoesBackToTheFirstLogFileThatIsMissing) {
    const Keeping keeping{.log_days = 9};
    const auto log = [](int number) { return fmt::format("0000000100000000{:08X}", number); };
    Contents contents = of({full(3), full(2), full(1)});
    std::set<std::string> logs;
    for (int i = 0; i < 3; ++i)
        contents.copies.at(static_cast<std::size_t>(i)).first_log = log(10 * i);
    for (int i = 0; i < 25; ++i) logs.insert(log(i));
    EXPECT_EQ(whole_from(contents, keeping, logs, 256), reachable_from(contents, keeping));
    logs.erase(log(9));
    EXPECT_EQ(whole_from(contents, keeping, logs, 256), Instant{ago(2).micros + kSecond});
    logs.erase(log(15));
    EXPECT_EQ(whole_from(contents, keeping, logs, 256), Instant{ago(1).micros + kSecond});
    EXPECT_EQ(whole_from(of({increment(1)}), keeping, logs, 256), std::nullopt);
}

/// Of files alone: nothing here asks a server or pgBackRest.
class Points : public ::testing::Test {
protected:
    Points() { std::filesystem::create_directories(folder_ / "points"); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / "points" / name) << text;
    }
    [[nodiscard]] std::vector<std::string> left() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / "points"))
            names.push_back(entry.path().filename().string());
        return names;
    }
    static Cluster cluster() {
        Cluster cluster;
        cluster.data = "/data";
        cluster.socket = "/socket";
        cluster.user = "user";
        cluster.database = "database";
        return cluster;
    }

    testing::TemporaryFolder folder_;
    const PgBackRest backups_ = PgBackRest::make(cluster(), folder_.path()).value();
};

TEST_F(Points, GoWithTheLastBackupThatReachesThem) {
    write("old", ago(9).to_string());
    write("at_the_end", Instant{ago(8).micros + kSecond}.to_string());
    write("new", ago(1).to_string());
    const auto gone = prune_points(backups_, of({full(8), full(7)}));
    ASSERT_TRUE(gone) << gone.error().message;
    EXPECT_THAT(*gone, UnorderedElementsAre("old"));
    EXPECT_THAT(left(), UnorderedElementsAre("at_the_end", "new"));
}

TEST_F(Points, StayWhileThereIsNoBackupAtAll) {
    write("old", ago(9).to_string());
    EXPECT_THAT(prune_points(backups_, of({})).value(), IsEmpty());
    EXPECT_THAT(left(), UnorderedElementsAre("old"));
}

TEST_F(Points, ThatHoldNoTimeAreLeftForAPersonToLookAt) {
    write("torn.partial", "2026-0");
    write("letter", std::string(1'000, 'x'));
    EXPECT_THAT(prune_points(backups_, of({full(1)})).value(), IsEmpty());
    EXPECT_THAT(left(), UnorderedElementsAre("torn.partial", "letter"));
}

TEST_F(Points, OfAnInstallationThatNeverMadeOneAreNone) {
    std::filesystem::remove(folder_ / "points");
    EXPECT_THAT(prune_points(backups_, of({full(1)})).value(), IsEmpty());
}

}  // namespace
}  // namespace segurifai::pgbackrest
