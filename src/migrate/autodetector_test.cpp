#include "migrate/autodetector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migrate/random_schema.hpp"

namespace segurifai::migrate {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TableState table(std::uint16_t number, const std::string& app, const std::string& name,
                 const std::vector<std::string>& parents = {}) {
    TableState table{.number = number,
                     .app = app,
                     .name = app + "_" + name,
                     .columns = {{.number = 1,
                                  .name = "id",
                                  .type = model::Type::kInteger,
                                  .primary_key = true,
                                  .identity = true},
                                 {.number = 2, .name = "name"}}};
    for (const std::string& parent : parents)
        table.columns.push_back({.number = static_cast<std::uint16_t>(table.columns.size() + 1),
                                 .name = parent + "_id",
                                 .type = model::Type::kInteger,
                                 .references = ForeignKeyState{.table = parent, .column = "id"}});
    return table;
}

SchemaState schema_of(const std::vector<TableState>& tables) {
    SchemaState schema;
    for (const TableState& one : tables) schema.tables.emplace(one.number, one);
    return schema;
}

/// Providers and assistance need each other: a request points at a provider, a review at both.
SchemaState two_way() {
    return schema_of(
        {table(1, "providers", "provider"),
         table(2, "assistance", "request", {"providers_provider"}),
         table(3, "providers", "review", {"providers_provider", "assistance_request"})});
}

MigrationGraph graph_of(std::vector<Migration> migrations) {
    auto graph = MigrationGraph::make(std::move(migrations));
    EXPECT_TRUE(graph) << describe(graph.error());
    return graph.value_or(MigrationGraph{});
}

MigrationGraph grown(const MigrationGraph& history, const std::vector<Migration>& made) {
    std::vector<Migration> all(history.in_order().begin(), history.in_order().end());
    all.insert(all.end(), made.begin(), made.end());
    return graph_of(std::move(all));
}

std::vector<Migration> detected(const MigrationGraph& history, const SchemaState& wanted,
                                const Fills& fills = {}) {
    auto made = detect_changes(history, wanted, {}, fills);
    EXPECT_TRUE(made) << describe(made.error());
    return made.value_or(std::vector<Migration>{});
}

std::vector<std::string> names(const std::vector<Migration>& migrations) {
    std::vector<std::string> names;
    for (const Migration& one : migrations) {
        names.push_back(one.id.to_string() + " <-");
        for (const MigrationId& needed : one.depends) names.back() += " " + needed.to_string();
    }
    return names;
}

TEST(DetectChanges, apps_that_need_each_other_are_split_where_fewest_tables_wait) {
    EXPECT_THAT(names(detected({}, two_way())),
                ElementsAre("providers.0001_initial <-",
                            "assistance.0001_initial <- providers.0001_initial",
                            "providers.0002_review <- assistance.0001_initial "
                            "providers.0001_initial"));
}

TEST(DetectChanges, says_nothing_when_nothing_changed) {
    const MigrationGraph history = grown({}, detected({}, two_way()));
    EXPECT_TRUE(detected(history, two_way()).empty());
}

TEST(DetectChanges, a_renamed_table_waits_for_every_app_that_named_it) {
    const MigrationGraph history = grown({}, detected({}, two_way()));
    SchemaState wanted = two_way();
    wanted.tables.at(1).name = "providers_company";
    for (auto& [number, one] : wanted.tables)
        for (ColumnState& column : one.columns)
            if (column.references && column.references->table == "providers_provider")
                column.references->table = "providers_company";
    EXPECT_THAT(names(detected(history, wanted)),
                ElementsAre("providers.0003_rename_provider_company <- assistance.0001_initial "
                            "providers.0002_review"));
}

TEST(DetectChanges, a_moved_table_is_made_by_its_old_app_and_followed_by_its_new_one) {
    const MigrationGraph history = grown({}, detected({}, two_way()));
    SchemaState wanted = two_way();
    wanted.tables.at(3).app = "reviews";
    EXPECT_THAT(names(detected(history, wanted)),
                ElementsAre("reviews.0001_initial <- providers.0002_review"));
}

TEST(DetectChanges, a_required_column_without_a_value_for_existing_rows_is_refused) {
    const MigrationGraph history = grown({}, detected({}, two_way()));
    SchemaState wanted = two_way();
    wanted.tables.at(1).columns.push_back({.number = 3, .name = "logo"});
    const auto refused = detect_changes(history, wanted);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalid);
    ASSERT_EQ(refused.error().faults.size(), 1u);
    EXPECT_EQ(refused.error().faults[0].path, "providers_provider.logo");
    EXPECT_THAT(refused.error().faults[0].message, HasSubstr("give it a default"));

    const auto made = detected(history, wanted, {{"providers_provider.logo", "none.png"}});
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(made[0].id.name, "0003_provider_logo");
    EXPECT_EQ(std::get<AddColumn>(made[0].operations[0]).fill, PresetState("none.png"));
}

TEST(DetectChanges, another_primary_key_is_refused_with_the_way_out) {
    const MigrationGraph history = grown({}, detected({}, two_way()));
    SchemaState wanted = schema_of(
        {table(1, "providers", "provider"), two_way().tables.at(2), two_way().tables.at(3)});
    wanted.tables.at(3).columns[0].primary_key = false;
    wanted.tables.at(3).columns[0].identity = false;
    wanted.tables.at(3).columns[1].primary_key = true;
    const auto refused = detect_changes(history, wanted);
    ASSERT_FALSE(refused);
    EXPECT_THAT(describe(refused.error()), HasSubstr("describe a new table with a new number"));
}

TEST(DetectChanges, two_newest_migrations_are_refused_until_they_are_joined) {
    std::vector<Migration> all = detected({}, schema_of({table(1, "a", "x")}));
    for (const char* name : {"0002_left", "0002_right"})
        all.push_back({.id = {"a", name}, .depends = {{"a", "0001_initial"}}});
    const MigrationGraph history = graph_of(all);
    EXPECT_EQ(detect_changes(history, {}).error().code, Code::kConflict);
    const auto merge = merge_migration(history, "a");
    ASSERT_TRUE(merge);
    EXPECT_EQ(merge->id.name, "0003_merge_0002_left_0002_right");
    EXPECT_TRUE(grown(history, {*merge}).check_single_heads());
    EXPECT_EQ(empty_migration(history, "a", "x").error().code, Code::kConflict);
}

TEST(DetectChanges, a_filter_of_apps_keeps_what_they_need) {
    const auto made = detected({}, two_way());
    EXPECT_EQ(names(only_apps(made, {"assistance"})).size(), 2u);
    EXPECT_EQ(names(only_apps(made, {"providers"})).size(), 3u);
}

/// Whatever is edited over however many releases, the recorded files lead to it.
TEST(DetectChanges, random_histories_lead_to_the_described_tables) {
    std::size_t migrations = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        testing::RandomSchema random(seed);
        MigrationGraph history;
        for (int release = 0; release < 5; ++release) {
            random.edit(8);
            // Existing rows are not what this is about: every new requirement gets a fill.
            Fills fills;
            for (const auto& [number, one] : random.schema().tables)
                for (const ColumnState& column : one.columns)
                    fills[one.name + "." + column.name] = "fill";
            const auto made = detect_changes(history, random.schema(), {}, fills);
            ASSERT_TRUE(made) << "seed " << seed << ": " << describe(made.error());
            history = grown(history, *made);
            ASSERT_EQ(history.final_state().value(), random.schema()) << "seed " << seed;
            ASSERT_TRUE(history.check_single_heads());
            for (const Migration& one : *made) ASSERT_LE(one.id.name.size(), 60u);
        }
        migrations += history.in_order().size();
    }
    EXPECT_GT(migrations, 500u);
}

}  // namespace

}  // namespace segurifai::migrate
