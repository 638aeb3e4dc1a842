#include "migrate/inspect.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "migrate/describe_live.hpp"
#include "migrate/step.hpp"
#include "support/databases.hpp"

namespace segurifai::migrate {
namespace {

using model::Type;
using sql::Engine;

ColumnState column(std::uint16_t number, std::string name, Type type) {
    return {.number = number, .name = std::move(name), .type = type};
}

ColumnState key() {
    ColumnState id = column(1, "id", Type::kBigInteger);
    id.primary_key = true;
    id.identity = true;
    return id;
}

/// Two tables that use every fact a description can state.
SchemaState shop() {
    TableState person{.number = 1, .app = "shop", .name = "shop_person", .columns = {}};
    ColumnState person_id = column(1, "id", Type::kUuid);
    person_id.primary_key = true;
    person.columns = {person_id, column(2, "name", Type::kText)};
    TableState order{.number = 2, .app = "shop", .name = "shop_order", .columns = {key()}};
    ColumnState status = column(2, "status", Type::kVarchar);
    status.length = 20;
    status.preset = std::string("OPEN");
    status.choices = {"OPEN", "DONE"};
    ColumnState total = column(3, "total", Type::kDecimal);
    total.precision = 10;
    total.scale = 2;
    total.min = "0";
    ColumnState note = column(4, "note", Type::kText);
    note.null = true;
    ColumnState extra = column(5, "extra", Type::kJson);
    extra.json = JsonKind::kObject;
    ColumnState person_key = column(6, "person_id", Type::kUuid);
    person_key.references = ForeignKeyState{
        .table = "shop_person", .column = "id", .on_delete = model::OnDelete::kCascade};
    ColumnState at = column(7, "at", Type::kDateTime);
    order.columns.insert(order.columns.end(), {status, total, note, extra, person_key, at});
    order.indexes = {{.name = "shop_order_note_key", .columns = {"note"}, .unique = true},
                     {.name = "shop_order_status_idx", .columns = {"status", "at"}}};
    order.checks = {{.name = "shop_order_paid", .expression = "status <> 'DONE' OR total > 0"}};
    return {.tables = {{1, person}, {2, order}}};
}

class Inspect : public ::testing::TestWithParam<Engine> {
protected:
    void SetUp() override {
        for (const std::string& statement : create_statements(GetParam(), shop())) run(statement);
    }

    void run(const std::string& statement) {
        const auto done = session_->script(statement);
        ASSERT_TRUE(done.has_value()) << statement << "\n" << describe(done.error());
    }
    void run(std::string_view sqlite, std::string_view postgres) {
        run(std::string(GetParam() == Engine::kSqlite ? sqlite : postgres));
    }

    std::vector<std::string> drift() {
        const auto found = check_database(*session_, shop());
        EXPECT_TRUE(found.has_value()) << (found ? "" : describe(found.error()));
        std::vector<std::string> lines;
        if (found)
            for (const Drift& one : *found) lines.push_back(one.table + ": " + one.what);
        return lines;
    }

    /// Exactly one difference, and it says this.
    void expect_one(const std::vector<std::string>& parts) {
        const std::vector<std::string> lines = drift();
        ASSERT_EQ(lines.size(), 1U) << ::testing::PrintToString(lines);
        for (const std::string& part : parts)
            EXPECT_NE(lines.front().find(part), std::string::npos) << lines.front();
    }

    testing::TestDatabase database_{GetParam()};
    std::unique_ptr<sql::Session> session_ = database_.session();
};
SEGURIFAI_ON_BOTH_ENGINES(Inspect);

TEST_P(Inspect, AFreshDatabaseHasNoDrift) {
    EXPECT_EQ(drift(), std::vector<std::string>{});
    EXPECT_FALSE(session_->in_transaction());
    const auto live = inspect(*session_);
    ASSERT_TRUE(live.has_value());
    const LiveCounts counts = count(*live);
    EXPECT_EQ(counts.tables, 2U);
    EXPECT_EQ(counts.columns, 9U);
    EXPECT_EQ(counts.indexes, 2U);
    EXPECT_TRUE(live->tables.at("shop_order").columns.at("id").identity);
    EXPECT_EQ(live->tables.at("shop_order").columns.at("id").primary_key, 1);
    EXPECT_TRUE(live->tables.at("shop_order").constraints.contains("shop_order_person_id_fkey"));
    EXPECT_TRUE(live->tables.at("shop_order").constraints.contains("shop_order_paid"));
}

TEST_P(Inspect, ThePlatformsOwnTablesAndTombstonesAreNoDrift) {
    run("CREATE TABLE segurifai_lease (name text)");
    run("CREATE TABLE tombstone_1_shop_old (name text)");
    run("ALTER TABLE shop_order ADD COLUMN tombstone_2_old text");
    EXPECT_EQ(drift(), std::vector<std::string>{});
}

TEST_P(Inspect, NamesATableTooMany) {
    run("CREATE TABLE shop_extra (a text, b text)");
    expect_one({"shop_extra: the table is not described: it has 2 columns"});
}

TEST_P(Inspect, NamesAMissingTable) {
    run("DROP TABLE shop_order");
    expect_one({"shop_order: the table is missing, with its 7 columns"});
}

TEST_P(Inspect, NamesAColumnTooMany) {
    run("ALTER TABLE shop_person ADD COLUMN nick text");
    expect_one({"shop_person: column nick is not described"});
}

TEST_P(Inspect, NamesAMissingColumn) {
    run("ALTER TABLE shop_person DROP COLUMN name");
    std::vector<std::string> lines = drift();
    ASSERT_FALSE(lines.empty());
    EXPECT_NE(lines.front().find("shop_person: column name is missing"), std::string::npos);
    for (const std::string& line : lines)  // its own checks go with it
        EXPECT_NE(line.find("name"), std::string::npos) << line;
}

TEST_P(Inspect, NamesARenamedColumnAsOneTooManyAndOneMissing) {
    run("ALTER TABLE shop_order RENAME COLUMN at TO moment");
    const std::vector<std::string> lines = drift();
    const auto says = [&](std::string_view part) {
        return std::ranges::any_of(
            lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
    };
    EXPECT_TRUE(says("column at is missing"));
    EXPECT_TRUE(says("column moment is not described"));
}

TEST_P(Inspect, NamesAMissingIndexAndOneTooMany) {
    run("DROP INDEX shop_order_status_idx");
    expect_one({"index shop_order_status_idx is missing"});
    run("CREATE INDEX shop_order_status_idx ON shop_order (status, at)");
    run("CREATE INDEX shop_order_total_idx ON shop_order (total)");
    expect_one({"index shop_order_total_idx is not described"});
}

TEST_P(Inspect, NamesAnIndexThatDiffers) {
    run("DROP INDEX shop_order_note_key");
    run("CREATE INDEX shop_order_note_key ON shop_order (note)");
    expect_one({"index shop_order_note_key differs: it is ", ", it should be "});
    run("DROP INDEX shop_order_note_key");
    run("CREATE UNIQUE INDEX shop_order_note_key ON shop_order (note) WHERE id > 5");
    expect_one({"index shop_order_note_key differs"});
}

TEST_P(Inspect, NamesATrigger) {
    run("CREATE TRIGGER shop_t AFTER INSERT ON shop_order BEGIN SELECT 1; END",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
        "CREATE TRIGGER shop_t AFTER INSERT ON shop_order FOR EACH ROW EXECUTE FUNCTION f()");
    expect_one({"trigger shop_t is not described"});
}

/// SQLite changes a table by hand through its stored text; PostgreSQL by ALTER.
class InspectPostgres : public Inspect {};
INSTANTIATE_TEST_SUITE_P(Engines, InspectPostgres, ::testing::Values(Engine::kPostgres),
                         testing::engine_name);

TEST_P(InspectPostgres, NamesEveryKindOfChangedColumnAndConstraint) {
    struct Change {
        std::string make, undo;
        std::vector<std::string> says;
    };
    const std::string table = "ALTER TABLE shop_order ";
    const std::vector<Change> changes{
        {table + "ALTER note TYPE varchar(9) COLLATE \"C\"",
         table + "ALTER note TYPE text COLLATE \"C\"",
         {"column note has the type character varying(9)", "it should be text"}},
        {table + "ALTER note TYPE text COLLATE \"POSIX\"",
         table + "ALTER note TYPE text COLLATE \"C\"",
         {"column note has the type text COLLATE \"POSIX\""}},
        {table + "ALTER total DROP NOT NULL",
         table + "ALTER total SET NOT NULL",
         {"column total allows NULL, it should be NOT NULL"}},
        {table + "ALTER note SET NOT NULL",
         table + "ALTER note DROP NOT NULL",
         {"column note is NOT NULL, it should allow NULL"}},
        {table + "ALTER status SET DEFAULT 'DONE'",
         table + "ALTER status SET DEFAULT 'OPEN'",
         {"column status has the default 'DONE'"}},
        {table + "ALTER status DROP DEFAULT",
         table + "ALTER status SET DEFAULT 'OPEN'",
         {"column status has the default none, it should be 'OPEN'"}},
        {table + "ALTER id DROP IDENTITY",
         table + "ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
         {"column id is not counted up by the database"}},
        {table + "RENAME CONSTRAINT shop_order_paid TO paid",
         table + "RENAME CONSTRAINT paid TO shop_order_paid",
         {}},
        {"ALTER TABLE shop_order SET UNLOGGED",
         "ALTER TABLE shop_order SET LOGGED",
         {"the storage differs: it is UNLOGGED, it should be none"}},
    };
    for (const Change& change : changes) {
        run(change.make);
        if (change.says.empty()) {
            EXPECT_EQ(drift().size(), 2U) << change.make;
        } else {
            expect_one(change.says);
        }
        run(change.undo);
        EXPECT_EQ(drift(), std::vector<std::string>{}) << change.undo;
    }
}

TEST_P(InspectPostgres, NamesAKeyThatDeletesOtherwiseAndAConstraintNotValidated) {
    run("ALTER TABLE shop_order DROP CONSTRAINT shop_order_person_id_fkey; "
        "ALTER TABLE shop_order ADD CONSTRAINT shop_order_person_id_fkey FOREIGN KEY (person_id) "
        "REFERENCES shop_person (id) ON DELETE RESTRICT NOT VALID");
    expect_one(
        {"constraint shop_order_person_id_fkey differs", "RESTRICT", "NOT VALID", "CASCADE"});
}

TEST_P(InspectPostgres, RefusesToWorkInsideATransaction) {
    ASSERT_TRUE(session_->begin().has_value());
    const auto found = expected(*session_, shop());
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, Code::kConflict);
    session_->rollback();
}

class InspectSqlite : public Inspect {};
INSTANTIATE_TEST_SUITE_P(Engines, InspectSqlite, ::testing::Values(Engine::kSqlite),
                         testing::engine_name);

/// The CREATE TABLE of shop_order with one part of it replaced; the table is made anew.
TEST_P(InspectSqlite, NamesEveryKindOfChangedColumnAndConstraint) {
    struct Change {
        std::string from, to, says;
    };
    const std::vector<Change> changes{
        {"VARCHAR(20)", "VARCHAR(30)",
         "column status has the type VARCHAR(30), it should be VARCHAR(20)"},
        {"'OPEN'", "'DONE'", ""},
        {"ON DELETE CASCADE", "ON DELETE RESTRICT", "constraint shop_order_person_id_fkey differs"},
        {"shop_order_paid", "paid", ""},
        {"AUTOINCREMENT", "", "column id is not counted up by the database"},
        {"total > 0", "total > 1", "constraint shop_order_paid differs"},
    };
    const TableState order = *shop().find("shop_order");
    for (const Change& change : changes) {
        std::string text = create_table_sql(Engine::kSqlite, order);
        const std::size_t at = text.find(change.from);
        ASSERT_NE(at, std::string::npos) << change.from << " in " << text;
        text.replace(at, change.from.size(), change.to);
        run("DROP TABLE shop_order");
        run(text);
        for (const IndexState& index : order.indexes) run(create_index_sql(order, index));
        const std::vector<std::string> lines = drift();
        ASSERT_FALSE(lines.empty()) << change.from;
        if (!change.says.empty()) {
            EXPECT_EQ(lines.size(), 1U) << ::testing::PrintToString(lines);
            EXPECT_NE(lines.front().find(change.says), std::string::npos) << lines.front();
        }
    }
}

TEST_P(Inspect, TheLiveTablesReadAsDescriptions) {
    const auto live = inspect(*session_);
    ASSERT_TRUE(live.has_value());
    const std::string text = describe_live(*live);
    for (const std::string_view part :
         {"struct ShopOrder {", "SEGURIFAI_TABLE(ShopOrder, {.number = 1, .app = \"shop\"",
          ".primary_key = true, .identity = true)",
          "std::string, status, .length = 20, .preset = \"OPEN\")", "Decimal<10, 2>, total",
          "std::optional<std::string>, note, .unique = true)", "Json, extra",
          "Uuid, person_id, .references = \"shop_person\", .on_delete = OnDelete::kCascade)",
          "Instant, at", "model::Index{.name = \"status_idx\", .columns = {\"status\", \"at\"}}"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Compare, IsSortedAndWordsBothSides) {
    LiveSchema live;
    live.tables["b"].partition_key = "RANGE (at)";
    live.tables["a"];
    LiveSchema should;
    should.tables["b"];
    const std::vector<Drift> drifts = compare(live, should);
    ASSERT_EQ(drifts.size(), 2U);
    EXPECT_EQ(drifts[0].table, "a");
    EXPECT_EQ(drifts[1].what, "the partition key differs: it is RANGE (at), it should be none");
}

}  // namespace
}  // namespace segurifai::migrate
