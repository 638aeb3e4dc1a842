#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migrate/autodetector.hpp"
#include "migrate/random_schema.hpp"

namespace segurifai::migrate {

namespace {

TableState pets() {
    return {.number = 1,
            .app = "pets",
            .name = "pets_dog",
            .columns = {{.number = 1,
                         .name = "id",
                         .type = model::Type::kInteger,
                         .primary_key = true,
                         .identity = true}}};
}

MigrationGraph chain(std::vector<std::vector<Operation>> steps) {
    std::vector<Migration> all;
    for (std::vector<Operation>& step : steps) {
        Migration one{.id = {"pets", "000" + std::to_string(all.size() + 1) + "_x"},
                      .operations = std::move(step)};
        if (!all.empty()) one.depends = {all.back().id};
        all.push_back(std::move(one));
    }
    return MigrationGraph::make(std::move(all)).value();
}

std::vector<std::string> story(const Migration& migration) {
    std::vector<std::string> lines;
    for (const Operation& operation : migration.operations) lines.push_back(describe(operation));
    return lines;
}

TEST(Squash, keeps_only_what_leads_to_the_same_tables) {
    const MigrationGraph history =
        chain({{CreateTable{pets()}},
               {AddColumn{"pets_dog", {.number = 2, .name = "name"}},
                AddColumn{"pets_dog", {.number = 3, .name = "sound"}}},
               {RenameColumn{"pets_dog", "name", "call"}, DropColumn{"pets_dog", "sound"}},
               {RenameColumn{"pets_dog", "call", "title"}}});
    const auto squashed = squash(history, "pets", "0004_x");
    ASSERT_TRUE(squashed);
    EXPECT_EQ(squashed->id.name, "0001_squashed_0004_x");
    EXPECT_EQ(squashed->replaces.size(), 4u);
    EXPECT_THAT(story(*squashed), ::testing::ElementsAre("create table pets_dog"));
}

TEST(Squash, leaves_sql_in_its_place_and_fills_with_their_columns) {
    const ColumnState name{.number = 2, .name = "name", .null = true};
    ColumnState required = name;
    required.null = false;
    const MigrationGraph history =
        chain({{CreateTable{pets()}, AddColumn{"pets_dog", name}},
               {RunSql{.about = "name the dogs", .sqlite = "x", .postgres = "x"}},
               {AlterColumn{"pets_dog", required, "Rex"},
                AddColumn{"pets_dog", {.number = 3, .name = "sound"}, "woof"}}});
    const auto squashed = squash(history, "pets", "0003_x");
    ASSERT_TRUE(squashed);
    EXPECT_THAT(story(*squashed),
                ::testing::ElementsAre("create table pets_dog", "run SQL: name the dogs",
                                       "add column pets_dog.sound", "alter column pets_dog.name"));
    EXPECT_EQ(std::get<AddColumn>(squashed->operations[2]).fill, PresetState("woof"));
    EXPECT_EQ(std::get<AlterColumn>(squashed->operations[3]).fill, PresetState("Rex"));
}

TEST(Squash, refuses_what_would_close_a_circle) {
    TableState cat = pets();
    cat.number = 2;
    cat.app = "cats";
    cat.name = "cats_cat";
    const MigrationGraph history =
        MigrationGraph::make(
            {{.id = {"pets", "0001_x"}, .operations = {CreateTable{pets()}}},
             {.id = {"cats", "0001_x"},
              .depends = {{"pets", "0001_x"}},
              .operations = {CreateTable{cat}}},
             {.id = {"pets", "0002_x"}, .depends = {{"cats", "0001_x"}, {"pets", "0001_x"}}}})
            .value();
    const auto refused = squash(history, "pets", "0002_x");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("Squash up to the migration before"));
    EXPECT_EQ(squash(history, "pets", "0009_x").error().code, Code::kNotFound);
}

TEST(Squash, of_random_histories_leads_to_the_same_tables) {
    std::size_t squashed_histories = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        testing::RandomSchema random(seed);
        SchemaState before;
        std::vector<std::vector<Operation>> steps;
        for (int release = 0; release < 6; ++release) {
            random.edit(6);
            steps.push_back(difference(before, random.schema()));
            if (random.chance(20)) steps.back().push_back(RunSql{.about = "x"});
            before = random.schema();
        }
        const MigrationGraph history = chain(steps);
        const auto squashed = squash(history, "pets", "0006_x");
        ASSERT_TRUE(squashed) << describe(squashed.error());
        std::vector<Migration> all(history.in_order().begin(), history.in_order().end());
        all.push_back(*squashed);
        const auto graph = MigrationGraph::make(std::move(all));
        ASSERT_TRUE(graph);
        ASSERT_EQ(graph->effective().size(), 1u);
        ASSERT_EQ(graph->final_state().value(), before) << "seed " << seed;
        ++squashed_histories;
    }
    EXPECT_EQ(squashed_histories, 150u);
}

}  // namespace

}  // namespace segurifai::migrate
