#include "sql/sqlite/page_cache.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <random>
#include <set>

#include "sql/sqlite/session.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::sql::sqlite {
namespace {

/// A table whose pages split and merge all the time, beside the keys it should have.
class Shuffled {
public:
    explicit Shuffled(Session& session) : session_(session) {
        does("CREATE TABLE t (k INTEGER PRIMARY KEY, filler TEXT NOT NULL)");
        does("CREATE INDEX t_filler ON t (filler, k)");
    }

    void does(const std::string& sql) {
        const auto done = session_.script(sql);
        ASSERT_TRUE(done) << sql << ": " << done.error().message;
    }

    std::set<int> insert(std::set<int> keys, int count) {
        for (int i = 0; i < count; ++i) {
            const int key = static_cast<int>(chance_() % 1'000'000);
            if (!keys.insert(key).second) continue;
            does(fmt::format("INSERT INTO t VALUES ({0}, hex(zeroblob({1})) || {0})", key,
                             chance_() % 400));
        }
        return keys;
    }

    std::set<int> remove_below(std::set<int> keys, int key) {
        does(fmt::format("DELETE FROM t WHERE k < {}", key));
        keys.erase(keys.begin(), keys.lower_bound(key));
        return keys;
    }

    void holds(const std::set<int>& keys) {
        EXPECT_EQ(session_.one_integer("SELECT count(*) FROM t").value(), std::ssize(keys));
        std::int64_t sum = 0;
        for (const int key : keys) sum += key;
        EXPECT_EQ(session_.one_integer("SELECT coalesce(sum(k), 0) FROM t").value(), sum);
        EXPECT_EQ(session_.one_text("PRAGMA integrity_check").value(), "ok");
    }

    [[nodiscard]] unsigned chance(unsigned below) { return chance_() % below; }

private:
    Session& session_;
    std::mt19937 chance_{20260203};
};

/// Grows, shrinks and takes back, with all pages in memory or only `pages` of them.
void shuffle(int pages) {
    const segurifai::testing::TemporaryFolder folder;
    const auto session = open_sqlite_session(folder / "test.db", {});
    ASSERT_TRUE(session);
    Shuffled table(**session);
    table.does(fmt::format("PRAGMA cache_size={}", pages));
    std::set<int> kept;
    for (int round = 0; round < 60; ++round) {
        table.does("BEGIN");
        std::set<int> now = table.insert(kept, 40);
        table.does("SAVEPOINT inner");
        const std::set<int> more = table.insert(now, 40);
        if (round % 3 == 0)
            table.does("ROLLBACK TO inner");
        else
            now = more;
        if (round % 5 == 4)
            now = table.remove_below(now, static_cast<int>(table.chance(1'000'000)));
        const bool is_taken_back = round % 4 == 3;
        table.does(is_taken_back ? "ROLLBACK" : "COMMIT");
        if (!is_taken_back) kept = now;
        if (round % 10 == 9) table.does("VACUUM");  // the file ends earlier now
        table.holds(kept);
    }
}

TEST(PageCache, HoldsWhatIsStoredWhileAllPagesAreInMemory) {
    shuffle(10'000);
}

TEST(PageCache, HoldsWhatIsStoredWhileFewPagesAreInMemory) {
    shuffle(10);
}

/// A cache as SQLite makes one, behind the watch that the connections of this process set.
class WatchedPages : public ::testing::Test {
protected:
    WatchedPages() {
        (void)open_sqlite_session(":memory:", {});  // sets the watch, if no test did before
        sqlite3_shutdown();                         // between two uses its settings can be read
        EXPECT_EQ(sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &cache_), SQLITE_OK);
        EXPECT_EQ(sqlite3_initialize(), SQLITE_OK);
        pages_ = cache_.xCreate(kPageSize, kExtraSize, 1);
        cache_.xCachesize(pages_, 1'000);
    }
    ~WatchedPages() override { cache_.xDestroy(pages_); }

    sqlite3_pcache_page* make(unsigned number) { return cache_.xFetch(pages_, number, 2); }
    bool has(unsigned number) { return cache_.xFetch(pages_, number, 0) != nullptr; }
    void renumber(sqlite3_pcache_page* page, unsigned from, unsigned to) {
        cache_.xRekey(pages_, page, from, to);
    }

    static constexpr int kPageSize = 4096;
    static constexpr int kExtraSize = 160;         ///< what SQLite keeps beside a page
    static constexpr unsigned kParking = 262'145;  ///< the page of the byte at 1 GiB
    sqlite3_pcache_methods2 cache_{};
    sqlite3_pcache* pages_ = nullptr;
};

TEST_F(WatchedPages, AreDroppedFromANumberOn) {
    for (unsigned number = 1; number <= 10; ++number) make(number);
    cache_.xTruncate(pages_, 11);
    EXPECT_EQ(cache_.xPagecount(pages_), 10);
    cache_.xTruncate(pages_, 5);
    EXPECT_EQ(cache_.xPagecount(pages_), 4);
    EXPECT_TRUE(has(4));
    EXPECT_FALSE(has(5));
    EXPECT_FALSE(has(10));
    make(7);
    cache_.xTruncate(pages_, 5);
    EXPECT_FALSE(has(7)) << "made again after the pages of its number were dropped";
    cache_.xTruncate(pages_, 0);
    EXPECT_EQ(cache_.xPagecount(pages_), 0);
}

TEST_F(WatchedPages, AreDroppedByTheNumberTheyHaveNow) {
    sqlite3_pcache_page* first = make(1);
    sqlite3_pcache_page* second = make(2);
    // As the pages of a split change places.
    renumber(first, 1, kParking);
    renumber(second, 2, 1);
    renumber(first, kParking, 2);
    cache_.xTruncate(pages_, 3);
    EXPECT_EQ(cache_.xPagecount(pages_), 2);
    renumber(second, 1, 50);
    cache_.xTruncate(pages_, 51);
    EXPECT_TRUE(has(50));
    cache_.xTruncate(pages_, 50);
    EXPECT_FALSE(has(50));
    EXPECT_TRUE(has(2));
}

TEST_F(WatchedPages, AreDroppedWhileOneIsParkedToo) {
    renumber(make(1), 1, kParking);
    cache_.xTruncate(pages_, 10);
    EXPECT_FALSE(has(kParking));
    EXPECT_EQ(cache_.xPagecount(pages_), 0);
}

}  // namespace
}  // namespace segurifai::sql::sqlite
