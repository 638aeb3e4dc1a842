// Days and weeks of backups: what is kept, what can be restored, what is complained of.
#include <algorithm>
#include <atomic>

#include "backup/faulty_files.hpp"
#include "backup/repository_fixture.hpp"
#include "ops/backup/after_restore.hpp"
#include "ops/backup/restore.hpp"
#include "ops/backup/status.hpp"
#include "ops/backup/verify.hpp"

namespace segurifai::backup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kHour = 3'600'000'000;

class Upkeep : public RepositoryTest {
protected:
    void SetUp() override {
        execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
        start();
        make_full_backup();
    }

    void insert(int bytes = 100) {
        execute(fmt::format("INSERT INTO item (text) VALUES (hex(randomblob({})))", bytes));
        ASSERT_TRUE(shipper_->ship());
    }
    std::optional<StoredFile> increment() {
        EXPECT_TRUE(shipper_->cut());
        const auto made = make_increment(shipper_->repository());
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    [[nodiscard]] Generation generation() const { return **shipper_->repository().newest(); }
    [[nodiscard]] Status status() {
        return *status_of(shipper_->repository(), url(), clock_.now());
    }
    /// Rows at that instant; the refusal otherwise.
    Result<std::int64_t> rows_at(Instant at) {
        const std::filesystem::path place = folder_ / "restored.db";
        SEGURIFAI_TRY(restore(shipper_->repository(), {.at = at}, place));
        const auto rows = open(place)->one_integer("SELECT count(*) FROM item");
        std::filesystem::remove(place);
        return rows->value();
    }
};

TEST_F(Upkeep, AnIncrementHoldsTheLastVersionOfEachPageOnly) {
    insert(3'000);
    for (int i = 0; i < 200; ++i) {
        clock_.advance_micros(1'000'000);
        execute(
            fmt::format("UPDATE item SET text = hex(randomblob(3000)) WHERE id = 1 AND {}", i + 1));
        ASSERT_TRUE(shipper_->ship());
    }
    const auto made = increment();
    ASSERT_TRUE(made);
    const auto size_of = [&](const StoredFile& file) {
        return std::filesystem::file_size(
            shipper_->repository().path_of(generation().number, file));
    };
    EXPECT_LT(size_of(*made) * 50, size_of(generation().logs.front()));
    EXPECT_EQ(made->to_txid, shipper_->stats().position.txid);
    EXPECT_FALSE(increment()) << "nothing was committed since";
}

TEST_F(Upkeep, KeepsEachKindItsTimeAndRefusesWhatIsGone) {
    const Instant began = clock_.now();
    for (int day = 0; day < 40; ++day) {
        for (int part = 0; part < 4; ++part) {
            clock_.advance_micros(6 * kHour);
            insert();
            increment();
        }
        make_full_backup();
        ASSERT_TRUE(prune(shipper_->repository(), clock_.now()));
    }
    const Generation left = generation();
    const auto days_back = [&](std::int64_t days) {
        return Instant{clock_.now().micros - days * 24 * kHour};
    };
    EXPECT_EQ(left.fulls.front().at, days_back(30));
    EXPECT_EQ(left.increments.front().at, days_back(7));
    EXPECT_GE(left.logs.front().at, days_back(15));
    EXPECT_LE(left.logs.front().at, days_back(14));

    EXPECT_EQ(rows_at(clock_.now()).value(), 160);
    EXPECT_EQ(rows_at(Instant{clock_.now().micros - 3 * kHour}).value(), 159);
    EXPECT_EQ(rows_at(Instant{days_back(13).micros + 7 * kHour}).value(), 160 - 13 * 4 + 1);
    EXPECT_EQ(rows_at(days_back(20)).value(), 160 - 20 * 4) << "the moment of a full";
    const auto between = rows_at(Instant{days_back(20).micros + 7 * kHour});
    ASSERT_FALSE(between) << "the log of that day is gone";
    EXPECT_THAT(between.error().message, HasSubstr("are missing"));
    EXPECT_EQ(rows_at(began).error().code, Code::kNotFound);
    EXPECT_THAT(rows_at(Instant{clock_.now().micros + 1}).error().message,
                HasSubstr("The log of generation 1 ends at"));
}

TEST_F(Upkeep, NeverPrunesTheOnlyFullNorTheLogAfterIt) {
    insert();
    ASSERT_TRUE(shipper_->cut());
    clock_.advance_micros(100 * 24 * kHour);
    insert();
    ASSERT_TRUE(shipper_->cut());
    EXPECT_THAT(prune(shipper_->repository(), clock_.now()).value(), IsEmpty());
    EXPECT_EQ(rows_at(clock_.now()).value(), 2);
}

TEST_F(Upkeep, NeverPrunesTheOnlyFullOfAGenerationThatWasGivenUp) {
    insert();
    const Instant last = clock_.now();
    ASSERT_TRUE(shipper_->cut());
    shipper_.reset();
    writer_.reset();
    clock_.advance_micros(100 * 24 * kHour);
    writer_ = open(database());  // without its log's being kept: a new generation begins
    execute("INSERT INTO item (text) VALUES ('x')");
    writer_.reset();
    writer_ = open(database(), true);
    start();
    insert();
    ASSERT_EQ(generation().number, 2U);
    ASSERT_TRUE(shipper_->needs_full());
    EXPECT_THAT(prune(shipper_->repository(), clock_.now()).value(), IsEmpty());
    EXPECT_EQ(rows_at(last).value(), 1);
    make_full_backup();
    EXPECT_EQ(prune(shipper_->repository(), clock_.now())->size(), 2U) << "a full and its log";
    EXPECT_EQ(rows_at(clock_.now()).value(), 3);
}

TEST_F(Upkeep, StatusIsContentWithWhatIsInTime) {
    insert();
    const Status now = status();
    EXPECT_THAT(now.complaints, IsEmpty());
    EXPECT_EQ(now.window_to, clock_.now());
    EXPECT_EQ(now.commits_not_shipped, 0);
}

TEST_F(Upkeep, StatusComplainsOfEverythingThatIsLate) {
    clock_.advance_micros(27 * kHour);
    insert();
    EXPECT_THAT(status().complaints,
                ElementsAre(HasSubstr("last full backup is 27 hours old"),
                            HasSubstr("last incremental backup is 27 hours behind"),
                            HasSubstr("No restore was drilled for 27 hours")));
}

TEST_F(Upkeep, StatusComplainsOfCommitsThatNobodyShips) {
    shipper_->stop();
    execute("INSERT INTO item (text) VALUES ('x')");
    EXPECT_THAT(status().complaints, IsEmpty()) << "for two minutes that is in time";
    clock_.advance_micros(kHour / 20);
    EXPECT_EQ(status().commits_not_shipped, 1);
    EXPECT_THAT(status().complaints, ElementsAre(HasSubstr("1 commits are not in the backups")));
}

TEST_F(Upkeep, StatusComplainsOfALogThatWasBrokenOff) {
    shipper_->stop();
    writer_.reset();
    ASSERT_TRUE(open(database())->script("INSERT INTO item (text) VALUES ('x')"));
    EXPECT_THAT(status().complaints, ElementsAre(HasSubstr("removed the database's log")));
}

TEST_F(Upkeep, ADrillSaysHowOldTheNewestCanaryIs) {
    ASSERT_TRUE(shipper_->sing());
    ASSERT_TRUE(shipper_->ship());
    clock_.advance_micros(90'000'000);
    const auto made = drill(shipper_->repository(), folder_.path(), clock_);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->is_ok) << made->fault;
    EXPECT_GE(made->lost_seconds, 90);
    EXPECT_LT(made->lost_seconds, 150);
    const auto kept = last_drill(shipper_->repository());
    ASSERT_TRUE(kept && *kept);
    EXPECT_EQ((*kept)->at, made->at);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "restore-drill.db"));
}

TEST_F(Upkeep, ADrillThatFailsIsKeptAndComplainedOf) {
    const auto path = shipper_->repository().path_of(1, generation().fulls.front());
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    const auto made = drill(shipper_->repository(), folder_.path(), clock_);
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->is_ok);
    EXPECT_THAT(made->fault, HasSubstr("ends too early"));
    EXPECT_THAT(status().complaints, ::testing::Contains(HasSubstr("ends too early")));
}

TEST_F(Upkeep, ADatabaseWithARowThatHasNoParentFailsTheDrill) {
    execute(
        "CREATE TABLE child (id INTEGER PRIMARY KEY, item INTEGER REFERENCES item (id)) STRICT;"
        "PRAGMA foreign_keys=OFF; INSERT INTO child VALUES (1, 77)");
    ASSERT_TRUE(shipper_->ship());
    EXPECT_THAT(drill(shipper_->repository(), folder_.path(), clock_)->fault,
                HasSubstr("child has no parent"));
}

TEST_F(Upkeep, AVerificationAndADrillEndWhenTheyAreTold) {
    for (int i = 0; i < 5; ++i) insert(3'000);
    increment();
    insert();
    std::atomic<int> asked = 0;  // what takes long is watched from a thread beside it
    int last = 0;
    const Stopped stopped = [&] { return ++asked >= last; };
    const auto verified = [&] { return verify(shipper_->repository(), folder_.path(), stopped); };
    const auto drilled = [&] {
        return drill(shipper_->repository(), folder_.path(), clock_, stopped);
    };
    const auto count = [&](const auto& work) {
        for (last = 1; last < 1'000; ++last) {
            asked = 0;
            const auto done = work();
            EXPECT_FALSE(std::filesystem::exists(folder_ / "restore-drill.db"));
            EXPECT_FALSE(std::filesystem::exists(folder_ / "restore-drill.db.partial"));
            if (done) break;
            EXPECT_EQ(done.error().code, Code::kBusy) << done.error().message;
            EXPECT_LE(asked, last + 20) << "it went on";
        }
        return last;
    };
    EXPECT_GT(count(verified), 30) << "asked too seldom";
    EXPECT_FALSE(last_drill(shipper_->repository()).value()) << "a stop is no result";
    EXPECT_GT(count(drilled), 15) << "asked too seldom";
    EXPECT_TRUE(last_drill(shipper_->repository()).value());
}

TEST_F(Upkeep, AFullDiskIsNoFaultOfTheBackupsThatAreVerified) {
    insert();
    increment();
    insert();
    FaultyFiles faulty(system_files_);
    const auto repository = Repository::open(faulty, folder_ / "backups", keys());
    int refused = 0;
    for (std::uint64_t call = 1; call < 10'000; ++call) {
        faulty.fail_at(call, FaultyFiles::Fault::kNoSpace);
        const auto verified = verify(*repository, folder_.path());
        if (!faulty.has_failed()) break;
        if (verified) {
            for (const std::string& fault : verified->faults)
                EXPECT_THAT(fault, ::testing::Not(HasSubstr("restore-drill")));
        } else {
            ++refused;
            EXPECT_EQ(verified.error().code, Code::kDiskFull) << verified.error().message;
        }
    }
    EXPECT_GT(refused, 3);
}

TEST_F(Upkeep, NothingIsOverwritten) {
    for (const char* end : {"", "-wal", "-shm", "-journal"}) {
        const std::filesystem::path place = folder_.path() / fmt::format("there{}.db", end);
        const std::filesystem::path mine = place.string() + end;
        ASSERT_TRUE(write_whole(system_files_, mine, "mine"));
        const auto restored = restore(shipper_->repository(), {}, place);
        ASSERT_FALSE(restored) << "beside " << mine;
        EXPECT_EQ(restored.error().code, Code::kConflict);
        EXPECT_EQ(read_whole(system_files_, mine, 10).value(), "mine");
    }
}

TEST_F(Upkeep, ARestoreThatWasKilledLeavesNothingToTheNext) {
    insert();
    FaultyFiles faulty(system_files_);
    const auto repository = Repository::open(faulty, folder_ / "backups", keys());
    const std::filesystem::path place = folder_ / "restored.db";
    const auto killed =
        restore(*repository, {}, place, [&](const std::filesystem::path& partial, const Restored&) {
            const auto session = open(partial, true);
            auto done = session->script("DELETE FROM item");
            faulty.fail_at(1, FaultyFiles::Fault::kKilled);
            return done;
        });
    ASSERT_FALSE(killed);
    ASSERT_TRUE(std::filesystem::exists(folder_ / "restored.db.partial-wal"));
    faulty.heal();
    insert();
    const auto restored =
        restore(*repository, {}, place, [&](const std::filesystem::path& partial, const Restored&) {
            return open(partial)->script("PRAGMA application_id = 0");
        });
    ASSERT_TRUE(restored) << restored.error().message;
    const auto session = open(place);
    EXPECT_EQ(session->one_integer("SELECT count(*) FROM item").value(), 2);
    EXPECT_EQ(session->one_text("PRAGMA integrity_check").value(), "ok");
}

TEST_F(Upkeep, ARestoreThatFailsLeavesNothing) {
    const auto refused = restore(
        shipper_->repository(), {}, folder_ / "restored.db",
        [&](const std::filesystem::path& partial, const Restored&) -> Result<void> {
            SEGURIFAI_TRY(open(partial, true)->script("INSERT INTO item (text) VALUES ('x')"));
            SEGURIFAI_TRY(write_whole(system_files_, partial.string() + "-journal", "half"));
            return fail(Code::kCorrupt, "It is not content.");
        });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "It is not content.");
    for (const std::string& name : system_files_.list(folder_.path()).value())
        EXPECT_FALSE(name.starts_with("restored.db")) << name;
}

TEST_F(Upkeep, EverybodyIsSignedOutAfterARestore) {
    execute(
        "CREATE TABLE sessions_session (id INTEGER PRIMARY KEY, ended_at TEXT) STRICT;"
        "INSERT INTO sessions_session VALUES (1, NULL), (2, '2026-01-01 00:00:00.000000')");
    ASSERT_TRUE(shipper_->ship());
    const auto finish = [&](const std::filesystem::path& partial, const Restored&) -> Result<void> {
        SEGURIFAI_TRY(run_restore_steps(*open(partial), clock_.now()));
        return {};
    };
    const std::filesystem::path place = folder_ / "restored.db";
    const auto restored = restore(shipper_->repository(), {}, place, finish);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(open(place)
                  ->one_integer("SELECT count(*) FROM sessions_session WHERE ended_at IS NULL")
                  .value(),
              0);
}

}  // namespace
}  // namespace segurifai::backup
