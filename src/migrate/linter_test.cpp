#include "migrate/linter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace segurifai::migrate {
namespace {

using model::Type;

ColumnState column(std::uint16_t number, std::string name, Type type) {
    ColumnState made{.number = number, .name = std::move(name), .type = type};
    if (type == Type::kVarchar) made.length = 40;
    if (type == Type::kChar) made.length = 1;
    if (type == Type::kDecimal) {
        made.precision = 10;
        made.scale = 2;
    }
    return made;
}

ColumnState key() {
    ColumnState id = column(1, "id", Type::kBigInteger);
    id.primary_key = true;
    id.identity = true;
    return id;
}

/// A shop's tables: a parent and a child with a column of each sort.
SchemaState shop() {
    TableState person{.number = 1, .app = "shop", .name = "shop_person", .columns = {key()}};
    TableState order{.number = 2, .app = "shop", .name = "shop_order", .columns = {key()}};
    ColumnState status = column(2, "status", Type::kVarchar);
    status.preset = std::string("OPEN");
    status.choices = {"OPEN", "DONE"};
    ColumnState total = column(3, "total", Type::kDecimal);
    total.min = "0";
    ColumnState note = column(4, "note", Type::kText);
    note.null = true;
    ColumnState extra = column(5, "extra", Type::kJson);
    ColumnState person_id = column(6, "person_id", Type::kBigInteger);
    order.columns.insert(order.columns.end(), {status, total, note, extra, person_id});
    order.indexes = {{.name = "shop_order_code_key", .columns = {"note"}, .unique = true},
                     {.name = "shop_order_status_idx", .columns = {"status", "total"}}};
    order.checks = {{.name = "shop_order_total_check", .expression = "total < 100"}};
    return {.tables = {{1, person}, {2, order}}};
}

ColumnState in_shop(std::string_view name) {
    return *shop().find("shop_order")->find_column(name);
}

/// `name` of shop_order, changed by `change`.
template <class Change>
Operation altered(std::string_view name, Change change, PresetState fill = {}) {
    ColumnState to = in_shop(name);
    change(to);
    return AlterColumn{.table = "shop_order", .column = to, .fill = std::move(fill)};
}

Operation sql(std::string text) {
    return RunSql{.about = "some rows",
                  .sqlite = text,
                  .postgres = text,
                  .sqlite_reverse = "SELECT 1",
                  .postgres_reverse = "SELECT 1",
                  .reversible = true};
}

Operation added(ColumnState made, PresetState fill = {}) {
    made.number = 20;
    return AddColumn{.table = "shop_order", .column = std::move(made), .fill = std::move(fill)};
}

Operation created(std::vector<ColumnState> columns, std::vector<IndexState> indexes = {}) {
    columns.insert(columns.begin(), key());
    return CreateTable{{.number = 3,
                        .app = "shop",
                        .name = "shop_new",
                        .columns = std::move(columns),
                        .indexes = std::move(indexes)}};
}

ColumnState nullable(ColumnState made) {
    made.null = true;
    return made;
}
ColumnState preset(ColumnState made, PresetState value) {
    made.preset = std::move(value);
    return made;
}
ColumnState referring(ColumnState made) {
    made.null = true;
    made.references = ForeignKeyState{.table = "shop_person", .column = "id"};
    return made;
}

struct Case {
    std::string rule;
    std::vector<Operation> triggers;
    std::vector<Operation> does_not;
    std::int64_t rows = 0;  ///< of every table
};

std::vector<Case> column_cases() {
    const ColumnState text = column(20, "more", Type::kText);
    const ColumnState number = column(20, "more", Type::kBigInteger);
    ColumnState small_key = key();
    small_key.type = Type::kInteger;
    const Operation small_table =
        CreateTable{{.number = 3, .app = "shop", .name = "shop_new", .columns = {small_key}}};
    const ColumnState refers = referring(column(20, "other_id", Type::kBigInteger));
    return {
        {"adding-required-field", {added(text)}, {added(nullable(text))}},
        {"adding-required-field", {added(text)}, {added(text, std::string("x"))}},
        {"adding-required-field", {added(text)}, {created({column(2, "more", Type::kText)})}},
        {"adding-field-with-default",
         {added(preset(text, std::string("x")))},
         {added(nullable(text))}},
        {"adding-field-with-fill", {added(text, std::string("x"))}, {added(nullable(text))}},
        {"adding-foreign-key-constraint", {added(refers)}, {added(nullable(number))}},
        {"adding-foreign-key-constraint",
         {altered("person_id", [](ColumnState& c) { c = referring(c); })},
         {altered("person_id", [](ColumnState& c) { c.null = true; })}},
        {"unindexed-foreign-key",
         {added(refers)},
         {added(refers),
          AddIndex{"shop_order", {.name = "shop_order_other_idx", .columns = {"other_id"}}}}},
        {"prefer-bigint-over-int", {small_table}, {created({})}},
        {"ban-char-field",
         {added(nullable(column(20, "mark", Type::kChar)))},
         {added(nullable(text))}},
        {"prefer-text-field",
         {added(nullable(column(20, "mark", Type::kVarchar)))},
         {added(nullable(text))}},
        {"adding-not-nullable-field",
         {altered("note", [](ColumnState& c) { c.null = false; })},
         {altered("total", [](ColumnState& c) { c.null = true; })}},
        {"ban-drop-not-null",
         {altered("total", [](ColumnState& c) { c.null = true; })},
         {altered("note", [](ColumnState& c) { c.null = false; })}},
        {"changing-column-type",
         {altered("total", [](ColumnState& c) { c.scale = 4; })},
         {altered("status", [](ColumnState& c) { c.length = 20; })}},
        {"shortening-text-field",
         {altered("status", [](ColumnState& c) { c.length = 20; })},
         {altered("status", [](ColumnState& c) { c.length = 80; })}},
        {"lossy-change",
         {altered("total", [](ColumnState& c) { c.scale = 0; })},
         {altered("status", [](ColumnState& c) { c.length = 80; })}},
        {"irreversible-change",
         {RunSql{.about = "x", .sqlite = "SELECT 1", .postgres = "SELECT 1"}},
         {sql("SELECT 1")}},
        {"ban-drop-default",
         {altered("status", [](ColumnState& c) { c.preset = {}; })},
         {altered("status", [](ColumnState& c) { c.length = 80; })}},
        {"ban-set-default",
         {altered("status", [](ColumnState& c) { c.preset = std::string("DONE"); })},
         {altered("status", [](ColumnState& c) { c.length = 80; })}},
        {"changing-choices",
         {altered("status", [](ColumnState& c) { c.choices = {"OPEN"}; })},
         {altered("status", [](ColumnState& c) { c.choices = {}; })}},
        {"narrowing-range",
         {altered("total", [](ColumnState& c) { c.min = "5"; })},
         {altered("total", [](ColumnState& c) { c.min = "-5"; })}},
        {"narrowing-json",
         {altered("extra", [](ColumnState& c) { c.json = JsonKind::kObject; })},
         {altered("extra", [](ColumnState& c) { c.null = true; })}},
    };
}

std::vector<Case> table_cases() {
    const std::string long_name(64, 'x');
    const AddIndex plain{"shop_order", {.name = "shop_order_total_idx", .columns = {"total"}}};
    const AddIndex unique{"shop_order",
                          {.name = "shop_order_total_key", .columns = {"total"}, .unique = true}};
    const AddIndex wide{
        "shop_order",
        {.name = "shop_order_wide_idx", .columns = {"total", "status", "note", "person_id"}}};
    const AddIndex json{"shop_order", {.name = "shop_order_extra_idx", .columns = {"extra"}}};
    const AddIndex twice{"shop_order", {.name = "shop_order_again_idx", .columns = {"status"}}};
    const AddCheck check{"shop_order", {.name = "shop_order_new_check", .expression = "total > 1"}};
    return {
        {"ban-drop-table", {DropTable{"shop_order"}}, {created({}), DropTable{"shop_new"}}},
        {"ban-drop-column",
         {DropColumn{"shop_order", "person_id"}},
         {created({column(2, "a", Type::kText)}), DropColumn{"shop_new", "a"}}},
        {"renaming-table",
         {RenameTable{"shop_order", "shop_purchase", "shop"}},
         {RenameTable{"shop_order", "shop_order", "sales"}}},
        {"renaming-column",
         {RenameColumn{"shop_order", "note", "remark"}},
         {created({column(2, "a", Type::kText)}), RenameColumn{"shop_new", "a", "b"}}},
        {"require-concurrent-index-creation", {plain}, {unique}},
        {"disallowed-unique-constraint", {unique}, {plain}},
        {"require-concurrent-index-deletion",
         {DropIndex{"shop_order", "shop_order_status_idx"}},
         {DropIndex{"shop_order", "shop_order_code_key"}}},
        {"dropping-unique-rule",
         {DropIndex{"shop_order", "shop_order_code_key"}},
         {DropIndex{"shop_order", "shop_order_status_idx"}}},
        {"wide-index", {wide}, {plain}},
        {"indexing-json", {json}, {plain}},
        {"duplicate-index", {twice}, {plain}},
        {"constraint-missing-not-valid",
         {check},
         {DropCheck{"shop_order", "shop_order_total_check"}}},
        {"ban-drop-constraint", {DropCheck{"shop_order", "shop_order_total_check"}}, {check}},
        {"identifier-too-long",
         {RenameColumn{"shop_order", "note", long_name}},
         {RenameColumn{"shop_order", "note", "remark"}}},
        {"sqlite-table-rebuild", {check}, {plain}},
        {"several-big-tables",
         {plain, AddIndex{"shop_person", {.name = "shop_person_x_idx", .columns = {"id"}}}},
         {plain},
         50'000},
        {"backfill-with-schema-change",
         {plain, sql("UPDATE shop_order SET total = 1 WHERE id = 1")},
         {sql("UPDATE shop_order SET total = 1 WHERE id = 1")}},
    };
}

std::vector<Case> sql_cases() {
    const auto sql_case = [](std::string rule, std::string yes, std::string no) {
        return Case{.rule = std::move(rule),
                    .triggers = {sql(std::move(yes))},
                    .does_not = {sql(std::move(no))}};
    };
    return {
        sql_case("transaction-nesting", "SELECT 1; COMMIT", "SELECT 'COMMIT' -- BEGIN"),
        sql_case("ban-concurrent-index-creation-in-transaction",
                 "CREATE INDEX CONCURRENTLY a ON b (c)", "CREATE INDEX a ON b (c)"),
        sql_case("ban-vacuum-and-cluster", "VACUUM FULL shop_order", "ANALYZE shop_order"),
        sql_case("ban-vacuum-and-cluster", "CLUSTER shop_order", "SELECT 'CLUSTER'"),
        sql_case("require-concurrent-reindex", "REINDEX TABLE a", "REINDEX TABLE CONCURRENTLY a"),
        sql_case("backfill-in-one-go", "UPDATE a SET b = 1 WHERE c",
                 "UPDATE a SET b = 1 WHERE id BETWEEN 1 AND 500"),
        sql_case("backfill-in-one-go", "INSERT INTO a SELECT * FROM b", "INSERT INTO a VALUES (1)"),
        sql_case("changing-every-row", "DELETE FROM a", "DELETE FROM a WHERE id = 1"),
        sql_case("ban-truncate", "TRUNCATE a CASCADE", "DELETE FROM truncate_log WHERE id = 1"),
        sql_case("ban-drop-in-sql", "DROP TABLE IF EXISTS a", "SELECT 'DROP TABLE a'"),
        sql_case("ban-drop-in-sql", "ALTER TABLE a DROP COLUMN b",
                 "ALTER TABLE a ADD COLUMN b int"),
        sql_case("ban-database-settings", "ALTER SYSTEM SET work_mem = 1", "SELECT 1"),
        sql_case("ban-database-settings", "DROP DATABASE a", "DROP TABLE a"),
        sql_case("ban-lock-table", "LOCK TABLE a", "SELECT 1 FROM a FOR UPDATE"),
        sql_case("schema-change-in-sql", "ALTER TABLE a ADD COLUMN b int",
                 "CREATE TEMP TABLE a AS SELECT 1"),
        sql_case("index-in-sql", "CREATE UNIQUE INDEX a ON b (c)",
                 "CREATE INDEX CONCURRENTLY a ON b (c)"),
        sql_case("set-not-null-in-sql", "ALTER TABLE a ALTER b SET NOT NULL",
                 "ALTER TABLE a ALTER b DROP NOT NULL"),
        sql_case("changing-type-in-sql", "ALTER TABLE a ALTER COLUMN b TYPE text",
                 "ALTER TABLE a ADD COLUMN b text"),
        sql_case("constraint-in-sql", "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)",
                 "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID"),
        sql_case("constraint-in-sql",
                 "ALTER TABLE a ADD CONSTRAINT c EXCLUDE USING gist (b WITH &&)",
                 "ALTER TABLE a VALIDATE CONSTRAINT c"),
        sql_case("constraint-in-sql", "ALTER TABLE a ADD CONSTRAINT c UNIQUE (b)",
                 "ALTER TABLE a ADD CONSTRAINT c UNIQUE USING INDEX d"),
        sql_case("volatile-default-in-sql",
                 "ALTER TABLE a ADD COLUMN b uuid DEFAULT gen_random_uuid()",
                 "ALTER TABLE a ADD COLUMN b int DEFAULT 1"),
        sql_case("volatile-default-in-sql",
                 "ALTER TABLE a ADD COLUMN b int GENERATED ALWAYS AS (c + 1) STORED",
                 "ALTER TABLE a ADD COLUMN b int"),
        sql_case("ban-alter-type", "ALTER TYPE mood ADD VALUE 'glad'",
                 "ALTER TABLE a ALTER b TYPE int"),
        sql_case("ban-code-in-database",
                 "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; END", "SELECT 1"),
        sql_case("ban-session-settings", "SET lock_timeout = 0", "UPDATE a SET b = 1 WHERE id = 1"),
        sql_case("prefer-timestamptz", "ALTER TABLE a ADD b timestamp",
                 "ALTER TABLE a ADD b timestamp with time zone"),
        sql_case("prefer-identity", "CREATE TABLE a (id serial)",
                 "CREATE TABLE a (id bigint GENERATED BY DEFAULT AS IDENTITY)"),
        sql_case("prefer-jsonb", "CREATE TABLE a (b json)", "CREATE TABLE a (b jsonb)"),
        sql_case("prefer-robust-statements", "CREATE TABLE a (b int)",
                 "CREATE TABLE IF NOT EXISTS a (b int)"),
        sql_case("ban-permissions", "GRANT SELECT ON a TO b", "SELECT 'GRANT'"),
        {"one-engine-only",
         {RunSql{.about = "x", .sqlite = "SELECT 1", .reversible = true}},
         {sql("SELECT 1")}},
    };
}

std::vector<Finding> findings_of(const std::vector<Operation>& operations, std::int64_t rows,
                                 std::vector<std::string> allow = {}) {
    const Migration migration{
        .id = {"shop", "0002_change"}, .allow = std::move(allow), .operations = operations};
    const LiveTables live{.rows = [rows](std::string_view) { return rows; }};
    const auto found = lint(migration, shop(), live);
    EXPECT_TRUE(found.has_value()) << (found ? "" : describe(found.error()));
    return found.value_or(std::vector<Finding>{});
}

bool names(const std::vector<Finding>& findings, std::string_view rule) {
    return std::ranges::find(findings, rule, &Finding::rule) != findings.end();
}

std::vector<Case> all_cases() {
    std::vector<Case> cases = column_cases();
    for (auto more : {table_cases(), sql_cases()})
        cases.insert(cases.end(), more.begin(), more.end());
    return cases;
}

TEST(Linter, NamesEachRuleWhereItAppliesAndNotWhereItDoesNot) {
    for (const Case& one : all_cases()) {
        EXPECT_TRUE(names(findings_of(one.triggers, one.rows), one.rule)) << one.rule;
        EXPECT_FALSE(names(findings_of(one.does_not, one.rows), one.rule)) << one.rule;
    }
}

TEST(Linter, HasACaseForEveryRule) {
    std::set<std::string_view> covered;
    const std::vector<Case> cases = all_cases();
    for (const Case& one : cases) covered.insert(one.rule);
    for (const RuleSummary& rule : lint_rules()) {
        EXPECT_TRUE(covered.contains(rule.name)) << rule.name;
        EXPECT_FALSE(rule.about.empty());
    }
    EXPECT_EQ(covered.size(), lint_rules().size());
}

TEST(Linter, LeavesOutRulesTheAuthorAllows) {
    const std::vector<Operation> drop{DropColumn{"shop_order", "person_id"}};
    const std::vector<std::string> allow{"ban-drop-column"};
    EXPECT_TRUE(names(findings_of(drop, 0), "ban-drop-column"));
    EXPECT_FALSE(names(findings_of(drop, 0, allow), "ban-drop-column"));
}

TEST(Linter, SaysHowABigTableIsChanged) {
    const std::vector<Operation> index{
        AddIndex{"shop_order", {.name = "shop_order_total_idx", .columns = {"total"}}}};
    EXPECT_NE(findings_of(index, 20'000).front().why.find("CONCURRENTLY"), std::string::npos);
    EXPECT_EQ(findings_of(index, 5).front().why.find("CONCURRENTLY"), std::string::npos);
}

TEST(Linter, FailsOnAnOperationThatDoesNotFit) {
    const Migration migration{.id = {"shop", "0002"}, .operations = {DropTable{"shop_ghost"}}};
    EXPECT_FALSE(lint(migration, shop()).has_value());
}

TEST(Linter, WritesTheSafeSequenceInSteps) {
    const auto findings = findings_of({RenameColumn{"shop_order", "note", "remark"}}, 0);
    const auto found = std::ranges::find(findings, "renaming-column", &Finding::rule);
    ASSERT_NE(found, findings.end());
    const std::string text = to_text(*found);
    EXPECT_TRUE(text.starts_with("error[renaming-column]: ")) << text;
    EXPECT_NE(text.find("    1. make the new one beside the old\n    2. "), std::string::npos)
        << text;
}

}  // namespace
}  // namespace segurifai::migrate
