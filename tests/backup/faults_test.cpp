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
