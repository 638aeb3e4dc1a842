// A statement that is ended from another thread.

#include "sql/interruption.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "store/fixture.hpp"

namespace segurifai::testing {
namespace {

class AStatementIsInterrupted : public ::testing::TestWithParam<sql::Engine> {
protected:
    Result<std::optional<std::int64_t>> count_for_hours() {
        return session().one_integer(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            "100000000000) SELECT COUNT(*) FROM n");
    }
    Result<std::optional<std::int64_t>> count_places() {
        return session().one_integer("SELECT COUNT(*) FROM tests_place");
    }
    sql::Session& session() { return store_.session(); }

    Store store_{GetParam()};
};

TEST_P(AStatementIsInterrupted, OnceItIsSaidAndTheSessionGoesOn) {
    std::atomic<int> asked = 0;
    {
        const sql::Interruption interruption(session(), [&] { return ++asked >= 2; });
        const auto counted = count_for_hours();
        ASSERT_FALSE(counted);
        EXPECT_EQ(counted.error().code, Code::kTimeout) << counted.error().message;
    }
    EXPECT_GE(asked, 2);
    EXPECT_EQ(count_places().value(), 0);
}

TEST_P(AStatementIsInterrupted, NotWhenNothingRuns) {
    session().interrupt();
    EXPECT_EQ(count_places().value(), 0);
}

TEST_P(AStatementIsInterrupted, NotWithoutItsBeingSaid) {
    const sql::Interruption interruption(session(), [] { return false; });
    EXPECT_EQ(count_places().value(), 0);
}

SEGURIFAI_ON_BOTH_ENGINES(AStatementIsInterrupted);

}  // namespace
}  // namespace segurifai::testing
