// A random workload on PostgreSQL with a model beside it: instants and named points come back as
// they were.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "ops/pgbackrest/drill.hpp"
#include "ops/pgbackrest/points.hpp"
#include "ops/pgbackrest/restore.hpp"
#include "sql/session.hpp"
#include "support/postgres_cluster.hpp"
#include "support/proof.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::pgbackrest {
namespace {

using Rows = std::map<std::int64_t, std::string>;

/// How long it is: `make prove` runs it whole.
struct Length {
    int transactions;
    int backups;   ///< besides the first full; every third is a full one
    int instants;  ///< restored to
    int points;
};
constexpr Length kWhole{.transactions = 2'000, .backups = 8, .instants = 40, .points = 8};
constexpr Length kShort{.transactions = 120, .backups = 1, .instants = 2, .points = 1};

/// A stretch of time in which nothing was committed, and what the rows were then.
struct Quiet {
    Instant from;
    Instant to;
    Rows rows;
};

class RandomPostgresWorkload : public ::testing::Test {
protected:
    RandomPostgresWorkload() : cluster_(testing::PostgresCluster::Durability::kArchiving) {
        session_ = sql::open_session(sql::DatabaseUrl::parse(cluster_.url()).value()).value();
        const Cluster found = cluster_of(*session_).value();
        if (geteuid() == 0)
            EXPECT_EQ(chown(folder_.path().c_str(), found.owner.user, found.owner.group), 0);
        backups_.emplace(backups_of(*session_, folder_ / "backups").value());
    }

    void set_up_backups() {
        std::array<std::uint8_t, security::Key::kSize> bytes{};
        bytes.fill(7);
        const auto again = backups_->set_up(*session_, security::Key(bytes));
        ASSERT_TRUE(again) << again.error().message;
        ASSERT_FALSE(*again) << "archiving was off";
        execute("CREATE TABLE item (id bigint PRIMARY KEY, text text NOT NULL)");
        back_up(true);
        // Whole seconds are all that is known of a backup's end.
        std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
    }

    void execute(const std::string& sql) {
        const auto done = session_->script(sql);
        ASSERT_TRUE(done) << done.error().message;
    }
    void back_up(bool full) {
        const auto made = backups_->back_up(full);
        ASSERT_TRUE(made) << made.error().message;
    }

    /// One transaction on the table and on the model.
    void transact() {
        ASSERT_TRUE(session_->begin());
        Rows rows = rows_;
        for (std::uint64_t i = below(6) + 1; i > 0; --i) change(rows);
        if (below(12) == 0) return session_->rollback();
        ASSERT_TRUE(session_->commit());
        rows_ = std::move(rows);
    }
    void change(Rows& rows) {
        const auto id = static_cast<std::int64_t>(below(200));
        if (below(4) == 0) {
            execute(fmt::format("DELETE FROM item WHERE id = {}", id));
            rows.erase(id);
            return;
        }
        const std::string text(below(40) == 0 ? 20'000 : below(300),
                               static_cast<char>('a' + below(26)));
        execute(
            fmt::format("INSERT INTO item VALUES ({}, '{}') ON CONFLICT (id) DO UPDATE SET "
                        "text = EXCLUDED.text",
                        id, text));
        rows[id] = text;
    }

    /// The server's time, which its commits have.
    Instant now() {
        return {
            session_->one_integer("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::int8")
                .value()
                .value()};
    }
    Quiet wait_a_little() {
        const Instant from = now();
        std::this_thread::sleep_for(std::chrono::microseconds(below(4'000)));
        return {.from = from, .to = now(), .rows = rows_};
    }

    void archive_all() {
        ASSERT_TRUE(leave_canary(*session_));
        const auto last = session_->one_text("SELECT pg_walfile_name(pg_switch_wal())").value();
        for (int i = 0; i < 600; ++i) {
            if (backups_->logs().value().contains(last.value())) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        FAIL() << "The log was not archived.";
    }

    void expect_back(const Target& target, const Rows& expected) {
        Rows found;
        const auto look = [&](sql::Session& session) -> Result<void> {
            auto sink = sql::each_row(
                [&](const sql::Row& row) { found[row.integer(0)] = std::string(row.text(1)); });
            SEGURIFAI_TRY(session.run("SELECT id, text FROM item", {}, &sink));
            return {};
        };
        const auto restored = restore(*backups_, target, folder_ / "restored", look);
        ASSERT_TRUE(restored) << restored.error().message;
        ASSERT_EQ(found, expected);
        std::filesystem::remove_all(folder_ / "restored");
    }

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    testing::PostgresCluster cluster_;
    testing::TemporaryFolder folder_;
    std::unique_ptr<sql::Session> session_;
    std::optional<PgBackRest> backups_;
    std::mt19937_64 random_{20'270'131};
    Rows rows_;
};

TEST_F(RandomPostgresWorkload, ComesBackAtRandomInstantsAndNamedPoints) {
    const Length& length = testing::is_proving() ? kWhole : kShort;
    SystemClock clock;
    set_up_backups();
    if (HasFatalFailure()) return;
    std::vector<Quiet> quiet;
    std::map<std::string, Rows> points;
    int backups = 0;
    for (int i = 1; i <= length.transactions; ++i) {
        transact();
        if (HasFatalFailure()) return;
        quiet.push_back(wait_a_little());
        if (i * length.points / length.transactions > static_cast<int>(points.size())) {
            const std::string name = fmt::format("before_{}", i);
            ASSERT_TRUE(make_point(*backups_, *session_, clock, name));
            points[name] = rows_;
        }
        if (i * (length.backups + 1) / (length.transactions + 1) > backups)
            back_up(++backups % 3 == 0);
    }
    archive_all();
    for (int i = 0; i < length.instants; ++i) {
        const Quiet& then = quiet[below(quiet.size())];
        const auto span = static_cast<std::uint64_t>(then.to.micros - then.from.micros);
        const Instant at{then.from.micros + static_cast<std::int64_t>(below(span + 1))};
        SCOPED_TRACE(at.to_string());
        expect_back({.at = at}, then.rows);
        if (HasFatalFailure()) return;
    }
    for (const auto& [name, rows] : points) {
        SCOPED_TRACE(name);
        expect_back(point_named(*backups_, name).value(), rows);
        if (HasFatalFailure()) return;
    }
    testing::tell_proof(
        fmt::format("{} random transactions, some rolled back, with {} backups between them; equal "
                    "to the model "
                    "at {} random instants and at {} named points",
                    length.transactions, backups + 1, length.instants, points.size()));
}

}  // namespace
}  // namespace segurifai::pgbackrest
