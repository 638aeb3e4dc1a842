#include "apps/registry.hpp"

#include <gtest/gtest.h>

#include "model/registry.hpp"

namespace segurifai::apps {
namespace {

/// The specification's tables have the first numbers; those of ours follow.
constexpr std::uint16_t kSpecifiedTables = 21;

TEST(AllTables, BeginWithThoseOfTheSpecificationInNumberOrder) {
    std::size_t columns = 0, foreign_keys = 0, uniques = 0, indexes = 0, enumerations = 0;
    std::uint16_t before = 0;
    for (const model::Table* table : all_tables()) {
        EXPECT_GT(table->number, before) << table->name;
        if (before < kSpecifiedTables) EXPECT_EQ(table->number, before + 1) << table->name;
        before = table->number;
        if (table->number > kSpecifiedTables) continue;
        std::uint16_t expected_column = 1;
        for (const model::Column& column : table->columns) {
            EXPECT_EQ(column.number, expected_column++) << table->name << "." << column.name;
            ++columns;
            foreign_keys += !column.references.empty();
            uniques += column.unique;
            enumerations += !column.choices.empty();
        }
        for (const model::Index& index : table->indexes) (index.unique ? uniques : indexes) += 1;
    }
    EXPECT_EQ(columns, 233U);
    EXPECT_EQ(foreign_keys, 30U);
    EXPECT_EQ(uniques, 18U);
    // Sixteen listed and nine for performance, of which five are listed too and one is unique; and
    // four of ours, by which a request finds what hangs on it.
    EXPECT_EQ(indexes, 19U + 4U);
    EXPECT_EQ(enumerations, 17U);
}

TEST(AllTables, MayStartTheProgram) {
    const auto registry = model::Registry::make(all_tables());
    ASSERT_TRUE(registry) << describe(registry.error());
    EXPECT_GT(registry->tables().size(), kSpecifiedTables);
}

TEST(AllTables, SayInOneLineWhatEachColumnHolds) {
    for (const model::Table* table : all_tables()) {
        EXPECT_FALSE(table->help.empty()) << table->name;
        for (const model::Column& column : table->columns)
            EXPECT_FALSE(column.help.empty()) << table->name << "." << column.name;
    }
}

}  // namespace
}  // namespace segurifai::apps
