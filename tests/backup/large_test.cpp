// A database of more than a gigabyte, where SQLite has a page that it never uses (`make prove`).
#include "backup/repository_fixture.hpp"
#include "ops/backup/restore.hpp"
#include "support/proof.hpp"

namespace segurifai::backup {
namespace {

class LargeDatabase : public RepositoryTest {
protected:
    void SetUp() override {
        if (!testing::is_proving()) GTEST_SKIP() << "It is for make prove.";
    }
};

TEST_F(LargeDatabase, ComesBack) {
    constexpr std::int64_t kRows = 1'200;  // of a megabyte
    execute("CREATE TABLE item (id INTEGER PRIMARY KEY, content BLOB) STRICT");
    start();
    const auto insert = [&](std::int64_t from, std::int64_t to) {
        execute(
            fmt::format("WITH RECURSIVE n (i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n "
                        "WHERE i < {}) INSERT INTO item SELECT i, zeroblob(1000000) FROM n",
                        from, to));
        ASSERT_TRUE(shipper_->checkpoint());
    };
    insert(1, kRows / 2);
    make_full_backup();
    insert(kRows / 2 + 1, kRows);
    const std::filesystem::path place = folder_ / "restored.db";
    const auto restored = restore(shipper_->repository(), {}, place);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_GT(std::filesystem::file_size(place), 1U << 30U);
    const auto session = open(place);
    EXPECT_EQ(session->one_text("PRAGMA integrity_check").value(), "ok");
    EXPECT_EQ(session->one_integer("SELECT sum(length(content)) FROM item").value(),
              kRows * 1'000'000);
    testing::tell_proof(
        fmt::format("A database of {} MB, with the page that SQLite never uses; whole again after "
                    "a full backup "
                    "and the log since",
                    std::filesystem::file_size(place) / 1'000'000));
}

}  // namespace
}  // namespace segurifai::backup
