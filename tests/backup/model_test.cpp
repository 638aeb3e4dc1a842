// A random workload with a model beside it: every commit comes back as it was.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "backup/repository_fixture.hpp"
#include "ops/backup/backups.hpp"
#include "ops/backup/restore.hpp"
#include "support/proof.hpp"

namespace segurifai::backup {
namespace {

using Rows = std::map<std::int64_t, std::string>;

class RandomWorkload : public RepositoryTest {
protected:
    /// One transaction on the table and on the model.
    void transact() {
        ASSERT_TRUE(writer_->begin());
        const auto statements = below(6) + 1;
        for (std::uint64_t i = 0; i < statements; ++i) change();
        if (below(12) == 0) {  // what is rolled back after it went to the log is nowhere
            writer_->rollback();
            rows_ = committed_;
            return;
        }
        ASSERT_TRUE(writer_->commit());
        committed_ = rows_;
    }

    void change() {
        const auto id = static_cast<std::int64_t>(below(200));
        switch (below(4)) {
            case 0:
                execute(fmt::format("DELETE FROM item WHERE id = {}", id));
                rows_.erase(id);
                break;
            default: {
                const std::string text(below(40) == 0 ? 20'000 : below(300), letter());
                execute(fmt::format("INSERT OR REPLACE INTO item VALUES ({}, '{}')", id, text));
                rows_[id] = text;
            }
        }
    }

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    char letter() { return static_cast<char>('a' + below(26)); }

    static Rows rows_of(const std::filesystem::path& path) {
        Rows rows;
        const auto session = open(path);
        auto sink = sql::each_row(
            [&](const sql::Row& row) { rows[row.integer(0)] = std::string(row.text(1)); });
        EXPECT_TRUE(session->run("SELECT id, text FROM item", {}, &sink));
        EXPECT_EQ(session->one_text("PRAGMA integrity_check").value(), "ok");
        return rows;
    }

    std::mt19937_64 random_{20'270'131};
    Rows rows_, committed_;
};

int transactions() {
    return testing::is_proving() ? 5'000 : 200;
}

TEST_F(RandomWorkload, ComesBackAtEveryCommitAndInstant) {
    execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
    start();
    make_full_backup();
    std::map<std::uint64_t, Rows> by_txid;
    std::map<Instant, Rows> by_time;
    for (int i = 0; i < transactions(); ++i) {
        clock_.advance_micros(static_cast<std::int64_t>(1'000 + below(1'000'000)));
        transact();
        ASSERT_TRUE(shipper_->ship());
        by_txid[shipper_->stats().position.txid] = committed_;
        by_time[clock_.now()] = committed_;
        if (below(25) == 0) ASSERT_TRUE(shipper_->checkpoint());
        if (below(40) == 0) ASSERT_TRUE(shipper_->cut());
        if (below(60) == 0) ASSERT_TRUE(make_increment(shipper_->repository()));
        if (below(90) == 0) make_full_backup();
        if (below(50) == 0) restart();
    }
    EXPECT_GT(shipper_->stats().position.txid, 0U);
    EXPECT_EQ(shipper_->stats().generation, 1U) << "no continuity was lost";

    const std::filesystem::path place = folder_ / "restored.db";
    const auto check = [&](const Moment& moment, const Rows& expected) {
        const auto restored = restore(shipper_->repository(), moment, place);
        ASSERT_TRUE(restored) << restored.error().message;
        ASSERT_EQ(rows_of(place), expected);
        std::filesystem::remove(place);
    };
    const std::uint64_t last = shipper_->stats().position.txid;
    for (std::uint64_t txid = by_txid.begin()->first; txid <= last; ++txid) {
        SCOPED_TRACE(fmt::format("commit {}", txid));
        check({.txid = txid}, std::prev(by_txid.upper_bound(txid))->second);
        if (HasFatalFailure()) return;
    }
    const Instant first = by_time.begin()->first;
    const auto span = static_cast<std::uint64_t>(by_time.rbegin()->first.micros - first.micros);
    for (int i = 0; i < transactions() / 10; ++i) {
        const Instant at{first.micros + static_cast<std::int64_t>(below(span))};
        SCOPED_TRACE(at.to_string());
        check({.at = at}, std::prev(by_time.upper_bound(at))->second);
        if (HasFatalFailure()) return;
    }
    check({}, committed_);
    testing::tell_proof(fmt::format(
        "{} random transactions, some rolled back, through checkpoints, restarts and new backups; "
        "equal to the model at each of {} commits and at {} random instants",
        transactions(), last - by_txid.begin()->first + 1, transactions() / 10));
}

}  // namespace
}  // namespace segurifai::backup
