// A run that is killed at any of its statements leaves every request whole, live or archived, and
// is simply run again.

#include <gtest/gtest.h>

#include "ops/retention/archive.hpp"
#include "retention/installation.hpp"
#include "retention/killed_session.hpp"

namespace segurifai::testing {
namespace {

constexpr std::uint64_t kSeed = 4;
constexpr int kStatementsMax = 1'000;

/// More than one batch of requests is due at once, some for the archive, some to be purged.
const History& busy_year() {
    static const History history(kSeed, {.requests = 115,
                                         .first = *Date::parse("2019-01-10"),
                                         .days = 30,
                                         .positions_first = *Date::parse("2019-01-10"),
                                         .positions_days = 3});
    return history;
}

class Killed : public ::testing::TestWithParam<sql::Engine> {
protected:
    Killed() : installation(GetParam()) {}

    /// Each request is wholly in one place, and nothing is gone that is not due.
    void expect_whole(const Expectation& expectation, Instant now) {
        const Content found = installation.content();
        const Content due = expectation.at(now);
        for (const History::Request& request : busy_year().requests) {
            std::size_t live = 0;
            for (const model::Record& row : request.rows) {
                const auto& rows = found.rows.at(std::string(row.table().name));
                const auto at = rows.find(std::to_string(row.at("id").as_integer()));
                if (at != rows.end() && at->second == row) ++live;
            }
            const auto archived = found.archived.find(request.number);
            const bool is_archived = archived != found.archived.end();
            if (is_archived) EXPECT_TRUE(archived->second == request.rows) << request.number;
            EXPECT_TRUE(live == 0 || live == request.rows.size()) << request.number;
            EXPECT_FALSE(live > 0 && is_archived) << request.number << " is in two places";
            if (expectation.is_kept(request, now))
                EXPECT_TRUE(live > 0 || is_archived) << request.number << " is lost";
            if (expectation.is_live(request, now)) EXPECT_GT(live, 0U) << request.number;
            for (const std::string& file : request.files)
                if (live > 0 || expectation.is_kept(request, now))
                    EXPECT_TRUE(installation.has_file(file)) << file;
        }
        for (const auto& [table, rows] : due.rows)
            for (const auto& [key, row] : rows)
                EXPECT_TRUE(found.rows.contains(table) && found.rows.at(table).contains(key))
                    << table << " " << key << " is lost";
    }

    /// Kills a run at its n-th statement, looks, runs it again to the end, and looks again;
    /// false when the run ended before.
    bool kill_at(int statement, Instant before, Instant now) {
        const Expectation expectation(busy_year(), {});
        installation.load(busy_year());
        if (before > Instant{}) {
            installation.clock.set(before);
            EXPECT_TRUE(installation.run_all(installation.session()));
        }
        installation.clock.set(now);
        bool killed = false;
        {
            KilledSession session(installation.database().session(), statement);
            const auto ran = installation.run_all(session);
            killed = session.was_killed();
            EXPECT_EQ(ran.has_value(), !killed);
        }
        expect_whole(expectation, now);
        const auto again = installation.run_all(installation.session());
        EXPECT_TRUE(again) << describe(again.error());
        EXPECT_EQ(difference(expectation.at(now), installation.content()), "");
        return killed;
    }

    RetentionInstallation installation;
};
SEGURIFAI_ON_BOTH_ENGINES(Killed);

TEST_P(Killed, WhileArchivingLosesNothing) {
    int statement = 0;
    while (!HasFailure() && statement < kStatementsMax &&
           kill_at(statement, Instant{}, *Instant::parse("2021-02-05T00:00:00Z")))
        ++statement;
    EXPECT_GT(statement, 60) << "there were fewer statements than a run has";
}

TEST_P(Killed, WhilePurgingLosesNothingThatIsKept) {
    int statement = 0;
    while (!HasFailure() && statement < kStatementsMax &&
           kill_at(statement, *Instant::parse("2021-03-15T00:00:00Z"),
                   *Instant::parse("2026-01-26T00:00:00Z")))
        ++statement;
    EXPECT_GT(statement, 60) << "there were fewer statements than a run has";
}

TEST_P(Killed, WhileRestoringLosesNothing) {
    const Instant now = *Instant::parse("2021-03-15T00:00:00Z");
    const Expectation expectation(busy_year(), {});
    installation.load(busy_year());
    installation.clock.set(now);
    ASSERT_TRUE(installation.run_all(installation.session()));
    const Content archived = installation.content();
    const std::string number = archived.archived.begin()->first;
    int statement = 0;
    for (bool killed = true; killed && statement < kStatementsMax && !HasFailure(); ++statement) {
        KilledSession session(installation.database().session(), statement);
        const auto restored =
            retention::restore(session, installation.clock, installation.registry(), number);
        killed = session.was_killed();
        EXPECT_EQ(restored.has_value(), !killed);
        if (killed) EXPECT_EQ(difference(archived, installation.content()), "");
    }
    EXPECT_GT(statement, 10);
    EXPECT_EQ(installation.content().archived.count(number), 0U);
}

}  // namespace
}  // namespace segurifai::testing
