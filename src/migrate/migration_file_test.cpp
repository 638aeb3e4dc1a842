#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "migrate/autodetector.hpp"
#include "migrate/migration.hpp"
#include "migrate/random_schema.hpp"

namespace segurifai::migrate {

namespace {

MigrationSource source_of(const Migration& migration) {
    return {.app = migration.id.app, .name = migration.id.name, .text = write_migration(migration)};
}

Migration parsed(std::string text) {
    auto migration = parse_migration({.app = "pets", .name = "0002_x", .text = std::move(text)});
    EXPECT_TRUE(migration) << describe(migration.error());
    return migration.value_or(Migration{});
}

std::string faults_of(std::string text) {
    const auto migration =
        parse_migration({.app = "pets", .name = "0002_x", .text = std::move(text)});
    EXPECT_FALSE(migration);
    if (migration) return "";
    EXPECT_EQ(migration.error().code, Code::kInvalid);
    std::string all;
    for (const Fault& fault : migration.error().faults)
        all += fault.path + ": " + fault.message + "\n";
    return all;
}

constexpr std::string_view kReadable = R"toml(format = 1
depends = ["pets.0001_initial", "users.0001_initial"]

[[operation]]
kind = "create_table"
table = "pets_dog"
number = 7
columns = [
    { number = 1, name = "id", type = "INTEGER", primary_key = true, identity = true },
    { number = 2, name = "mood", type = "VARCHAR(8)", default = "calm", choices = ["calm", "wild"] },
    { number = 3, name = "owner_id", type = "UUID", null = true, references = "users_user.id", on_delete = "set null" },
    { number = 4, name = "tricks", type = "JSON", default = "[]", json = "array" },
    { number = 5, name = "weight", type = "DECIMAL(5,2)", min = "0.10" },
]
indexes = [
    { name = "pets_dog_mood_idx", columns = ["mood", "weight"], where = "mood <> 'wild'" },
]
checks = [
    { name = "pets_dog_calm", expression = "mood = 'calm' OR weight < 30" },
]

[[operation]]
kind = "add_column"
table = "pets_cat"
column = { number = 9, name = "lives", type = "INTEGER" }
fill = 9

[[operation]]
kind = "run_sql"
about = "give every cat a name"
sqlite = '''
UPDATE pets_cat SET name = 'Tom'
WHERE name = '';
'''
postgres = "UPDATE pets_cat SET name = 'Tom' WHERE name = ''"
reversible = true
lossy = true
)toml";

TEST(MigrationFile, reads_like_a_description_and_is_written_the_same) {
    const Migration migration = parsed(std::string(kReadable));
    EXPECT_EQ(write_migration(migration), kReadable);
    ASSERT_EQ(migration.operations.size(), 3u);
    const TableState& dog = std::get<CreateTable>(migration.operations[0]).table;
    EXPECT_EQ(dog.app, "pets");
    EXPECT_EQ(dog.columns[2].references->on_delete, model::OnDelete::kSetNull);
    EXPECT_EQ(dog.columns[4].precision, 5);
    EXPECT_EQ(std::get<AddColumn>(migration.operations[1]).fill, PresetState(std::int64_t{9}));
}

TEST(MigrationFile, every_fault_is_named_with_its_line) {
    EXPECT_EQ(faults_of("format = 2\ndepend = []\n"),
              "line 1: This program reads migrations of format = 1.\n"
              "line 2: depend is no key of this place.\n");
    EXPECT_EQ(faults_of("format = 1\n[[operation]]\nkind = \"drop_tables\"\ntable = \"x\"\n"),
              "line 3: drop_tables is no kind of operation.\n");
    EXPECT_EQ(faults_of("format = 1\n[[operation]]\nkind = \"add_column\"\ntable = \"x\"\n"
                        "column = { number = 0, name = \"a\", type = \"VARCHAR\", nul = true }\n"),
              "line 5: number must be a number from 1 to 65535.\n"
              "line 5: VARCHAR is no type; write for example VARCHAR(254).\n"
              "line 5: nul is no key of this place.\n");
    EXPECT_EQ(faults_of("format = 1\n[[operation]]\nkind = \"run_sql\"\nsqlite_reverse = \"x\"\n"),
              "line 3: There is a reverse, but not reversible = true.\n");
    EXPECT_EQ(faults_of("format = 1\ndepends = [\"users\"]\n"),
              "line 2: users is no migration; write \"app.0001_name\".\n");
    EXPECT_THAT(faults_of("format = 1\nformat = 1\n"), ::testing::StartsWith("line 2: "));
}

TEST(Checksum, ignores_how_the_file_is_written) {
    const std::string sum = checksum(parsed(std::string(kReadable)));
    EXPECT_EQ(sum.substr(0, 3), "v1:");
    EXPECT_EQ(sum.size(), 3u + 64u);
    EXPECT_EQ(checksum(parsed(R"toml(# the same in other words
  format   =  1
[[operation]]
number = 7   # keys in another order
table = 'pets_dog'
app = "pets"
kind = "create_table"
checks = [{expression = "mood = 'calm' OR weight < 30", name = "pets_dog_calm"}]
indexes = [{columns = ['mood','weight'], where = "mood <> 'wild'", name = 'pets_dog_mood_idx'}]
columns = [
  {type = "JSON", number = 4, name = "tricks", default = "[]", json = "array", null = false},
  {name = "id", number = 1, type = "INTEGER", primary_key = true, identity = true},
  {name = "mood", number = 2, type = "VARCHAR(8)", default = "calm", choices = ["calm","wild"]},
  {name = "owner_id", number = 3, type = "UUID", null = true, on_delete = "set null", references = "users_user.id"},
  {name = "weight", number = 5, type = "DECIMAL(5,2)", min = "0.10"}]
[[operation]]
kind = "add_column"
fill = 0x9
table = "pets_cat"
column = { number = 9, name = "lives", type = "INTEGER" }
[[operation]]
kind = "run_sql"
about = "said otherwise"
postgres = "UPDATE pets_cat SET name = 'Tom' WHERE name = ''"
sqlite = """UPDATE pets_cat SET name = 'Tom'
WHERE name = '';"""
lossy = true
reversible = true
)toml")),
              sum);
}

TEST(Checksum, stays_what_it_is) {
    // Databases keep this value: when the assertion fails, a "v2" is needed, not another number.
    EXPECT_EQ(checksum(parsed(std::string(kReadable))),
              "v1:a663c40c0ff5f164dd54a4568f7c9737ed47e188faad65bb3863cb1d4f6926f1");
}

TEST(Checksum, tells_every_change_of_meaning) {
    const std::string text(kReadable);
    const std::string sum = checksum(parsed(text));
    const std::pair<std::string_view, std::string_view> changes[] = {
        {"VARCHAR(8)", "VARCHAR(9)"},
        {"\"calm\", \"wild\"", "\"wild\", \"calm\""},
        {"fill = 9", "fill = 8"},
        {"default = \"[]\"", "default = \"[1]\""},
        {"null = true, ", ""},
        {"set null", "cascade"},
        {"min = \"0.10\"", "max = \"0.10\""},
        {"lossy = true\n", ""},
        {"'Tom'\nWHERE", "'Tim'\nWHERE"},
        {"weight < 30", "weight < 31"}};
    for (const auto& [from, to] : changes) {
        std::string changed = text;
        changed.replace(changed.find(from), from.size(), to);
        EXPECT_NE(checksum(parsed(changed)), sum) << from;
    }
}

TEST(MigrationFile, an_empty_one_shows_how_to_write_sql) {
    const Migration migration{.id = {"pets", "0002_x"}, .depends = {{"pets", "0001_initial"}}};
    const std::string text = write_migration(migration);
    EXPECT_THAT(text, ::testing::HasSubstr("#   kind = \"run_sql\""));
    EXPECT_TRUE(parsed(text).operations.empty());
}

RunSql random_sql(testing::RandomSchema& random) {
    RunSql sql{.about = random.text(), .sqlite = random.text(), .postgres = random.text()};
    sql.reversible = random.chance(50);
    sql.lossy = random.chance(50);
    if (sql.reversible) sql.sqlite_reverse = random.text();
    return sql;
}

TEST(MigrationFile, random_migrations_are_read_back_as_they_were) {
    std::size_t operations = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        testing::RandomSchema random(seed);
        const SchemaState before = random.schema();
        random.edit(12);
        const SchemaState between = random.schema();
        random.edit(12);
        Migration migration{.id = {"app1", "0002_random"}, .depends = {{"app0", "0001_a"}}};
        migration.operations = difference(before, between);
        for (Operation& operation : difference(between, random.schema()))
            migration.operations.push_back(std::move(operation));
        migration.operations.push_back(random_sql(random));
        const auto read = parse_migration(source_of(migration));
        ASSERT_TRUE(read) << describe(read.error()) << write_migration(migration);
        ASSERT_EQ(read->operations, migration.operations) << write_migration(migration);
        ASSERT_EQ(read->depends, migration.depends);
        ASSERT_EQ(checksum(*read), checksum(migration));
        operations += migration.operations.size();
    }
    EXPECT_GT(operations, 1'000u);
}

}  // namespace

}  // namespace segurifai::migrate
