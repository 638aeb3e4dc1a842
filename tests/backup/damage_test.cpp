// A repository that somebody, or a disk, has touched: refused, with the place named.
#include <fstream>

#include "backup/repository_fixture.hpp"
#include "ops/backup/restore.hpp"
#include "ops/backup/verify.hpp"

namespace segurifai::backup {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DamagedRepository : public RepositoryTest {
protected:
    void SetUp() override {
        execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
        start();
        make_full_backup();
        for (int i = 0; i < 4; ++i) {
            clock_.advance_micros(1'000'000);
            execute("INSERT INTO item (text) VALUES (hex(randomblob(3000)))");
            ASSERT_TRUE(shipper_->cut());
        }
        for (const auto& entry : std::filesystem::directory_iterator(folder()))
            if (entry.path().filename().string().starts_with("log-")) logs_.push_back(entry.path());
        std::ranges::sort(logs_);
        ASSERT_EQ(logs_.size(), 4U);
    }

    [[nodiscard]] std::filesystem::path folder() const { return folder_ / "backups" / "g000001"; }
    [[nodiscard]] std::filesystem::path full() const {
        for (const auto& entry : std::filesystem::directory_iterator(folder()))
            if (entry.path().filename().string().starts_with("full-")) return entry.path();
        return {};
    }

    static void flip(const std::filesystem::path& path, std::uint64_t offset) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(offset));
        const int byte = file.get();
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(static_cast<char>(byte ^ 0x10));
    }

    /// A restore of the newest state and verify() both say so, with these words.
    void expect_refused(const std::string& words) {
        const std::filesystem::path place = folder_ / "restored.db";
        const auto restored = restore(shipper_->repository(), {}, place);
        ASSERT_FALSE(restored);
        EXPECT_EQ(restored.error().code, Code::kCorrupt);
        EXPECT_THAT(restored.error().message, HasSubstr(words));
        EXPECT_FALSE(std::filesystem::exists(place));
        EXPECT_FALSE(std::filesystem::exists(folder_ / "restored.db.partial"));
        const auto verified = verify(shipper_->repository(), folder_.path());
        ASSERT_TRUE(verified);
        EXPECT_THAT(verified->faults, ::testing::Contains(HasSubstr(words)));
    }

    /// What is before a file's records, and each of these with its length.
    struct Parts {
        std::string start;
        std::vector<std::string> records;
    };
    Parts parts_of(const std::filesystem::path& path) {
        const auto whole = read_whole(system_files_, path, 10'000'000);
        EXPECT_TRUE(whole);
        std::string_view rest =
            std::string_view(*whole).substr(0, whole->size() - FileChecksum::kBytes);
        constexpr std::size_t kBeforeKeyId = 9;
        const std::size_t start = kBeforeKeyId + keys().front().id.size() + RecordSeal::kOwnBytes;
        Parts parts{.start = std::string(rest.substr(0, start))};
        rest.remove_prefix(start);
        while (!rest.empty()) {
            std::uint32_t size = 0;
            rest.copy(reinterpret_cast<char*>(&size), sizeof size);
            parts.records.emplace_back(rest.substr(0, sizeof size + size));
            rest.remove_prefix(sizeof size + size);
        }
        return parts;
    }
    /// Writes a file of these parts, with a checksum that is right: anybody can make one.
    static void put_together(const std::filesystem::path& path, const Parts& parts) {
        std::string whole = parts.start;
        for (const std::string& record : parts.records) whole += record;
        FileChecksum checksum;
        checksum.add(whole);
        std::ofstream(path, std::ios::binary | std::ios::trunc) << whole << checksum.value();
    }

    std::vector<std::filesystem::path> logs_;
};

TEST_F(DamagedRepository, IsRefusedWhereverAByteOfALogFileIsFlipped) {
    const std::uint64_t size = std::filesystem::file_size(logs_[1]);
    for (std::uint64_t offset = 0; offset < size; offset += 1 + size / 60) {
        SCOPED_TRACE(fmt::format("byte {}", offset));
        flip(logs_[1], offset);
        const auto restored = restore(shipper_->repository(), {}, folder_ / "restored.db");
        ASSERT_FALSE(restored);
        EXPECT_THAT(restored.error().message, HasSubstr(logs_[1].filename().string()));
        flip(logs_[1], offset);
    }
    EXPECT_TRUE(restore(shipper_->repository(), {}, folder_ / "restored.db"));
}

TEST_F(DamagedRepository, IsRefusedWhereverALogFileIsTorn) {
    const std::uint64_t size = std::filesystem::file_size(logs_[2]);
    for (const std::uint64_t left : {size - 1, size - 40, size / 2, std::uint64_t{9}}) {
        std::filesystem::resize_file(logs_[2], left);
        expect_refused(logs_[2].filename().string());
    }
}

TEST_F(DamagedRepository, IsRefusedWithABytePutAtItsEnd) {
    std::ofstream(logs_[0], std::ios::app | std::ios::binary) << 'x';
    expect_refused(logs_[0].filename().string());
}

TEST_F(DamagedRepository, IsRefusedWithRecordsExchangedThatAreGenuine) {
    for (int i = 0; i < 2; ++i) {
        execute("INSERT INTO item (text) VALUES (hex(randomblob(3000)))");
        ASSERT_TRUE(shipper_->ship());  // a record each
    }
    ASSERT_TRUE(shipper_->cut());
    std::filesystem::path log;
    for (const auto& entry : std::filesystem::directory_iterator(folder()))
        if (entry.path().filename().string().starts_with("log-")) log = std::max(log, entry.path());
    const Parts genuine = parts_of(log);
    ASSERT_EQ(genuine.records.size(), 4U);  // header, two, last
    Parts exchanged = genuine;
    std::swap(exchanged.records[1], exchanged.records[2]);
    Parts shortened = genuine;
    shortened.records.erase(shortened.records.begin() + 1);
    Parts cut_off = genuine;
    cut_off.records.erase(cut_off.records.begin() + 2);
    Parts repeated = genuine;
    repeated.records.insert(repeated.records.begin() + 1, repeated.records[1]);
    Parts another = genuine;
    another.records[1] = parts_of(logs_[1]).records[1];
    for (const Parts& parts : {exchanged, shortened, cut_off, repeated, another}) {
        put_together(log, parts);
        expect_refused(log.filename().string() + " is damaged: a record is not as it was written");
    }
    put_together(log, genuine);
    EXPECT_TRUE(restore(shipper_->repository(), {}, folder_ / "restored.db"));
}

TEST_F(DamagedRepository, IsRefusedWithAFlippedFull) {
    flip(full(), std::filesystem::file_size(full()) / 2);
    expect_refused(full().filename().string());
}

TEST_F(DamagedRepository, IsRefusedWithAMissingLogFile) {
    std::filesystem::remove(logs_[1]);
    expect_refused("2 to 2");
}

TEST_F(DamagedRepository, IsRefusedWithADuplicatedLogFile) {
    const std::string second = logs_[1].filename().string();
    std::filesystem::copy_file(logs_[0], folder() / second,
                               std::filesystem::copy_options::overwrite_existing);
    expect_refused(second + " is another file than its name says");
}

TEST_F(DamagedRepository, IsRefusedWithReorderedLogFiles) {
    std::filesystem::rename(logs_[1], folder() / "aside");
    std::filesystem::rename(logs_[2], logs_[1]);
    std::filesystem::rename(folder() / "aside", logs_[2]);
    expect_refused(logs_[1].filename().string() + " is another file than its name says");
}

TEST_F(DamagedRepository, IsRefusedWithAFileOfAnotherRepository) {
    SeededRandom random(2);
    const auto other =
        Repository::open_or_make(system_files_, folder_ / "other", keys(), clock_, random);
    ASSERT_TRUE(other);
    std::filesystem::copy_file(folder_ / "other" / "id", folder_ / "backups" / "id",
                               std::filesystem::copy_options::overwrite_existing);
    const auto strange = Repository::open(system_files_, folder_ / "backups", keys());
    const auto restored = restore(*strange, {}, folder_ / "restored.db");
    ASSERT_FALSE(restored);
    EXPECT_THAT(restored.error().message, HasSubstr("belongs to another repository"));
}

TEST_F(DamagedRepository, CannotBeReadWithoutItsKey) {
    std::vector<security::SigningKey> others = keys();
    others.front().id = "other";
    const auto strange = Repository::open(system_files_, folder_ / "backups", others);
    const auto restored = restore(*strange, {}, folder_ / "restored.db");
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Code::kPermission);
    EXPECT_THAT(restored.error().message, HasSubstr("sealed with the key 'test'"));
}

TEST_F(DamagedRepository, HoldsNothingThatCanBeReadInIt) {
    execute("INSERT INTO item (text) VALUES ('a name that nobody may read')");
    ASSERT_TRUE(shipper_->cut());
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        const auto content = read_whole(system_files_, entry.path(), 10'000'000);
        ASSERT_TRUE(content);
        EXPECT_THAT(*content, Not(HasSubstr("a name that")));
        EXPECT_THAT(*content, Not(HasSubstr("SQLite format")));
    }
}

TEST_F(DamagedRepository, StillGivesWhatIsBeforeTheDamage) {
    flip(logs_[2], 100);
    const auto restored = restore(shipper_->repository(), {.txid = 2}, folder_ / "restored.db");
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(open(folder_ / "restored.db")->one_integer("SELECT count(*) FROM item").value(), 2);
}

}  // namespace
}  // namespace segurifai::backup
