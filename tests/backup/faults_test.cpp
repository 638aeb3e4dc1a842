// Every call to the operating system of a cycle fails once, in every way, and nothing is lost.
#include "backup/faulty_files.hpp"
#include "backup/repository_fixture.hpp"
#include "ops/backup/restore.hpp"
#include "ops/backup/verify.hpp"

namespace segurifai::backup {
namespace {

class FaultAtEveryCall : public RepositoryTest,
                         public ::testing::WithParamInterface<FaultyFiles::Fault> {
protected:
    /// A cycle of all there is: what fails is tried again by the next step, as in a server.
    void cycle() {
        if (auto started = try_start()) shipper_ = std::move(*started);
        for (int i = 0; i < 3; ++i) {
            insert();
            if (shipper_ == nullptr) continue;
            static_cast<void>(shipper_->ship());
            if (i == 0) static_cast<void>(try_full());
            if (i == 1) static_cast<void>(shipper_->checkpoint());
        }
        if (shipper_ == nullptr) return;
        static_cast<void>(shipper_->cut());
        static_cast<void>(make_increment(shipper_->repository()));
    }

    Result<void> try_full() {
        SEGURIFAI_TRY_AS(Snapshot snapshot, shipper_->snapshot());
        SEGURIFAI_TRY(make_full(shipper_->repository(), snapshot));
        shipper_->full_is_made(snapshot.generation);
        return {};
    }

    void insert() {
        clock_.advance_micros(1'000'000);
        execute(fmt::format("INSERT INTO item VALUES ({}, hex(randomblob(3000)))", ++rows_));
    }

    void expect_all_is_there() {
        faulty_.heal();
        if (GetParam() == FaultyFiles::Fault::kKilled) shipper_.reset();
        if (shipper_ == nullptr) start();
        insert();
        ASSERT_TRUE(shipper_->ship()) << shipper_->ship().error().message;
        if (shipper_->needs_full()) make_full_backup();
        const std::filesystem::path place = folder_ / "restored.db";
        const auto restored = restore(shipper_->repository(), {}, place);
        ASSERT_TRUE(restored) << restored.error().message;
        const auto session = open(place);
        EXPECT_EQ(session->one_integer("SELECT count(*) FROM item").value(), rows_);
        EXPECT_EQ(session->one_text("PRAGMA integrity_check").value(), "ok");
        const auto verified = verify(shipper_->repository(), folder_.path());
        ASSERT_TRUE(verified) << verified.error().message;
        EXPECT_THAT(verified->faults, ::testing::IsEmpty());
    }

    /// A new database and no repository.
    void reset() {
        shipper_.reset();
        writer_.reset();
        for (const char* name : {"backups", "restored.db", "data.db", "data.db-wal", "data.db-shm"})
            std::filesystem::remove_all(folder_ / name);
        writer_ = open(database(), true);
        execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
        rows_ = 0;
    }

    FaultyFiles faulty_{system_files_};
    int rows_ = 0;
};

TEST_P(FaultAtEveryCall, LosesNothing) {
    files_ = &faulty_;
    reset();
    constexpr std::uint64_t kCallsMax = 2'000;
    std::uint64_t call = 1;
    for (; call < kCallsMax; ++call) {
        SCOPED_TRACE(fmt::format("call {}", call));
        faulty_.fail_at(call, GetParam());
        cycle();
        const bool has_failed = faulty_.has_failed();
        expect_all_is_there();
        if (HasFailure()) return;
        reset();
        if (!has_failed) break;
    }
    EXPECT_GT(call, 100U);
    EXPECT_LT(call, kCallsMax);
}

class FailedBackup : public RepositoryTest {
protected:
    FailedBackup() {
        files_ = &faulty_;
        execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
        start();
    }

    void insert() {
        clock_.advance_micros(1'000'000);
        execute("INSERT INTO item (text) VALUES (hex(randomblob(3000)))");
    }
    [[nodiscard]] std::vector<std::string> partials() {
        auto names = system_files_.list(shipper_->repository().folder_of(1)).value();
        std::erase_if(names, [](const std::string& name) { return !name.ends_with(".partial"); });
        return names;
    }

    FaultyFiles faulty_{system_files_};
};

TEST_F(FailedBackup, LeavesTheDiskItsPlace) {
    int failed = 0;
    constexpr std::uint64_t kCallsMax = 100;
    for (std::uint64_t call = 1; call < kCallsMax; ++call) {
        insert();
        auto snapshot = shipper_->snapshot();
        ASSERT_TRUE(snapshot) << snapshot.error().message;
        faulty_.fail_at(call, FaultyFiles::Fault::kNoSpace);
        failed += make_full(shipper_->repository(), *snapshot) ? 0 : 1;
        faulty_.heal();
        EXPECT_THAT(partials(), ::testing::IsEmpty()) << "a full, call " << call;
        ASSERT_TRUE(shipper_->cut());
        faulty_.fail_at(call, FaultyFiles::Fault::kNoSpace);
        failed += make_increment(shipper_->repository()) ? 0 : 1;
        faulty_.heal();
        EXPECT_THAT(partials(), ::testing::IsEmpty()) << "an increment, call " << call;
        if (HasFailure()) return;
    }
    EXPECT_GT(failed, 20);
}

TEST_F(FailedBackup, ThatWasKilledIsPruned) {
    insert();
    make_full_backup();
    const auto folder = shipper_->repository().folder_of(1);
    for (const char* name : {"full.partial", "increment.partial"})
        ASSERT_TRUE(write_whole(system_files_, folder / name, "half"));
    const auto removed = prune(shipper_->repository(), clock_.now());
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_THAT(*removed, ::testing::IsEmpty()) << "no backup went";
    EXPECT_THAT(partials(), ::testing::IsEmpty());
}

TEST_F(FailedBackup, IsNotPrunedWhileItIsStillBeingMade) {
    insert();
    auto snapshot = shipper_->snapshot();
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    int looked = 0;
    faulty_.on_sync = [&] {
        ++looked;
        EXPECT_TRUE(prune(shipper_->repository(), clock_.now()));
        EXPECT_THAT(partials(), ::testing::ElementsAre("full.partial"));
    };
    const auto made = make_full(shipper_->repository(), *snapshot);
    faulty_.on_sync = [] {};
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_GT(looked, 0);
    EXPECT_THAT(partials(), ::testing::IsEmpty());
}

std::string name_of(const ::testing::TestParamInfo<FaultyFiles::Fault>& info) {
    constexpr std::array kNames{"NoSpace", "ReadOnly", "Broken", "Killed"};
    return kNames[static_cast<std::size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultAtEveryCall,
                         ::testing::Values(FaultyFiles::Fault::kNoSpace,
                                           FaultyFiles::Fault::kReadOnly,
                                           FaultyFiles::Fault::kBroken,
                                           FaultyFiles::Fault::kKilled),
                         name_of);

}  // namespace
}  // namespace segurifai::backup
