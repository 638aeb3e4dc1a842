#include <gtest/gtest.h>

#include <set>

#include "migrate/autodetector.hpp"
#include "migrate/random_schema.hpp"

namespace segurifai::migrate {

namespace {

std::string story(const std::vector<Operation>& operations) {
    std::string text;
    for (const Operation& operation : operations) text += describe(operation) + "\n";
    return text;
}

TableState pets(std::uint16_t number, std::string name) {
    return {.number = number,
            .app = "pets",
            .name = std::move(name),
            .columns = {{.number = 1,
                         .name = "id",
                         .type = model::Type::kInteger,
                         .primary_key = true,
                         .identity = true},
                        {.number = 2, .name = "name"},
                        {.number = 3, .name = "sound"}}};
}

TEST(Difference, of_equal_schemas_is_nothing) {
    SchemaState schema;
    schema.tables[1] = pets(1, "pets_dog");
    EXPECT_TRUE(difference(schema, schema).empty());
}

TEST(Difference, recognises_renames_by_number_and_swaps_by_way_of_a_third_name) {
    SchemaState from;
    from.tables[1] = pets(1, "pets_dog");
    from.tables[2] = pets(2, "pets_cat");
    SchemaState to = from;
    std::swap(to.tables[1].name, to.tables[2].name);
    std::swap(to.tables[1].columns[1].name, to.tables[1].columns[2].name);
    EXPECT_EQ(story(difference(from, to)),
              "rename table pets_cat to aside_table_2\n"
              "rename table pets_dog to pets_cat\n"
              "rename table aside_table_2 to pets_dog\n"
              "rename column pets_cat.sound to aside_column_3\n"
              "rename column pets_cat.name to sound\n"
              "rename column pets_cat.aside_column_3 to name\n");
}

TEST(Difference, a_name_with_another_number_is_dropped_and_made_anew) {
    SchemaState from;
    from.tables[1] = pets(1, "pets_dog");
    from.tables[1].indexes = {{.name = "pets_dog_name_idx", .columns = {"name"}}};
    SchemaState to = from;
    to.tables[1].columns[1].number = 4;
    std::swap(to.tables[1].columns[1], to.tables[1].columns[2]);
    EXPECT_EQ(story(difference(from, to)),
              "drop index pets_dog_name_idx on pets_dog\n"
              "drop column pets_dog.name\n"
              "add column pets_dog.name\n"
              "add index pets_dog_name_idx on pets_dog\n");
}

TEST(Difference, a_renamed_column_keeps_its_index_which_gets_the_new_name) {
    SchemaState from;
    from.tables[1] = pets(1, "pets_dog");
    from.tables[1].indexes = {{.name = "pets_dog_name_key", .columns = {"name"}, .unique = true}};
    SchemaState to = from;
    to.tables[1].columns[1].name = "call";
    to.tables[1].indexes = {{.name = "pets_dog_call_key", .columns = {"call"}, .unique = true}};
    EXPECT_EQ(story(difference(from, to)),
              "rename column pets_dog.name to call\n"
              "rename index pets_dog_name_key on pets_dog to pets_dog_call_key\n");
}

TEST(Difference, tables_that_point_at_each_other_get_their_keys_afterwards) {
    SchemaState to;
    to.tables[1] = pets(1, "pets_dog");
    to.tables[2] = pets(2, "pets_cat");
    const auto point = [](TableState& table, const char* at) {
        table.columns[2].type = model::Type::kInteger;
        table.columns[2].references = ForeignKeyState{.table = at, .column = "id"};
    };
    point(to.tables[1], "pets_cat");
    point(to.tables[2], "pets_dog");
    EXPECT_EQ(story(difference({}, to)),
              "create table pets_dog\n"
              "create table pets_cat\n"
              "alter column pets_dog.sound\n");
    SchemaState replayed = to;
    for (const Operation& operation : difference(to, {})) ASSERT_TRUE(apply(replayed, operation));
    EXPECT_EQ(replayed, SchemaState{});
}

/// The property: whatever people edit, replaying the difference gives exactly what they want.
TEST(Difference, replays_for_random_edits) {
    std::set<std::size_t> kinds;
    std::size_t sequences = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        testing::RandomSchema random(seed);
        SchemaState recorded;
        for (int round = 0; round < 6; ++round, ++sequences) {
            random.edit(10);
            const auto operations = difference(recorded, random.schema());
            SchemaState replayed = recorded;
            for (const Operation& operation : operations) {
                kinds.insert(operation.index());
                const auto applied = apply(replayed, operation);
                ASSERT_TRUE(applied) << "seed " << seed << ": " << applied.error().message << "\n"
                                     << story(operations);
            }
            ASSERT_EQ(replayed, random.schema()) << "seed " << seed << " round " << round << "\n"
                                                 << story(operations);
            recorded = random.schema();
        }
    }
    EXPECT_GE(sequences, 2'000u);
    EXPECT_EQ(kinds.size(), 12u) << "every kind of schema operation is drawn";
}

}  // namespace

}  // namespace segurifai::migrate
