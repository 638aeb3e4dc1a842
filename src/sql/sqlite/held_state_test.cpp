// A log that belongs to somebody else, and a state that is held still.
#include "sql/held_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "sql/database.hpp"
#include "sql/session.hpp"
#include "support/run_task.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::sql {
namespace {

class KeptLog : public ::testing::Test {
protected:
    KeptLog() {
        session_ = open();
        EXPECT_TRUE(session_->script("CREATE TABLE item (id INTEGER PRIMARY KEY) STRICT"));
    }

    [[nodiscard]] DatabaseUrl url() const {
        return {Engine::kSqlite, (folder_ / "kept.db").string()};
    }
    [[nodiscard]] std::unique_ptr<Session> open() const {
        return std::move(*open_session(url(), {.keep_log = true}));
    }
    [[nodiscard]] std::uintmax_t log_bytes() const {
        return std::filesystem::file_size(folder_ / "kept.db-wal");
    }

    testing::TemporaryFolder folder_;
    std::unique_ptr<Session> session_;
};

TEST_F(KeptLog, StaysWhenTheLastConnectionCloses) {
    const std::uintmax_t bytes = log_bytes();
    session_.reset();
    EXPECT_EQ(log_bytes(), bytes);
    session_ = open();
    EXPECT_EQ(session_->one_integer("SELECT count(*) FROM item").value(), 0);
    ASSERT_TRUE(session_->script("INSERT INTO item VALUES (1)"));
    EXPECT_GT(log_bytes(), bytes) << "it goes on where it ended";
}

TEST_F(KeptLog, TellsOfEveryCommitBeforeItsCallerGoesOn) {
    int commits = 0;
    DatabaseOptions options;
    options.keep_log = true;
    options.on_commit = [&] { ++commits; };
    const auto database = std::move(*open_database(url(), options));
    for (int i = 1; i <= 3; ++i) {
        ASSERT_TRUE(
            testing::run(database->write({{}, "INSERT INTO item DEFAULT VALUES"}, {}, nullptr)));
        EXPECT_EQ(commits, i);
    }
    EXPECT_FALSE(testing::run(database->write({{}, "INSERT INTO item VALUES (1)"}, {}, nullptr)));
    database->close();
}

TEST_F(KeptLog, DoesNotRestartWhileAStateIsHeld) {
    const auto held = hold_state(url());
    ASSERT_TRUE(held) << held.error().message;
    const std::uintmax_t bytes = log_bytes();
    ASSERT_TRUE(session_->script("PRAGMA busy_timeout=1"));
    EXPECT_EQ(session_->one_integer("PRAGMA wal_checkpoint(RESTART)").value(), 1) << "busy";
    ASSERT_TRUE(session_->script("INSERT INTO item VALUES (1)"));
    EXPECT_GT(log_bytes(), bytes);
}

TEST_F(KeptLog, LeavesTheFileAsItWasBelowAHeldState) {
    EXPECT_EQ(session_->one_integer("PRAGMA wal_checkpoint(PASSIVE)").value(), 0);
    const auto held = hold_state(url());
    ASSERT_TRUE(held);
    std::vector<std::byte> before(8'192);
    std::vector<std::byte> after(8'192);
    ASSERT_TRUE((*held)->read(0, before));
    ASSERT_TRUE(session_->script("INSERT INTO item VALUES (1)"));
    static_cast<void>(session_->one_integer("PRAGMA wal_checkpoint(PASSIVE)"));
    ASSERT_TRUE((*held)->sync_file());
    ASSERT_TRUE((*held)->read(0, after));
    EXPECT_EQ(before, after);
    ASSERT_TRUE((*held)->read(1U << 30U, after));
    EXPECT_TRUE(std::ranges::all_of(after, [](std::byte byte) { return byte == std::byte{0}; }))
        << "past the end";
}

TEST_F(KeptLog, IsHeldUntilItIsLetGoAndAgainAfterwards) {
    const auto held = hold_state(url());
    ASSERT_TRUE(held);
    ASSERT_TRUE(session_->script("PRAGMA busy_timeout=1"));
    const auto is_held = [&] {
        return session_->one_integer("PRAGMA wal_checkpoint(RESTART)").value() == 1;
    };
    ASSERT_TRUE((*held)->let_go());
    ASSERT_TRUE((*held)->let_go()) << "it is let go";
    EXPECT_FALSE(is_held());
    ASSERT_TRUE(session_->script("INSERT INTO item VALUES (1)"));
    ASSERT_TRUE((*held)->hold_again());
    EXPECT_TRUE(is_held());
    ASSERT_TRUE(session_->script("INSERT INTO item VALUES (2)"));
    ASSERT_TRUE((*held)->hold_again());
    std::vector<std::byte> before(8'192);
    std::vector<std::byte> after(8'192);
    ASSERT_TRUE((*held)->read(0, before));
    EXPECT_EQ(session_->one_integer("PRAGMA wal_checkpoint(PASSIVE)").value(), 0);
    ASSERT_TRUE((*held)->read(0, after));
    EXPECT_NE(before, after) << "the state that it holds now may go into the file";
}

TEST_F(KeptLog, IsNothingThatPostgresHas) {
    const auto held = hold_state({Engine::kPostgres, "postgresql://localhost/none"});
    ASSERT_FALSE(held);
    EXPECT_EQ(held.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace segurifai::sql
