// Whatever breaks the log off begins a new generation, with an alarm; what does not, does not.
#include "backup/faulty_files.hpp"
#include "backup/repository_fixture.hpp"
#include "ops/backup/restore.hpp"

namespace segurifai::backup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Continuity : public RepositoryTest {
protected:
    void SetUp() override {
        execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
        start();
        make_full_backup();
        insert();
        ship();
    }

    void insert() {
        clock_.advance_micros(1'000'000);
        execute("INSERT INTO item (text) VALUES (hex(randomblob(3000)))");
        ++rows_;
    }
    /// As much as is shipped at once.
    void insert_batch() {
        execute("INSERT INTO item (text) VALUES (hex(zeroblob(8500000)))");
        ++rows_;
    }
    void ship() {
        const auto shipped = shipper_->ship();
        ASSERT_TRUE(shipped) << shipped.error().message;
    }

    /// The newest state is the database's, whatever generation it is in.
    void expect_newest_is_whole() {
        if (shipper_->needs_full()) make_full_backup();
        const std::filesystem::path place = folder_ / "restored.db";
        const auto restored = restore(shipper_->repository(), {}, place);
        ASSERT_TRUE(restored) << restored.error().message;
        EXPECT_EQ(open(place)->one_integer("SELECT count(*) FROM item").value(), rows_);
        std::filesystem::remove(place);
    }
    void expect_alarm(const std::string& words) {
        EXPECT_THAT(alarms_, ElementsAre(HasSubstr(words)));
        EXPECT_EQ(shipper_->stats().generation, 2U);
        EXPECT_TRUE(shipper_->needs_full());
        expect_newest_is_whole();
    }
    void expect_no_alarm() {
        EXPECT_THAT(alarms_, IsEmpty());
        EXPECT_EQ(shipper_->stats().generation, 1U);
        expect_newest_is_whole();
    }

    std::int64_t rows_ = 0;
};

TEST_F(Continuity, SurvivesCheckpointsOfItsOwn) {
    for (int i = 0; i < 5; ++i) {
        insert();
        EXPECT_EQ(shipper_->checkpoint().value(), true);
        insert();
        ship();
    }
    EXPECT_EQ(shipper_->stats().checkpoints, 5U);
    expect_no_alarm();
}

TEST_F(Continuity, SurvivesCheckpointsThatAreMadeWhileOthersWrite) {
    checkpoint_frames_ = 5'000;  // more than are brought into the file at once
    restart();
    shipper_->begin_thread();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(240);
    while (shipper_->stats().checkpoints < 3 && std::chrono::steady_clock::now() < until) {
        execute("INSERT INTO item (text) VALUES (hex(randomblob(1000000)))");
        ++rows_;
        shipper_->wake();
    }
    EXPECT_GE(shipper_->stats().checkpoints, 3U);
    shipper_->stop();
    restart();
    expect_no_alarm();
}

TEST_F(Continuity, ALogOfLongCommitsEndsAlthoughTheyDoNot) {
    checkpoint_frames_ = 5'000;
    restart();
    shipper_->begin_thread();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(240);
    while (shipper_->stats().checkpoints < 1 && std::chrono::steady_clock::now() < until) {
        // Each of them is more than writers would wait for.
        execute("INSERT INTO item (text) VALUES (hex(zeroblob(17000000)))");
        ++rows_;
        shipper_->wake();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    EXPECT_EQ(shipper_->stats().checkpoints, 1U);
    EXPECT_GT(shipper_->stats().holds, 0U);
    shipper_->stop();
    restart();
    expect_no_alarm();
}

TEST_F(Continuity, WhoCommitsFasterThanItIsShippedIsHeldBackForASnapshot) {
    FaultyFiles slow(system_files_);
    files_ = &slow;
    restart();
    const auto other = open(database(), true);
    ASSERT_TRUE(other->script("PRAGMA busy_timeout=0"));
    int left = 60;
    slow.on_sync = [&] {
        const bool is_held_back = !other->begin();
        other->rollback();
        // While one batch is shipped, three are committed.
        for (int i = 0; i < 3 && left > 0 && !is_held_back; ++i, --left) insert_batch();
    };
    insert_batch();
    EXPECT_TRUE(shipper_->snapshot());
    EXPECT_GT(left, 0);
    EXPECT_GT(shipper_->stats().holds, 0U);
    slow.on_sync = [] {};
    shipper_.reset();
    files_ = &system_files_;
    start();
    expect_no_alarm();
}

TEST_F(Continuity, ALongLogIsBroughtIntoTheFileAtTheEnd) {
    checkpoint_frames_ = 400;
    restart();
    execute("INSERT INTO item (text) VALUES (hex(randomblob(500000)))");
    ++rows_;
    ship();
    EXPECT_EQ(shipper_->stats().checkpoints, 0U);
    shipper_->stop();
    EXPECT_EQ(shipper_->stats().checkpoints, 1U);
    EXPECT_LT(shipper_->stats().position.log.frame, 10U);
    restart();
    insert();
    ship();
    expect_no_alarm();
}

TEST_F(Continuity, TheEndOfALogThatIsWhollyInTheFileBreaksNothing) {
    checkpoint_frames_ = 400;
    restart();
    execute("INSERT INTO item (text) VALUES (hex(randomblob(400000)))");
    ++rows_;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    shipper_->begin_thread();
    shipper_->wake();
    while (std::filesystem::file_size(database()) < 800'000 &&
           std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_GE(std::filesystem::file_size(database()), 800'000U);
    EXPECT_TRUE(shipper_->cut());
    shipper_->stop();
    EXPECT_EQ(shipper_->stats().checkpoints, 1U);
    restart();
    insert();
    ship();
    expect_no_alarm();
}

TEST_F(Continuity, SurvivesAReaderInTheWayOfACheckpoint) {
    const auto reader = open(database(), true);
    ASSERT_TRUE(reader->script("BEGIN; SELECT count(*) FROM item"));
    insert();
    EXPECT_EQ(shipper_->checkpoint().value(), false);
    insert();
    ship();
    reader->rollback();
    EXPECT_EQ(shipper_->checkpoint().value(), true);
    insert();
    ship();
    expect_no_alarm();
}

TEST_F(Continuity, SurvivesWhatToolsCommitWhileNobodyShips) {
    shipper_.reset();
    insert();
    writer_ = open(database(), true);  // the last connection was closed
    insert();
    start();
    expect_no_alarm();
}

TEST_F(Continuity, SurvivesAnEndRightAfterACheckpoint) {
    EXPECT_EQ(shipper_->checkpoint().value(), true);
    restart();
    insert();
    ship();
    expect_no_alarm();
}

TEST_F(Continuity, KeepsAForeignCheckpointFromRestartingTheLog) {
    const auto stranger = open(database());
    ASSERT_TRUE(stranger->script("PRAGMA busy_timeout=1"));
    insert();
    for (const char* kind : {"PASSIVE", "FULL", "RESTART", "TRUNCATE"})
        static_cast<void>(stranger->one_integer(fmt::format("PRAGMA wal_checkpoint({})", kind)));
    insert();
    ship();
    expect_no_alarm();
}

TEST_F(Continuity, EndsWhenAStrangerBringsTheLogInWhileNobodyShips) {
    shipper_.reset();
    insert();
    writer_.reset();
    ASSERT_TRUE(open(database())->one_integer("PRAGMA wal_checkpoint(TRUNCATE)"));
    writer_ = open(database(), true);
    insert();
    start();
    expect_alarm("began a new one");
}

TEST_F(Continuity, EndsWhenAStrangerRemovesTheLog) {
    shipper_.reset();
    writer_.reset();
    ASSERT_TRUE(open(database())->script("DELETE FROM item WHERE id = 1"));  // the last one closes
    --rows_;
    ASSERT_FALSE(std::filesystem::exists(folder_ / "data.db-wal"));
    writer_ = open(database(), true);
    insert();
    start();
    expect_alarm("began a new one");
}

TEST_F(Continuity, EndsWhenTheDatabaseIsAnother) {
    shipper_.reset();
    writer_.reset();
    for (const char* name : {"data.db", "data.db-wal", "data.db-shm"})
        std::filesystem::remove(folder_ / name);
    writer_ = open(database(), true);
    rows_ = 0;
    execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
    insert();
    start();
    expect_alarm("began a new one");
}

TEST_F(Continuity, EndsWhenTheClockGoesBack) {
    clock_.advance_micros(-3'600'000'000);
    insert();
    ship();
    expect_alarm("The clock went back from");
}

TEST_F(Continuity, WaitsForAClockThatWasSetBackALittle) {
    const Instant before = shipper_->stats().position.at;
    clock_.advance_micros(-1'500'000);
    insert();
    ship();
    EXPECT_EQ(shipper_->stats().position.at, before);
    expect_no_alarm();
}

TEST_F(Continuity, EndsWhenTheLastLogFileIsMissing) {
    const std::filesystem::path folder = folder_ / "backups" / "g000001";
    shipper_.reset();
    insert();
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().filename().string().starts_with("log-"))
            std::filesystem::remove(entry.path());
    start();
    // The full is still there, and SQLite's log holds all that came after it.
    expect_no_alarm();
}

TEST_F(Continuity, EndsBeforeALogThatCannotBeShippedFillsTheDisk) {
    shipper_.reset();
    FaultyFiles faulty(system_files_);
    files_ = &faulty;
    log_bytes_max_ = 200'000;
    start();
    faulty.fail_at(1, FaultyFiles::Fault::kKilled);
    std::uint64_t largest = 0;
    for (int i = 0; i < 200; ++i) {
        insert();
        EXPECT_FALSE(shipper_->ship());
        largest = std::max(largest, std::filesystem::file_size(folder_ / "data.db-wal"));
    }
    EXPECT_LT(largest, 300'000U);
    faulty.heal();
    ship();
    EXPECT_EQ(shipper_->stats().losses, 1U);
    EXPECT_THAT(alarms_, ::testing::Contains(HasSubstr("Nothing could be shipped until")));
    expect_newest_is_whole();
    shipper_.reset();
}

TEST_F(Continuity, IsNotKeptForEverByABusyWriter) {
    shipper_.reset();
    FaultyFiles busy(system_files_);
    files_ = &busy;
    start();
    busy.on_sync = [&] { insert(); };
    insert();
    const std::int64_t rows = rows_;
    ship();
    EXPECT_LE(rows_, rows + 2) << "what is committed meanwhile is for the next time";
    busy.on_sync = [] {};
    ship();
    expect_no_alarm();
    shipper_.reset();
}

TEST_F(Continuity, RefusesASecondShipper) {
    const auto second = try_start();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kBusy);
}

}  // namespace
}  // namespace segurifai::backup
