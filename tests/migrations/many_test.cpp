#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "migrations/installation.hpp"

// A long history on a new database, which is carried out many migrations to a transaction.

namespace segurifai::testing {
namespace {

using namespace migrate;
using model::Type;

class LongHistory : public ::testing::TestWithParam<sql::Engine> {};
SEGURIFAI_ON_BOTH_ENGINES(LongHistory);

/// A table every tenth time, else a column, an index or a wider text.
void grow(SchemaState& schema, int step) {
    const auto number = static_cast<std::uint16_t>(step / 10 + 1);
    TableState& table = schema.tables[number];
    if (step % 10 == 0) {
        table = {.number = number,
                 .app = "shop",
                 .name = "shop_table_" + std::to_string(number),
                 .columns = {{.number = 1,
                              .name = "id",
                              .type = Type::kInteger,
                              .primary_key = true,
                              .identity = true}}};
    } else if (step % 10 == 8) {
        table.indexes = {{.name = table.name + "_idx", .columns = {"c2", "c3"}}};
    } else if (step % 10 == 9) {
        table.columns[1].length = 80;
    } else {
        const auto column = static_cast<std::uint16_t>(step % 10 + 1);
        table.columns.push_back({.number = column,
                                 .name = "c" + std::to_string(column),
                                 .type = Type::kVarchar,
                                 .length = 40,
                                 .preset = "x"});
    }
}

TEST_P(LongHistory, OfThreeHundredMigrationsMakesTheSameAsOneStep) {
    Installation installation(GetParam());
    SchemaState schema;
    std::vector<std::vector<Operation>> histories;
    for (int step = 0; step < 300; ++step) {
        const SchemaState before = schema;
        grow(schema, step);
        histories.push_back(difference(before, schema));
    }
    installation.history.add_all(std::move(histories));
    const auto from = std::chrono::steady_clock::now();
    const auto done = installation.executor().migrate({});
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - from;
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(done->size(), 300U);
    EXPECT_EQ(installation.drift(schema), "");
    EXPECT_TRUE(installation.executor().migrate({})->empty());
    std::printf("300 migrations: %.0f ms\n", took.count());

    installation.clock.advance_micros(1);
    const auto back = installation.go_to(1);
    ASSERT_TRUE(back) << describe(back.error());
    EXPECT_EQ(installation.drift(installation.history.state(1)), "");
}

}  // namespace
}  // namespace segurifai::testing
