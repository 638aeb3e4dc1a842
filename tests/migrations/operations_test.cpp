#include <gtest/gtest.h>

#include "migrations/installation.hpp"

// Every operation, there and back and there again, with rows in the table and in its children.

namespace segurifai::testing {
namespace {

using namespace migrate;
using model::OnDelete;
using model::Type;

SchemaState shop() {
    const ForeignKeyState to_plan{"shop_plan", "id", OnDelete::kCascade};
    SchemaState schema;
    schema.tables[1] = {
        .number = 1,
        .app = "shop",
        .name = "shop_plan",
        .columns = {{.number = 1,
                     .name = "id",
                     .type = Type::kInteger,
                     .primary_key = true,
                     .identity = true},
                    {.number = 2, .name = "name", .type = Type::kVarchar, .length = 40},
                    {.number = 3,
                     .name = "price",
                     .type = Type::kDecimal,
                     .precision = 10,
                     .scale = 2,
                     .preset = "1.50"},
                    {.number = 4, .name = "note", .type = Type::kText, .null = true},
                    {.number = 5,
                     .name = "kind",
                     .type = Type::kVarchar,
                     .length = 20,
                     .choices = {"HOME", "CAR"}}},
        .indexes = {{.name = "shop_plan_name_idx", .columns = {"name"}}},
        .checks = {{.name = "shop_plan_priced", .expression = "price >= 0"}}};
    schema.tables[2] = {
        .number = 2,
        .app = "shop",
        .name = "shop_sale",
        .columns = {{.number = 1, .name = "id", .type = Type::kUuid, .primary_key = true},
                    {.number = 2, .name = "plan_id", .type = Type::kInteger, .references = to_plan},
                    {.number = 3, .name = "paid", .type = Type::kBoolean, .preset = false},
                    {.number = 4, .name = "day", .type = Type::kDate},
                    {.number = 5,
                     .name = "facts",
                     .type = Type::kJson,
                     .preset = "[]",
                     .json = JsonKind::kArray}}};
    return schema;
}

ColumnState column_of(std::string_view table, std::string_view column) {
    return *shop().find(table)->find_column(column);
}

template <class Change>
ColumnState changed(std::string_view table, std::string_view column, Change change) {
    ColumnState state = column_of(table, column);
    change(state);
    return state;
}

struct Case {
    std::string name;
    std::vector<Operation> operations;
};

std::vector<Case> cases() {
    const ColumnState code{.number = 9, .name = "code", .type = Type::kInteger, .null = true};
    ColumnState required = code;
    required.null = false;
    ColumnState given = required;
    given.preset = std::int64_t{7};
    ColumnState link{.number = 9,
                     .name = "sale_id",
                     .type = Type::kUuid,
                     .null = true,
                     .references = ForeignKeyState{"shop_sale", "id", OnDelete::kSetNull}};
    const TableState extra{
        .number = 9,
        .app = "shop",
        .name = "shop_extra",
        .columns = {{.number = 1,
                     .name = "id",
                     .type = Type::kInteger,
                     .primary_key = true,
                     .identity = true},
                    {.number = 2,
                     .name = "plan_id",
                     .type = Type::kInteger,
                     .references = ForeignKeyState{"shop_plan", "id"}}},
        .indexes = {{.name = "shop_extra_once", .columns = {"plan_id"}, .unique = true}}};
    const auto alter = [](std::string table, ColumnState column, PresetState fill = {}) {
        return Operation(AlterColumn{std::move(table), std::move(column), std::move(fill)});
    };
    return {
        {"CreatesATable", {CreateTable{extra}}},
        {"DropsATableWithAKey", {DropTable{"shop_sale"}}},
        {"DropsAParent", {DropTable{"shop_sale"}, DropTable{"shop_plan"}}},
        {"RenamesAParent", {RenameTable{"shop_plan", "shop_offer", "shop"}}},
        {"RenamesAChild", {RenameTable{"shop_sale", "shop_deal", "shop"}}},
        {"AddsANullableColumn", {AddColumn{"shop_plan", code}}},
        {"AddsAColumnWithADefault", {AddColumn{"shop_plan", given}}},
        {"AddsARequiredColumnWithAFill", {AddColumn{"shop_plan", required, std::int64_t{3}}}},
        {"AddsANullableColumnWithAFill", {AddColumn{"shop_plan", code, std::int64_t{3}}}},
        {"AddsAForeignKeyColumn", {AddColumn{"shop_sale", link}}},
        {"DropsAColumn",
         {DropCheck{"shop_plan", "shop_plan_priced"}, DropColumn{"shop_plan", "price"}}},
        {"DropsARequiredColumn", {DropColumn{"shop_plan", "kind"}}},
        {"DropsAForeignKeyColumn", {DropColumn{"shop_sale", "plan_id"}}},
        {"RenamesAColumn", {RenameColumn{"shop_plan", "kind", "sort"}}},
        {"RenamesAKeyThatChildrenPointAt", {RenameColumn{"shop_plan", "id", "number"}}},
        {"WidensAText",
         {alter("shop_plan", changed("shop_plan", "name", [](auto& c) { c.length = 90; }))}},
        {"TurnsAVarcharIntoText",
         {alter("shop_plan", changed("shop_plan", "name",
                                     [](auto& c) {
                                         c.type = Type::kText;
                                         c.length = 0;
                                     }))}},
        {"WidensADecimal",
         {alter("shop_plan", changed("shop_plan", "price",
                                     [](auto& c) {
                                         c.precision = 12;
                                         c.scale = 3;
                                         c.preset = "2.125";
                                     }))}},
        {"WritesADecimalAsText",
         {DropCheck{"shop_plan", "shop_plan_priced"},
          alter("shop_plan", changed("shop_plan", "price",
                                     [](auto& c) {
                                         c.type = Type::kText;
                                         c.precision = c.scale = 0;
                                         c.preset = {};
                                     }))}},
        {"WidensAKeyAndItsChild",
         {alter("shop_plan",
                changed("shop_plan", "id", [](auto& c) { c.type = Type::kBigInteger; })),
          alter("shop_sale",
                changed("shop_sale", "plan_id", [](auto& c) { c.type = Type::kBigInteger; }))}},
        {"TurnsADayIntoATime",
         {alter("shop_sale",
                changed("shop_sale", "day", [](auto& c) { c.type = Type::kDateTime; }))}},
        {"TurnsABooleanIntoANumber",
         {alter("shop_sale", changed("shop_sale", "paid",
                                     [](auto& c) {
                                         c.type = Type::kInteger;
                                         c.preset = {};
                                     }))}},
        {"AllowsNull",
         {alter("shop_plan", changed("shop_plan", "name", [](auto& c) { c.null = true; }))}},
        {"ChangesADefault",
         {alter("shop_plan", changed("shop_plan", "price", [](auto& c) { c.preset = "9.00"; }))}},
        {"DropsADefault",
         {alter("shop_plan", changed("shop_plan", "price", [](auto& c) { c.preset = {}; }))}},
        {"AddsAChoice",
         {alter("shop_plan",
                changed("shop_plan", "kind", [](auto& c) { c.choices.push_back("it's"); }))}},
        {"AddsARange",
         {alter("shop_plan", changed("shop_plan", "price",
                                     [](auto& c) {
                                         c.min = "0";
                                         c.max = "5000";
                                     }))}},
        {"FreesAJson",
         {alter("shop_sale",
                changed("shop_sale", "facts", [](auto& c) { c.json = JsonKind::kAny; }))}},
        {"TakesAForeignKeyOff",
         {alter("shop_sale",
                changed("shop_sale", "plan_id", [](auto& c) { c.references.reset(); }))}},
        {"ChangesWhatADeletionDoes",
         {alter("shop_sale",
                changed("shop_sale", "plan_id",
                        [](auto& c) { c.references->on_delete = OnDelete::kRestrict; }))}},
        {"AddsAUniqueIndex",
         {AddIndex{"shop_sale",
                   {.name = "shop_sale_once", .columns = {"id", "day"}, .unique = true}}}},
        {"AddsAPartialIndex",
         {AddIndex{"shop_plan",
                   {.name = "shop_plan_noted", .columns = {"note"}, .where = "note IS NOT NULL"}}}},
        {"DropsAnIndex", {DropIndex{"shop_plan", "shop_plan_name_idx"}}},
        {"RenamesAnIndex", {RenameIndex{"shop_plan", "shop_plan_name_idx", "shop_plan_by_name"}}},
        {"AddsACheck", {AddCheck{"shop_plan", {"shop_plan_named", "name <> ''"}}}},
        {"DropsACheck", {DropCheck{"shop_plan", "shop_plan_priced"}}},
        {"RunsSql",
         {RunSql{.about = "mark",
                 .sqlite = "UPDATE shop_plan SET name = name || '!'",
                 .postgres = "UPDATE shop_plan SET name = name || '!'",
                 .sqlite_reverse = "UPDATE shop_plan SET name = rtrim(name, '!')",
                 .postgres_reverse = "UPDATE shop_plan SET name = rtrim(name, '!')",
                 .reversible = true}}},
    };
}

std::vector<Operation> creation() {
    const SchemaState schema = shop();
    return {CreateTable{schema.tables.at(1)}, CreateTable{schema.tables.at(2)}};
}

class EveryOperation : public ::testing::TestWithParam<std::tuple<sql::Engine, std::size_t>> {};

/// Forwards, back, and forwards again: the schema is that of a fresh database at every stop, and
/// back is back to the very rows.
void there_and_back(sql::Engine engine, const std::vector<Operation>& operations,
                    ExecutorOptions options) {
    Installation installation(engine);
    installation.history.add(creation());
    const SchemaState before = installation.history.state(1);
    ASSERT_TRUE(installation.go_to(1));
    installation.fill(before);
    const std::string rows = installation.rows(before);
    ASSERT_EQ(installation.drift(before), "");

    installation.history.add(operations);
    const SchemaState after = installation.history.state(2);
    const auto forwards = installation.go_to(2, options);
    ASSERT_TRUE(forwards) << describe(forwards.error());
    EXPECT_EQ(installation.drift(after), "");
    const std::string rows_after = installation.rows(after);

    const auto backwards = installation.go_to(1, options);
    ASSERT_TRUE(backwards) << describe(backwards.error());
    EXPECT_EQ(installation.drift(before), "");
    EXPECT_EQ(installation.rows(before), rows);

    const auto again = installation.go_to(2, options);
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_EQ(installation.drift(after), "");
    EXPECT_EQ(installation.rows(after), rows_after);
}

TEST_P(EveryOperation, GoesThereAndBack) {
    const auto& [engine, number] = GetParam();
    there_and_back(engine, cases()[number].operations, {});
}

TEST_P(EveryOperation, GoesThereAndBackOnline) {
    const auto& [engine, number] = GetParam();
    there_and_back(engine, cases()[number].operations, {.online_from_rows = 1});
}

INSTANTIATE_TEST_SUITE_P(Engines, EveryOperation,
                         ::testing::Combine(::testing::Values(sql::Engine::kSqlite,
                                                              sql::Engine::kPostgres),
                                            ::testing::Range<std::size_t>(0, cases().size())),
                         [](const auto& info) {
                             return std::string(sql::name_of(std::get<0>(info.param))) + "_" +
                                    cases()[std::get<1>(info.param)].name;
                         });

}  // namespace
}  // namespace segurifai::testing
