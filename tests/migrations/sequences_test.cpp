#include <gtest/gtest.h>

#include <cstdlib>

#include "migrations/installation.hpp"
#include "migrations/random_edits.hpp"

// Random histories on filled tables. After every migration the schema is that of a database made
// at once from the same state; all the way back, every row is as it was, and forwards again too.

namespace segurifai::testing {
namespace {

constexpr int kMigrations = 4;

/// One history: a schema with rows, then four migrations there, back and there again.
void check_sequence(Installation& installation, std::uint64_t seed, bool online) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const migrate::ExecutorOptions options{.online_from_rows = online ? 1 : 10'000};
    installation.empty();
    installation.history = History();
    RandomEdits edits(seed);
    edits.edit(6);
    installation.history.lead_to(edits.schema());
    for (int i = 0; i < kMigrations; ++i) {
        edits.edit(3);
        installation.history.lead_to(edits.schema());
    }
    const std::size_t last = installation.history.size();
    const migrate::SchemaState first = installation.history.state(1);
    ASSERT_TRUE(installation.go_to(1));
    installation.fill(first, 4);
    const std::string rows = installation.rows(first);
    for (std::size_t i = 2; i <= last; ++i) {
        const auto forwards = installation.go_to(i, options);
        ASSERT_TRUE(forwards) << describe(forwards.error());
    }
    const migrate::SchemaState end = installation.history.state(last);
    ASSERT_EQ(installation.drift(end), "");
    const std::string rows_at_end = installation.rows(end);
    const auto back = installation.go_to(1, options);
    ASSERT_TRUE(back) << describe(back.error());
    ASSERT_EQ(installation.drift(first), "");
    ASSERT_EQ(installation.rows(first), rows);
    const auto again = installation.go_to(last, options);
    ASSERT_TRUE(again) << describe(again.error());
    ASSERT_EQ(installation.drift(end), "");
    ASSERT_EQ(installation.rows(end), rows_at_end);
}

/// SEGURIFAI_TEST_SEED repeats one history.
void check_sequences(sql::Engine engine, std::uint64_t count) {
    Installation installation(engine);
    if (const char* seed = std::getenv("SEGURIFAI_TEST_SEED"); seed != nullptr) {
        const std::uint64_t number = std::strtoull(seed, nullptr, 10);
        return check_sequence(installation, number, number % 3 == 0);
    }
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        check_sequence(installation, seed, seed % 3 == 0);
        if (::testing::Test::HasFatalFailure()) return;
    }
}

TEST(RandomHistories, GoThereAndBackOnSqlite) {
    check_sequences(sql::Engine::kSqlite, 1'000);
}
TEST(RandomHistories, GoThereAndBackOnPostgres) {
    check_sequences(sql::Engine::kPostgres, 200);
}

}  // namespace
}  // namespace segurifai::testing
