// A log file tells pages by their changes, and gives each version of each page back.
#include <map>
#include <random>

#include "backup/repository_fixture.hpp"
#include "ops/backup/backup_file.hpp"
#include "ops/backup/restore.hpp"

namespace segurifai::backup {
namespace {

struct Version {
    std::uint32_t number = 0;
    std::string content;
};

class VersionsOfPages : public RepositoryTest, public ::testing::WithParamInterface<std::uint32_t> {
protected:
    [[nodiscard]] std::uint32_t page_size() const { return GetParam(); }

    /// Pages of which many come again with some of their bytes changed, and some with all.
    std::vector<Version> random_versions(std::size_t count) {
        std::vector<Version> versions;
        std::map<std::uint32_t, std::string> last;
        for (std::size_t i = 0; i < count; ++i) {
            const auto number = static_cast<std::uint32_t>(1 + random_() % (8 + i * i % 50'000));
            std::string& page = last[number];
            const bool is_new = page.empty() || random_() % 20 == 0;
            page.resize(page_size());
            for (auto changes = is_new ? page_size() : random_() % 40; changes > 0; --changes)
                page[random_() % page_size()] = static_cast<char>(random_());
            versions.push_back({number, page});
        }
        return versions;
    }

    std::mt19937 random_{20'270'131};
};

TEST_P(VersionsOfPages, ComeBackOneByOne) {
    const std::vector<Version> versions = random_versions((8U << 20U) / page_size());
    const FileHeader header{.kind = FileKind::kLog, .generation = 1, .page_size = page_size()};
    const std::filesystem::path path = folder_ / "log";
    auto writer = BackupWriter::make(system_files_, path, keys().front(), header);
    ASSERT_TRUE(writer);
    for (std::size_t i = 0; i < versions.size(); ++i) {
        ASSERT_TRUE(writer->pages(versions[i].number, versions[i].content));
        if (i % 10 == 0) ASSERT_TRUE(writer->commit({.txid = i}));
        if (i % 30 == 0) ASSERT_TRUE(writer->sync());
    }
    ASSERT_TRUE(writer->finish());
    for (const Threads threads : {Threads::kOne, Threads::kSeveral}) {
        auto reader = BackupReader::open(system_files_, path, keys(), threads);
        ASSERT_TRUE(reader);
        auto expected = versions.begin();
        for (;;) {
            const auto entry = reader->next();
            ASSERT_TRUE(entry) << entry.error().message;
            if (entry->kind == Entry::Kind::kEnd) break;
            if (entry->kind != Entry::Kind::kPages) continue;
            ASSERT_NE(expected, versions.end());
            ASSERT_EQ(entry->first_page, expected->number);
            ASSERT_EQ(entry->pages, expected->content);
            ++expected;
        }
        EXPECT_EQ(expected, versions.end());
    }
}

INSTANTIATE_TEST_SUITE_P(PageSizes, VersionsOfPages, ::testing::Values(512, 4'096, 65'536));

class LogOfRows : public RepositoryTest {
protected:
    void SetUp() override {
        execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
        start();
        make_full_backup();
    }
    void insert(int count, int bytes) {
        clock_.advance_micros(1'000);
        execute(
            fmt::format("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                        "i < {}) INSERT INTO item (text) SELECT hex(randomblob({})) FROM n",
                        count, bytes));
    }
    std::int64_t restored_rows(const Moment& moment) {
        const std::filesystem::path place = folder_ / "restored.db";
        const auto restored = restore(shipper_->repository(), moment, place);
        EXPECT_TRUE(restored) << restored.error().message;
        std::int64_t rows = 0;
        {
            const auto session = open(place);
            EXPECT_EQ(session->one_text("PRAGMA integrity_check").value(), "ok");
            rows = session->one_integer("SELECT count(*) FROM item").value().value_or(-1);
        }
        std::filesystem::remove(place);
        return rows;
    }
};

TEST_F(LogOfRows, IsSmallWherePagesComeAgain) {
    for (int i = 0; i < 200; ++i) {
        insert(1, 50);
        ASSERT_TRUE(shipper_->ship());
    }
    EXPECT_LT(shipper_->stats().bytes, 200U * 500) << "pages have 4,096";
    EXPECT_EQ(restored_rows({}), 200);
    EXPECT_EQ(restored_rows({.txid = 77}), 77);
    ASSERT_TRUE(shipper_->cut());
    EXPECT_EQ(restored_rows({.txid = 78}), 78);
}

TEST_F(LogOfRows, HoldsALargeTransactionBetweenSmallOnes) {
    insert(1, 50);
    insert(10'000, 1'000);  // more than is kept of what was read
    insert(1, 50);
    ASSERT_TRUE(shipper_->ship());
    EXPECT_EQ(shipper_->stats().position.txid, 3U);
    EXPECT_EQ(restored_rows({.txid = 1}), 1);
    EXPECT_EQ(restored_rows({.txid = 2}), 10'001);
    EXPECT_EQ(restored_rows({}), 10'002);
}

TEST_F(LogOfRows, GoesOnByChangesAfterItWasWrittenAgain) {
    insert(20, 50);
    ASSERT_TRUE(shipper_->ship());
    shipper_->stop();
    for (int i = 0; i < 5; ++i) {
        restart();
        insert(1, 50);
        ASSERT_TRUE(shipper_->ship());
        insert(1, 50);
        ASSERT_TRUE(shipper_->ship());
        EXPECT_EQ(restored_rows({}), 20 + 2 * (i + 1));
    }
}

}  // namespace
}  // namespace segurifai::backup
