#include "apps/migrations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "apps/registry.hpp"
#include "migrate/autodetector.hpp"

namespace segurifai::apps {

namespace {

TEST(RecordedMigrations, lead_to_the_described_tables) {
    const auto history = embedded_history();
    ASSERT_TRUE(history) << describe(history.error());
    const auto recorded = history->final_state();
    ASSERT_TRUE(recorded) << describe(recorded.error());
    const std::vector<const model::Table*> tables = all_tables();
    for (const migrate::Operation& missing :
         migrate::difference(*recorded, migrate::state_of(tables)))
        ADD_FAILURE() << "no migration does: " << migrate::describe(missing);
    EXPECT_EQ(*recorded, migrate::state_of(tables));
    EXPECT_TRUE(history->check_single_heads());
}

TEST(RecordedMigrations, are_written_as_makemigrations_writes_them) {
    for (const migrate::MigrationSource& source : embedded_migrations()) {
        const auto migration = migrate::parse_migration(source);
        ASSERT_TRUE(migration) << describe(migration.error());
        const bool by_hand = std::ranges::any_of(migration->operations, [](const auto& operation) {
            return std::holds_alternative<migrate::RunSql>(operation);
        });
        if (!by_hand) EXPECT_EQ(migrate::write_migration(*migration), source.text) << source.name;
    }
}

}  // namespace

}  // namespace segurifai::apps
