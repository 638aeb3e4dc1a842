#include "migrate/plan.hpp"

#include <gtest/gtest.h>

#include "support/databases.hpp"

namespace segurifai::migrate {
namespace {

class Plan : public ::testing::TestWithParam<sql::Engine> {};
SEGURIFAI_ON_BOTH_ENGINES(Plan);

TEST_P(Plan, TellsHowLargeTheLiveTablesAre) {
    const testing::TestDatabase database(GetParam());
    const auto session = database.session();
    ASSERT_TRUE(session
                    ->script("CREATE TABLE empty_one (id integer PRIMARY KEY);"
                             "CREATE TABLE full_one (id integer PRIMARY KEY, note text);"
                             "INSERT INTO full_one WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                             "SELECT i + 1 FROM n WHERE i < 3000) SELECT i, 'x' FROM n; ANALYZE;")
                    .has_value());
    const auto sizes = table_sizes(*session);
    ASSERT_TRUE(sizes.has_value()) << describe(sizes.error());
    EXPECT_EQ(sizes->at("full_one").rows, 3000);
    EXPECT_EQ(sizes->at("empty_one").rows, 0);
    if (GetParam() == sql::Engine::kPostgres) {
        EXPECT_GT(sizes->at("full_one").bytes, 8192);
    }
}

TEST(PlanText, TellsPerStepWhatItLocksAndCosts) {
    const Migration migration{.id = {"shop", "0002_change"}};
    const TableSizes sizes{{"shop_order", {5'000'000, std::int64_t{3} << 30}}};
    const std::vector<PlannedSteps> plan{
        {.planned = {.migration = &migration, .safety = Safety::kLossy},
         .steps = {{.about = "change type of shop_order.total",
                    .table = "shop_order",
                    .lock = Lock::kAccessExclusive,
                    .rewrites = true},
                   {.about = "validate shop_order.status",
                    .table = "shop_order",
                    .transactional = false,
                    .lock = Lock::kShareUpdateExclusive,
                    .scans = true},
                   {.about = "rename shop_order.a",
                    .table = "shop_order",
                    .lock = Lock::kAccessExclusive}},
         .findings = {{.rule = "changing-column-type", .operation = "change it", .why = "Slow."}}}};
    EXPECT_EQ(explain_plan(plan, sizes, sql::Engine::kPostgres),
              "shop.0002_change  [LOSSY]  about 30.3 s\n"
              "  1. change type of shop_order.total\n"
              "     locks shop_order: ACCESS EXCLUSIVE, reads and writes wait\n"
              "     writes the table anew: about 5,000,000 rows, 3.0 GiB; about 20.0 s\n"
              "  2. validate shop_order.status  (outside a transaction)\n"
              "     locks shop_order: SHARE UPDATE EXCLUSIVE, reads and writes go on\n"
              "     reads the table: about 5,000,000 rows, 3.0 GiB; about 10.3 s\n"
              "  3. rename shop_order.a\n"
              "     locks shop_order: ACCESS EXCLUSIVE, reads and writes wait\n"
              "     changes the catalogue alone: about 5,000,000 rows, 3.0 GiB; less than 0.1 s\n"
              "warning[changing-column-type]: change it\n"
              "  Slow.\n");
}

TEST(PlanText, OfNothingSaysSo) {
    EXPECT_EQ(explain_plan({}, {}, sql::Engine::kSqlite), "Nothing to do.\n");
}

}  // namespace
}  // namespace segurifai::migrate
