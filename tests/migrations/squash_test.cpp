#include <gtest/gtest.h>

#include "migrate/inspect.hpp"
#include "migrations/installation.hpp"

// A squashed migration stands for its parts, wherever a database stands in their history; and
// triggers, which no migration knows of, outlive a table that is made anew.

namespace segurifai::testing {
namespace {

using namespace migrate;
using model::Type;

TableState goods() {
    return {.number = 1,
            .app = "shop",
            .name = "shop_good",
            .columns = {{.number = 1,
                         .name = "id",
                         .type = Type::kInteger,
                         .primary_key = true,
                         .identity = true},
                        {.number = 2, .name = "name", .type = Type::kVarchar, .length = 50}}};
}

class Squashed : public ::testing::TestWithParam<sql::Engine> {
protected:
    void SetUp() override {
        installation_.history.add({CreateTable{goods()}});
        installation_.history.add({AddColumn{
            "shop_good", {.number = 3, .name = "size", .type = Type::kInteger, .null = true}}});
        installation_.history.add({RenameColumn{"shop_good", "size", "width"}});
        const MigrationGraph& parts = installation_.history.graph();
        auto made = squash(parts, "shop", installation_.history.name(3));
        ASSERT_TRUE(made) << describe(made.error());
        squashed_ = made->id;
        EXPECT_EQ(made->replaces.size(), 3U);
        std::vector<Migration> all(parts.in_order().begin(), parts.in_order().end());
        all.push_back(std::move(*made));
        auto graph = MigrationGraph::make(std::move(all));
        ASSERT_TRUE(graph) << describe(graph.error());
        graph_ = std::move(*graph);
    }

    Result<std::vector<PlannedMigration>> migrate_all() {
        Executor executor(installation_.session(), graph_, installation_.clock, random_);
        return executor.migrate({});
    }
    std::vector<std::string> recorded() {
        Executor executor(installation_.session(), graph_, installation_.clock, random_);
        std::vector<std::string> names;
        for (const AppliedMigration& one : executor.applied().value()) names.push_back(one.id.name);
        return names;
    }

    Installation installation_{GetParam()};
    SeededRandom random_{3};
    MigrationGraph graph_;
    MigrationId squashed_;
};
SEGURIFAI_ON_BOTH_ENGINES(Squashed);

TEST_P(Squashed, ANewDatabaseGetsItInsteadOfItsParts) {
    const auto done = migrate_all();
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(recorded(), std::vector<std::string>{squashed_.name});
    EXPECT_EQ(installation_.drift(installation_.history.state(3)), "");
}

TEST_P(Squashed, ADatabaseThatHasThePartsTakesItOverWithoutAChange) {
    ASSERT_TRUE(installation_.go_to(3));
    installation_.fill(installation_.history.state(3));
    const std::string rows = installation_.rows(installation_.history.state(3));
    const auto done = migrate_all();
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(recorded(), std::vector<std::string>{squashed_.name});
    EXPECT_EQ(installation_.rows(installation_.history.state(3)), rows);
}

TEST_P(Squashed, ADatabaseInTheMiddleGoesOnWithTheParts) {
    ASSERT_TRUE(installation_.go_to(2));
    const auto done = migrate_all();
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(installation_.drift(installation_.history.state(3)), "");
    const auto again = migrate_all();
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_EQ(recorded(), std::vector<std::string>{squashed_.name});
}

TEST(SqliteRebuild, KeepsTriggersThatWork) {
    Installation installation(sql::Engine::kSqlite);
    installation.history.add({CreateTable{goods()}});
    ASSERT_TRUE(installation.go_to(1));
    ASSERT_TRUE(
        installation.session().script("CREATE TABLE other_log (said TEXT);"
                                      "CREATE TRIGGER shop_good_seen AFTER INSERT ON shop_good "
                                      "BEGIN INSERT INTO other_log VALUES (new.name); END"));
    ColumnState shorter = goods().columns[1];
    shorter.length = 40;
    installation.history.add({AlterColumn{"shop_good", shorter}});
    const auto done = installation.go_to(2);
    ASSERT_TRUE(done) << describe(done.error());
    ASSERT_TRUE(installation.session().run("INSERT INTO shop_good (name) VALUES ('llanta')"));
    EXPECT_EQ(installation.session().one_text("SELECT said FROM other_log")->value(), "llanta");
}

}  // namespace
}  // namespace segurifai::testing
