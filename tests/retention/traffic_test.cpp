// While others work. PostgreSQL: what they have locked waits for the next run, and they wait for
// nothing. SQLite, where one transaction writes at a time: they find the lock free between batches.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <utility>
#include <vector>

#include "retention/installation.hpp"

namespace segurifai::testing {
namespace {

using retention::Policy;

const History& month() {
    static const History history(9, {.requests = 20,
                                     .first = *Date::parse("2019-01-10"),
                                     .days = 20,
                                     .positions_first = *Date::parse("2019-01-10"),
                                     .positions_days = 3});
    return history;
}

class Traffic : public ::testing::Test {
protected:
    Traffic() { installation.load(month()); }

    void run(sql::Session& session, std::string_view sql) {
        auto nothing = sql::each_row([](const sql::Row&) {});
        const auto ran = session.run(sql, {}, &nothing);
        ASSERT_TRUE(ran) << describe(ran.error());
    }

    RetentionInstallation installation{sql::Engine::kPostgres};
};

TEST_F(Traffic, ARequestThatIsBeingChangedStaysForTheNextRun) {
    const Instant now = *Instant::parse("2021-06-01T00:00:00Z");
    const Expectation expectation(month(), {});
    installation.clock.set(now);
    ASSERT_TRUE(month().requests[3].ended);
    const auto other = installation.database().session();
    ASSERT_TRUE(other->begin());
    run(*other, "SELECT id FROM assistance_assistancerequest WHERE id = 4 FOR UPDATE");
    const auto first = installation.run(installation.session(), Policy::kRequests);
    ASSERT_TRUE(first) << describe(first.error());
    EXPECT_EQ(first->lines[0].done, first->lines[0].due - 1);
    other->rollback();
    ASSERT_TRUE(installation.run_all(installation.session()));
    EXPECT_EQ(difference(expectation.at(now), installation.content()), "");
}

TEST_F(Traffic, ADayThatIsBeingReadIsDroppedWhenItIsFree) {
    const Instant now = *Instant::parse("2019-06-01T00:00:00Z");
    const Expectation expectation(month(), {});
    installation.clock.set(now);
    const auto reader = installation.database().session();
    ASSERT_TRUE(reader->begin());
    run(*reader, "SELECT count(*) FROM providers_providerlocationhistory");
    const auto busy = installation.run(installation.session(), Policy::kPositions);
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error().code, Code::kBusy);
    // Detaching was left half-way; new rows come in all the same.
    const auto writer = installation.database().session({.lock_timeout_ms = 100});
    run(*writer,
        "INSERT INTO providers_providerlocationhistory (provider_id, latitude, longitude, "
        "recorded_at) VALUES (1, 14, -90, '2019-01-12 12:00:00+00')");
    run(*writer, "DELETE FROM providers_providerlocationhistory WHERE latitude = 14");
    reader->rollback();
    ASSERT_TRUE(installation.run_all(installation.session()));
    EXPECT_EQ(difference(expectation.at(now), installation.content()), "");
    EXPECT_EQ(**installation.session().one_integer(
                  "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname LIKE "
                  "'providers_providerlocationhistory_p%'"),
              0);
}

TEST_F(Traffic, DaysThatAnotherRunDropsAreNoFailure) {
    const Instant now = *Instant::parse("2019-06-01T00:00:00Z");
    installation.clock.set(now);
    const auto other = installation.database().session();
    auto options = installation.options();
    bool begun = false;
    options.on_batch = [&](const retention::Line&) {
        if (std::exchange(begun, true)) return true;
        const auto ran = installation.run(*other, Policy::kPositions);
        EXPECT_TRUE(ran) << describe(ran.error());
        return true;
    };
    const auto ran = retention::run(installation.session(), Policy::kPositions, options);
    ASSERT_TRUE(ran) << describe(ran.error());
    EXPECT_LT(ran->lines.at(0).done, std::ssize(month().positions));
    ASSERT_TRUE(installation.run_all(installation.session()));
    EXPECT_EQ(difference(Expectation(month(), {}).at(now), installation.content()), "");
}

TEST_F(Traffic, ManyRunsAtOnceDropEveryDay) {
    sql::Session& session = installation.session();
    for (int day = 10; day < 30; ++day)
        run(session, fmt::format("CREATE TABLE providers_providerlocationhistory_p201903{0} "
                                 "PARTITION OF providers_providerlocationhistory FOR VALUES FROM "
                                 "('2019-03-{0} 00:00:00+00') TO ('2019-03-{1} 00:00:00+00')",
                                 day, day + 1));
    installation.clock.set(*Instant::parse("2019-08-01T00:00:00Z"));
    std::vector<std::future<Result<retention::Report>>> runs;
    for (int i = 0; i < 4; ++i)
        runs.push_back(std::async(std::launch::async, [this] {
            const auto own = installation.database().session();
            return installation.run(*own, Policy::kPositions);
        }));
    for (auto& one : runs) {
        const auto ran = one.get();
        EXPECT_TRUE(ran) << describe(ran.error());
    }
    EXPECT_EQ(**session.one_integer("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname "
                                    "LIKE 'providers_providerlocationhistory_p%'"),
              0);
}

TEST_F(Traffic, TwoLanesDoWhatOneDoes) {
    const History history(11, {.requests = 230,
                               .first = *Date::parse("2019-01-10"),
                               .days = 20,
                               .positions_first = *Date::parse("2019-01-10"),
                               .positions_days = 3});
    const Instant now = *Instant::parse("2021-06-01T00:00:00Z");
    installation.load(history);
    installation.clock.set(now);
    auto options = installation.options();
    int opened = 0;
    options.open_session = [&]() -> Result<std::unique_ptr<sql::Session>> {
        ++opened;
        return installation.database().session();
    };
    for (const Policy policy : retention::kPolicies)
        ASSERT_TRUE(retention::run(installation.session(), policy, options));
    EXPECT_EQ(opened, 1);
    EXPECT_EQ(difference(Expectation(history, {}).at(now), installation.content()), "");
}

TEST_F(Traffic, WhoWatchesRequestsSeesEachOfThemGo) {
    const Instant now = *Instant::parse("2021-06-01T00:00:00Z");
    installation.clock.set(now);
    sql::Session& session = installation.session();
    ASSERT_TRUE(session.script(
        "CREATE TABLE watched (id integer);"
        "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO watched "
        "VALUES (OLD.id); RETURN NULL; END';"
        "CREATE TRIGGER watching AFTER DELETE ON assistance_assistancerequest FOR EACH ROW "
        "EXECUTE FUNCTION watch()"));
    const auto report = installation.run(session, Policy::kRequests);
    ASSERT_TRUE(report) << describe(report.error());
    EXPECT_GT(report->lines[0].done, 0);
    EXPECT_EQ(session.one_integer("SELECT count(*) FROM watched").value(), report->lines[0].done);
    ASSERT_TRUE(session.script("DROP FUNCTION watch() CASCADE; DROP TABLE watched"));
    ASSERT_TRUE(installation.run_all(session));
    EXPECT_EQ(difference(Expectation(month(), {}).at(now), installation.content()), "");
}

TEST_F(Traffic, WhatOthersReferToStays) {
    installation.clock.set(*Instant::parse("2021-06-01T00:00:00Z"));
    sql::Session& session = installation.session();
    ASSERT_TRUE(
        session.script("CREATE TABLE noted (request_id integer REFERENCES "
                       "assistance_assistancerequest); INSERT INTO noted VALUES (4)"));
    const auto ran = installation.run(session, Policy::kRequests);
    ASSERT_TRUE(ran) << describe(ran.error());
    const retention::Line& line = ran->lines.at(0);
    ASSERT_EQ(line.findings.count, 1);
    EXPECT_TRUE(line.findings.first.at(0).contains(" (id 4) ")) << line.findings.first.at(0);
    EXPECT_EQ(line.done, line.due - 1) << "nothing else stays with it";
    EXPECT_EQ(session.one_integer("SELECT count(*) FROM assistance_assistancerequest WHERE id = 4")
                  .value(),
              1);
}

TEST_F(Traffic, APositionOutlivesItsRequestAsOneOfNoRequest) {
    const Instant now = *Instant::parse("2021-06-01T00:00:00Z");
    installation.clock.set(now);
    sql::Session& session = installation.session();
    run(session,
        "CREATE TABLE IF NOT EXISTS providers_providerlocationhistory_p20210531 PARTITION OF "
        "providers_providerlocationhistory FOR VALUES FROM ('2021-05-31 00:00:00+00') TO "
        "('2021-06-01 00:00:00+00')");
    run(session,
        "INSERT INTO providers_providerlocationhistory (provider_id, assistance_request_id, "
        "latitude, longitude, recorded_at) VALUES (1, 4, 14, -90, '2021-05-31 12:00:00+00')");
    const auto report = installation.run(session, Policy::kRequests);
    ASSERT_TRUE(report) << describe(report.error());
    EXPECT_EQ(session.one_integer("SELECT count(*) FROM assistance_assistancerequest WHERE id = 4")
                  .value(),
              0);
    EXPECT_EQ(session
                  .one_integer("SELECT count(*) FROM providers_providerlocationhistory WHERE "
                               "latitude = 14 AND assistance_request_id IS NULL")
                  .value(),
              1);
}

/// Two batches of requests are due.
class OneWriter : public ::testing::Test {
protected:
    OneWriter()
        : history(4, {.requests = 115,
                      .first = *Date::parse("2019-01-10"),
                      .days = 20,
                      .positions_first = *Date::parse("2019-01-10"),
                      .positions_days = 3}) {
        installation.load(history);
        installation.clock.set(*Instant::parse("2021-06-01T00:00:00Z"));
    }

    /// How often a run rested, while `meanwhile` happened after each batch.
    int rests(const std::function<void()>& meanwhile) {
        int rested = 0;
        auto options = installation.options();
        options.pace = pace;
        options.pause = [&](std::chrono::microseconds time) {
            EXPECT_GT(time.count(), 0);
            ++rested;
        };
        options.on_batch = [&](const retention::Line&) {
            meanwhile();
            return true;
        };
        const auto ran = retention::run(installation.session(), Policy::kRequests, options);
        EXPECT_TRUE(ran) << describe(ran.error());
        return rested;
    }

    History history;
    retention::Pace pace = retention::Pace::kFast;
    RetentionInstallation installation{sql::Engine::kSqlite};
};

TEST_F(OneWriter, IsLeftToOthersBetweenBatchesWhileTheyWrite) {
    const auto other = installation.database().session();
    EXPECT_EQ(rests([&] { EXPECT_TRUE(other->run("UPDATE users_user SET first_name = 'Ana'")); }),
              1);
}

TEST_F(OneWriter, GoesOnAtOnceWhenNobodyElseWrites) {
    EXPECT_EQ(rests([] {}), 0);
}

TEST_F(OneWriter, RestsAfterEachBatchAtTheGentlePace) {
    pace = retention::Pace::kGentle;
    EXPECT_EQ(rests([] {}), 2);
}

}  // namespace
}  // namespace segurifai::testing
