#include "migrate/operation.hpp"

#include <gtest/gtest.h>

#include "migrate/autodetector.hpp"
#include "migrate/random_schema.hpp"

namespace segurifai::migrate {

namespace {

using model::Type;

/// A customer with orders that point at it.
SchemaState shop() {
    SchemaState schema;
    schema.tables[1] = {
        .number = 1,
        .app = "shop",
        .name = "shop_customer",
        .columns = {{.number = 1,
                     .name = "id",
                     .type = Type::kInteger,
                     .primary_key = true,
                     .identity = true},
                    {.number = 2, .name = "name", .type = Type::kVarchar, .length = 50},
                    {.number = 3, .name = "since", .type = Type::kDate, .null = true}},
        .indexes = {{.name = "shop_customer_name_key",
                     .columns = {"name"},
                     .unique = true,
                     .where = "since IS NOT NULL"}},
        .checks = {
            {.name = "shop_customer_named", .expression = "length(name) > 0 AND name <> 'name'"}}};
    schema.tables[2] = {
        .number = 2,
        .app = "shop",
        .name = "shop_order",
        .columns = {{.number = 1,
                     .name = "id",
                     .type = Type::kInteger,
                     .primary_key = true,
                     .identity = true},
                    {.number = 2,
                     .name = "customer_id",
                     .type = Type::kInteger,
                     .references = ForeignKeyState{.table = "shop_customer", .column = "id"}}}};
    return schema;
}

std::string refusal(const Operation& operation) {
    SchemaState schema = shop();
    const auto applied = apply(schema, operation);
    EXPECT_EQ(schema, shop()) << "a refused operation changes nothing";
    if (applied) return "";
    EXPECT_EQ(applied.error().code, Code::kConflict);
    return applied.error().message;
}

TEST(Apply, refuses_what_does_not_fit_and_says_why) {
    EXPECT_EQ(refusal(DropTable{"nothing"}),
              "There is no table nothing at this point of the history.");
    EXPECT_EQ(refusal(DropTable{"shop_customer"}),
              "Table shop_customer cannot be dropped: shop_order.customer_id points at it.");
    EXPECT_EQ(refusal(RenameTable{"shop_order", "shop_customer", "shop"}),
              "There is already a table shop_customer.");
    EXPECT_EQ(refusal(DropColumn{"shop_customer", "name"}),
              "Column shop_customer.name cannot be dropped before the index "
              "shop_customer_name_key that uses it.");
    EXPECT_EQ(refusal(DropColumn{"shop_customer", "since"}),
              "Column shop_customer.since cannot be dropped before the index "
              "shop_customer_name_key that uses it.");
    EXPECT_EQ(refusal(DropColumn{"shop_customer", "id"}),
              "Column shop_customer.id is the primary key and cannot be dropped.");
    EXPECT_EQ(refusal(RenameColumn{"shop_customer", "name", "since"}),
              "Table shop_customer already has a column since.");
    EXPECT_EQ(refusal(AddColumn{"shop_order", {.number = 2, .name = "note"}}),
              "Column shop_order.note has the number 2, which belongs to customer_id.");
    EXPECT_EQ(
        refusal(AddIndex{"shop_order", {.name = "shop_customer_name_key", .columns = {"id"}}}),
        "There is already an index shop_customer_name_key, on table shop_customer.");
    EXPECT_EQ(refusal(AddIndex{"shop_order", {.name = "x", .columns = {"nowhere"}}}),
              "Index x uses the column nowhere, which table shop_order does not have.");
    EXPECT_EQ(
        refusal(AddColumn{"shop_order",
                          {.number = 3,
                           .name = "shop_id",
                           .type = Type::kInteger,
                           .references = ForeignKeyState{.table = "shop_shop", .column = "id"}}}),
        "Column shop_order.shop_id points at the table shop_shop, which is not there.");
    EXPECT_EQ(refusal(AlterColumn{"shop_customer", {.number = 9, .name = "name"}}),
              "Column shop_customer.name has the number 2, not 9: another number is another "
              "column.");
    EXPECT_EQ(refusal(DropCheck{"shop_order", "x"}), "Table shop_order has no check x.");
}

TEST(Apply, a_renamed_table_takes_the_keys_that_point_at_it_along) {
    SchemaState schema = shop();
    ASSERT_TRUE(apply(schema, RenameTable{"shop_customer", "people_person", "people"}));
    EXPECT_EQ(schema.tables.at(1).app, "people");
    EXPECT_EQ(schema.tables.at(2).find_column("customer_id")->references->table, "people_person");
    EXPECT_EQ(schema.tables.at(1).indexes[0].name, "shop_customer_name_key");
}

TEST(Apply, a_renamed_column_is_renamed_wherever_it_is_used) {
    SchemaState schema = shop();
    ASSERT_TRUE(apply(schema, RenameColumn{"shop_customer", "name", "title"}));
    ASSERT_TRUE(apply(schema, RenameColumn{"shop_customer", "since", "from_day"}));
    ASSERT_TRUE(apply(schema, RenameColumn{"shop_customer", "id", "number"}));
    const TableState& customer = schema.tables.at(1);
    EXPECT_EQ(customer.indexes[0].columns, std::vector<std::string>{"title"});
    EXPECT_EQ(customer.indexes[0].where, "from_day IS NOT NULL");
    EXPECT_EQ(customer.checks[0].expression, "length(title) > 0 AND title <> 'name'");
    EXPECT_EQ(schema.tables.at(2).find_column("customer_id")->references->column, "number");
}

struct TypeCase {
    ColumnState from, to;
    Safety safety;
};

TEST(Safety, tells_conversions_that_lose_something) {
    const auto column = [](Type type, int precision = 0, int scale = 0) {
        return ColumnState{
            .number = 2, .name = "name", .type = type, .precision = precision, .scale = scale};
    };
    const TypeCase cases[] = {
        {column(Type::kInteger), column(Type::kBigInteger), Safety::kLossless},
        {column(Type::kInteger), column(Type::kVarchar), Safety::kLossless},
        {column(Type::kDate), column(Type::kDateTime), Safety::kLossless},
        {column(Type::kDecimal, 10, 2), column(Type::kDecimal, 12, 4), Safety::kLossless},
        {column(Type::kDecimal, 10, 2), column(Type::kDecimal, 10, 1), Safety::kLossy},
        {column(Type::kDecimal, 10, 2), column(Type::kDecimal, 9, 2), Safety::kLossy},
        {column(Type::kFloat), column(Type::kInteger), Safety::kLossy},
        {column(Type::kFloat), column(Type::kDecimal, 10, 2), Safety::kLossy},
        {column(Type::kDateTime), column(Type::kDate), Safety::kLossy},
        {column(Type::kText), column(Type::kInteger), Safety::kLossy},
        {column(Type::kBoolean), column(Type::kDate), Safety::kIrreversible},
        {column(Type::kJson), column(Type::kInteger), Safety::kIrreversible},
    };
    for (const TypeCase& one : cases) {
        SchemaState schema = shop();
        schema.tables.at(1).columns[1] = one.from;
        EXPECT_EQ(safety_of(AlterColumn{"shop_customer", one.to}, schema), one.safety)
            << model::spelling(one.from.type, 0, one.from.precision, one.from.scale) << " to "
            << model::spelling(one.to.type, 0, one.to.precision, one.to.scale);
    }
}

TEST(Safety, a_fill_and_sql_without_a_way_back_are_named) {
    ColumnState since = shop().tables.at(1).columns[2];
    since.null = false;
    EXPECT_EQ(safety_of(AlterColumn{"shop_customer", since, "2000-01-01"}, shop()), Safety::kLossy);
    EXPECT_EQ(safety_of(DropTable{"shop_order"}, shop()), Safety::kLossless);
    EXPECT_EQ(safety_of(RunSql{.sqlite = "x"}, shop()), Safety::kIrreversible);
    EXPECT_EQ(safety_of(RunSql{.reversible = true, .lossy = true}, shop()), Safety::kLossy);
    EXPECT_EQ(safety_of(RunSql{.reversible = true}, shop()), Safety::kLossless);
    EXPECT_EQ(reverse(RunSql{.about = "merge names"}, shop()).error().code, Code::kUnsupported);
}

TEST(Reverse, of_every_operation_restores_the_state_before_it) {
    std::size_t undone = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        testing::RandomSchema random(seed);
        for (int round = 0; round < 5; ++round) {
            SchemaState now = random.schema();
            random.edit(8);
            for (const Operation& operation : difference(now, random.schema())) {
                const SchemaState before = now;
                ASSERT_TRUE(apply(now, operation));
                const auto back = reverse(operation, before);
                ASSERT_TRUE(back);
                SchemaState restored = now;
                for (const Operation& one : *back) ASSERT_TRUE(apply(restored, one));
                ASSERT_EQ(restored, before) << "seed " << seed << ": " << describe(operation);
                ++undone;
            }
        }
    }
    EXPECT_GT(undone, 3'000u);
}

}  // namespace

}  // namespace segurifai::migrate
