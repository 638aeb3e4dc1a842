#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migrate/migration.hpp"

namespace segurifai::migrate {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

MigrationId id(std::string_view text) {
    const std::size_t dot = text.find('.');
    return {.app = std::string(text.substr(0, dot)), .name = std::string(text.substr(dot + 1))};
}

Migration made(std::string_view name, const std::vector<std::string_view>& depends,
               const std::vector<std::string_view>& replaces = {}) {
    Migration migration{.id = id(name)};
    for (const auto& one : depends) migration.depends.push_back(id(one));
    for (const auto& one : replaces) migration.replaces.push_back(id(one));
    return migration;
}

std::vector<std::string> names(const auto& migrations) {
    std::vector<std::string> names;
    for (const auto& one : migrations) {
        if constexpr (requires { one.to_string(); })
            names.push_back(one.to_string());
        else if constexpr (requires { one->id; })
            names.push_back(one->id.to_string());
        else
            names.push_back(one.id.to_string());
    }
    return names;
}

std::vector<MigrationId> ids(const std::vector<std::string_view>& texts) {
    std::vector<MigrationId> all;
    for (const auto& text : texts) all.push_back(id(text));
    return all;
}

std::string refusal(std::vector<Migration> migrations) {
    const auto graph = MigrationGraph::make(std::move(migrations));
    EXPECT_FALSE(graph);
    return graph ? "" : describe(graph.error());
}

TEST(Graph, orders_by_need_then_by_name) {
    const auto graph = MigrationGraph::make(
        {made("b.1", {}), made("a.2", {"a.1", "b.1"}), made("c.1", {"a.1"}), made("a.1", {})});
    ASSERT_TRUE(graph);
    EXPECT_THAT(names(graph->in_order()), ElementsAre("a.1", "b.1", "a.2", "c.1"));
    EXPECT_THAT(names(graph->ancestors(id("a.2"))), ElementsAre("a.1", "b.1"));
    EXPECT_THAT(names(graph->descendants(id("a.1"))), ElementsAre("a.2", "c.1"));
    EXPECT_THAT(graph->apps(), ElementsAre("a", "b", "c"));
    EXPECT_TRUE(graph->check_single_heads());
}

TEST(Graph, names_what_does_not_fit) {
    EXPECT_THAT(refusal({made("a.1", {"b.7"})}), HasSubstr("a.1: depends on b.7, which is not"));
    EXPECT_THAT(refusal({made("a.1", {}), made("a.1", {})}), HasSubstr("two migrations of this"));
    EXPECT_EQ(refusal({made("a.1", {"b.1"}), made("b.1", {"a.1"}), made("a.0", {})}),
              "The migrations depend on each other in a circle: a.1 needs b.1 needs a.1.");
    EXPECT_THAT(refusal({made("a.1", {"a.1"}), made("b.1", {})}), HasSubstr("a.1 needs a.1"));
}

TEST(Graph, two_newest_migrations_of_an_app_are_a_conflict_with_a_way_out) {
    const auto graph =
        MigrationGraph::make({made("a.1", {}), made("a.2x", {"a.1"}), made("a.2y", {"a.1"})});
    ASSERT_TRUE(graph);
    EXPECT_THAT(names(graph->heads("a")), ElementsAre("a.2x", "a.2y"));
    const auto checked = graph->check_single_heads();
    ASSERT_FALSE(checked);
    EXPECT_THAT(describe(checked.error()), HasSubstr("makemigrations --merge"));
    EXPECT_THAT(describe(checked.error()), HasSubstr("a: 2x, 2y"));
}

/// a.1 ← a.2 ← a.3, squashed into a.s; b.1 stands on a.2, a.4 on a.3.
MigrationGraph squashed() {
    return MigrationGraph::make({made("a.1", {}), made("a.2", {"a.1"}), made("a.3", {"a.2"}),
                                 made("a.s", {}, {"a.1", "a.2", "a.3"}), made("a.4", {"a.3"}),
                                 made("b.1", {"a.2"})})
        .value();
}

TEST(Graph, a_squash_stands_for_its_parts_when_none_or_all_of_them_are_applied) {
    const MigrationGraph graph = squashed();
    EXPECT_THAT(names(graph.effective()), ElementsAre("a.s", "a.4", "b.1"));
    EXPECT_THAT(names(graph.effective(ids({"a.1", "a.2", "a.3"}))),
                ElementsAre("a.s", "a.4", "b.1"));
    EXPECT_THAT(names(graph.effective(ids({"a.1"}))),
                ElementsAre("a.1", "a.2", "a.3", "a.4", "b.1"));
    EXPECT_THAT(names(graph.effective(ids({"a.s"}))), ElementsAre("a.s", "a.4", "b.1"));
    EXPECT_THAT(names(graph.heads("a")), ElementsAre("a.4"));
    EXPECT_TRUE(graph.check_single_heads());
}

TEST(Graph, the_parts_of_a_squash_may_be_gone) {
    const auto graph = MigrationGraph::make(
        {made("a.s", {}, {"a.1", "a.2"}), made("a.3", {"a.2"}), made("b.1", {"a.1"})});
    ASSERT_TRUE(graph) << describe(graph.error());
    EXPECT_THAT(names(graph->in_order()), ElementsAre("a.s", "a.3", "b.1"));
}

TEST(Graph, a_migration_that_cannot_be_replayed_is_named) {
    Migration broken = made("a.1", {});
    broken.operations.push_back(DropTable{"a_nothing"});
    const auto graph = MigrationGraph::make({broken});
    ASSERT_TRUE(graph);
    EXPECT_EQ(graph->final_state().error().message,
              "Migration a.1 cannot drop table a_nothing: There is no table a_nothing at this "
              "point of the history.");
}

}  // namespace

}  // namespace segurifai::migrate
