// PostgreSQL, while others work: what they have locked waits for the next run, and they wait for
// nothing. (On SQLite a batch has the one write lock, as every transaction has.)

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace segurifai::testing
