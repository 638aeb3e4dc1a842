#include "model/filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/plan.hpp"
#include "store/every_type.hpp"

namespace segurifai::model {
namespace {

using testing::EveryType;
using ::testing::HasSubstr;
using testing::Place;

/// The SQL of a filter after "FROM <table>".
std::string tail(const Filter& filter, sql::Engine engine) {
    const std::string text = filter.select(engine).text;
    const std::string from = "FROM \"" + std::string(filter.table().name) + "\"";
    return text.substr(text.find(from) + from.size());
}

Filter parsed(std::initializer_list<Filter::Term> terms, std::string_view ordering = {}) {
    const std::vector<Filter::Term> list(terms);
    auto filter = Filter::parse(table_of<EveryType>(), list, ordering);
    EXPECT_TRUE(filter) << describe(filter.error());
    return filter ? *filter : Filter(table_of<EveryType>());
}

TEST(FilterSql, IsOneOrderedSelect) {
    EXPECT_EQ(Filter(table_of<Place>()).select(sql::Engine::kSqlite).text,
              R"(SELECT "id", "name" FROM "tests_place" ORDER BY "id")");
}

TEST(FilterSql, HasAParameterForEveryValueButWordsOfChoices) {
    Filter filter = parsed(
        {{"whole__gte", "5"}, {"mood__in", "CALM,LOST"}, {"day_or__isnull", "true"}, {"code", "x"}},
        "-day_or,whole");
    filter.limit(20).offset(40);
    EXPECT_EQ(tail(filter, sql::Engine::kSqlite),
              R"( WHERE "whole" >= $1 AND "mood" IN ('CALM', 'LOST') AND "day_or" IS NULL )"
              R"(AND "code" = $2 ORDER BY "day_or" DESC NULLS FIRST, "whole", "id" LIMIT 20 )"
              R"(OFFSET $3)");
    EXPECT_THAT(tail(filter, sql::Engine::kPostgres),
                HasSubstr(R"(ORDER BY "day_or" DESC, "whole", "id")"));
    EXPECT_EQ(filter.select(sql::Engine::kSqlite).params.size(), 3u);
    EXPECT_EQ(filter.count(sql::Engine::kPostgres).text,
              R"(SELECT count(*) FROM "tests_everytype" WHERE "whole" >= $1 AND )"
              R"("mood" IN ('CALM', 'LOST') AND "day_or" IS NULL AND "code" = $2)");
}

TEST(FilterSql, FollowsTheFirstColumnAloneWhereTheKeyWouldBeSorted) {
    const auto quick = [](std::string_view ordering, sql::Engine engine, auto... window) {
        Filter filter = parsed({}, ordering);
        (window(filter), ...);
        const auto made = filter.select_by_first(engine);
        return made ? made->text.substr(made->text.find(" ORDER BY")) : "none";
    };
    const auto limit = [](Filter& filter) { filter.limit(20); };
    const auto offset = [](Filter& filter) { filter.offset(20); };
    constexpr auto kPostgres = sql::Engine::kPostgres;
    EXPECT_EQ(quick("-created_at", kPostgres, limit), R"( ORDER BY "created_at" DESC LIMIT 21)");
    EXPECT_EQ(quick("-created_at", sql::Engine::kSqlite, limit), "none");
    EXPECT_EQ(quick("-created_at", kPostgres), "none") << "no end";
    EXPECT_EQ(quick("-created_at", kPostgres, limit, offset), "none") << "an unknown beginning";
    EXPECT_EQ(quick("created_at,code", kPostgres, limit), "none");
    EXPECT_EQ(quick("whole", kPostgres, limit), "none") << "many are alike";
    EXPECT_EQ(quick("moment_or", kPostgres, limit), "none") << "two NULLs";
    EXPECT_EQ(quick("id", kPostgres, limit), "none");
}

TEST(FilterSql, EscapesPatterns) {
    const Filter filter = parsed({{"story__icontains", R"(50%_\)"}});
    EXPECT_THAT(tail(filter, sql::Engine::kSqlite), HasSubstr(R"("story" LIKE $1 ESCAPE '\')"));
    EXPECT_THAT(tail(filter, sql::Engine::kPostgres), HasSubstr(R"("story" ILIKE $1 ESCAPE '\')"));
    EXPECT_EQ(filter.select(sql::Engine::kSqlite).params[0].view().as_text(), R"(%50\%\_\\%)");
}

TEST(FilterSql, OfAnOffsetAloneSuitsBothEngines) {
    Filter filter(table_of<Place>());
    filter.offset(3);
    EXPECT_THAT(tail(filter, sql::Engine::kSqlite), HasSubstr("LIMIT -1 OFFSET $1"));
    EXPECT_EQ(tail(filter, sql::Engine::kPostgres), R"( ORDER BY "id" OFFSET $1)");
}

TEST(FilterSql, ComparesWholeRowsWhenAnIndexCanFollow) {
    Filter filter(table_of<EveryType>());
    ASSERT_TRUE(filter.order_by("-day,-id"));
    std::vector<sql::OwnedValue> place;
    place.emplace_back(sql::Value::date(Date{1}));
    place.emplace_back(sql::Value::integer(4));
    ASSERT_TRUE(filter.after(place));
    EXPECT_THAT(tail(filter, sql::Engine::kSqlite),
                HasSubstr(R"(WHERE ("day", "id") < ($1, $2) ORDER BY)"));
}

TEST(FilterSql, ContinuesAfterANull) {
    Filter filter(table_of<EveryType>());
    ASSERT_TRUE(filter.order_by("day_or"));
    std::vector<sql::OwnedValue> place;
    place.emplace_back(sql::Value::null(sql::ValueType::kDate));
    place.emplace_back(sql::Value::integer(4));
    ASSERT_TRUE(filter.after(place));
    EXPECT_THAT(tail(filter, sql::Engine::kSqlite),
                HasSubstr(R"(WHERE ("day_or" IS NULL AND ("id" > $1)) ORDER BY)"));
    ASSERT_TRUE(filter.order_by("-day_or"));
    ASSERT_TRUE(filter.after(place));
    EXPECT_THAT(
        tail(filter, sql::Engine::kSqlite),
        HasSubstr(R"(WHERE ("day_or" IS NOT NULL OR ("day_or" IS NULL AND ("id" < $1))) ORDER)"));
    place[0] = sql::OwnedValue(sql::Value::date(Date{1}));
    ASSERT_TRUE(filter.order_by("day_or"));
    ASSERT_TRUE(filter.after(place));
    EXPECT_THAT(tail(filter, sql::Engine::kSqlite),
                HasSubstr(R"(WHERE ("day_or" > $1 OR "day_or" IS NULL OR )"
                          R"(("day_or" = $2 AND ("id" > $3))) ORDER BY)"));
}

TEST(FilterSql, OrdersTiesInTheDirectionOfTheColumnBefore) {
    Filter filter(table_of<EveryType>());
    ASSERT_TRUE(filter.order_by("-created_at"));
    EXPECT_EQ(tail(filter, sql::Engine::kPostgres), R"( ORDER BY "created_at" DESC, "id" DESC)");
}

TEST(FilterSql, ReadsBackwardsInTheReverseOrder) {
    Filter filter(table_of<EveryType>());
    ASSERT_TRUE(filter.order_by("-day"));
    std::vector<sql::OwnedValue> place;
    place.emplace_back(sql::Value::date(Date{1}));
    place.emplace_back(sql::Value::integer(4));
    ASSERT_TRUE(filter.before(place));
    EXPECT_TRUE(filter.is_backward());
    EXPECT_EQ(tail(filter, sql::Engine::kSqlite),
              R"( WHERE ("day", "id") > ($1, $2) ORDER BY "day", "id")");
    ASSERT_TRUE(filter.order_by("-day,id"));
    ASSERT_TRUE(filter.after(place));
    EXPECT_THAT(tail(filter, sql::Engine::kSqlite),
                HasSubstr(R"(WHERE "day" <= $1 AND ("day" < $2 OR ("day" = $3 AND ("id" > $4))))"));
}

TEST(FilterSql, ComparesExpressionsLikeColumns) {
    constexpr std::array kKind{Expression{.name = "kind", .expression = "notes_or ->> 'kind'"}};
    Filter filter(table_of<EveryType>());
    ASSERT_TRUE(filter.where_term({"kind", "x"}, kKind));
    ASSERT_TRUE(filter.where_term({"kind__gt", "a"}, kKind));
    EXPECT_THAT(tail(filter, sql::Engine::kSqlite),
                HasSubstr("WHERE (notes_or ->> 'kind') = $1 AND (notes_or ->> 'kind') > $2"));
    EXPECT_THAT(tail(filter, sql::Engine::kPostgres),
                HasSubstr("= $1 AND (notes_or ->> 'kind') COLLATE \"C\" > $2"));
    const auto wrong = filter.where_term({"kinds", "x"}, kKind);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().faults.front(), (Fault{"kinds", "There is no such column."}));
}

TEST(FilterSql, GivesExpressionsWhoAsksAndWhen) {
    constexpr std::array kMine{Expression{
        .name = "mine", .expression = "token = {person} OR day > {today}", .type = Type::kBoolean}};
    Filter filter(table_of<EveryType>());
    filter.give({.person = Uuid{{7}}, .today = Date{3}});
    ASSERT_TRUE(filter.where_term({"whole", "5"}, kMine));
    ASSERT_TRUE(filter.where_term({"mine", "false"}, kMine));
    ASSERT_TRUE(filter.where_term({"mine__isnull", "false"}, kMine));
    for (const sql::Engine engine : {sql::Engine::kSqlite, sql::Engine::kPostgres})
        EXPECT_THAT(tail(filter, engine),
                    HasSubstr(R"(WHERE "whole" = $1 AND NOT (token = $2 OR day > $3) )"
                              R"(AND (token = $4 OR day > $5) IS NOT NULL)"));
    const FilterStatement statement = filter.select(sql::Engine::kSqlite);
    EXPECT_EQ(statement.params.at(1).view().as_uuid(), (Uuid{{7}}));
    EXPECT_EQ(statement.params.at(2).view().as_date(), Date{3});
}

TEST(FilterSql, OrdersByRank) {
    constexpr std::array kRanked{std::string_view("mood")};
    Filter filter(table_of<EveryType>());
    ASSERT_TRUE(filter.order_by("-mood", kRanked));
    std::vector<sql::OwnedValue> place;
    place.emplace_back(sql::Value::text("LOST"));
    place.emplace_back(sql::Value::integer(4));
    ASSERT_TRUE(filter.after(place));
    const std::string rank =
        R"(CASE "mood" WHEN 'CALM' THEN 0 WHEN 'HURRIED' THEN 1 WHEN 'LOST' THEN 2 ELSE -1 END)";
    EXPECT_EQ(tail(filter, sql::Engine::kSqlite),
              " WHERE (" + rank + R"(, "id") < ($1, $2) ORDER BY )" + rank + R"( DESC, "id" DESC)");
    EXPECT_EQ(filter.select(sql::Engine::kPostgres).params.at(0).view().as_integer(), 2);
    place[0] = sql::OwnedValue(sql::Value::text("no mood"));
    ASSERT_TRUE(filter.before(place));
    EXPECT_EQ(filter.select(sql::Engine::kPostgres).params.at(0).view().as_integer(), -1);
    ASSERT_TRUE(filter.order_by("mood"));
    EXPECT_EQ(tail(filter, sql::Engine::kPostgres), R"( ORDER BY "mood", "id")");
}

TEST(FilterSql, SearchesWhatARowRefersTo) {
    static constexpr std::array kNames{std::string_view("name")};
    static constexpr ReferredTexts kPlace{
        .column = "place_id", .table = &table_of<Place>(), .texts = kNames, .phone = "name"};
    Filter filter(table_of<EveryType>());
    ASSERT_TRUE(filter.search({}, "zona 5-5", &kPlace));
    EXPECT_THAT(tail(filter, sql::Engine::kSqlite),
                HasSubstr(R"(WHERE ("tests_everytype"."place_id" IN (SELECT referred."id" FROM )"
                          R"("tests_place" AS referred WHERE )"
                          R"((instr(folded(referred."name"), $1) > 0))) AND )"));
    const std::string postgres = tail(filter, sql::Engine::kPostgres);
    EXPECT_THAT(postgres,
                HasSubstr(R"(WHERE (EXISTS (SELECT 1 FROM "tests_place" AS referred )"
                          R"(WHERE referred."id" = "tests_everytype"."place_id" AND (s)"));
    EXPECT_THAT(postgres, HasSubstr(R"( OR strpos(referred."name", $3) > 0)))"));
    const FilterStatement statement = filter.select(sql::Engine::kSqlite);
    ASSERT_EQ(statement.params.size(), 3u);
    EXPECT_EQ(statement.params[1].view().as_text(), "5-5");
    EXPECT_EQ(statement.params[2].view().as_text(), "55");
}

TEST(FilterSql, SearchesFoldedWords) {
    constexpr std::array kColumns{std::string_view("code"), std::string_view("story")};
    Filter filter(table_of<EveryType>());
    ASSERT_TRUE(filter.search(kColumns, " Ñandú  %"));
    EXPECT_THAT(tail(filter, sql::Engine::kSqlite),
                HasSubstr(R"(WHERE (instr(folded("code"), $1) > 0 OR instr(folded("story"), $1) > )"
                          R"(0) AND (instr(folded("code"), $2) > 0)"));
    EXPECT_THAT(tail(filter, sql::Engine::kPostgres),
                HasSubstr(R"((strpos(translate("code", 'ABC)"));
    const FilterStatement statement = filter.select(sql::Engine::kSqlite);
    ASSERT_EQ(statement.params.size(), 2u);
    EXPECT_EQ(statement.params[0].view().as_text(), "nandu");
    EXPECT_EQ(statement.params[1].view().as_text(), "%");
    EXPECT_FALSE(filter.search(kColumns, std::string(kFilterTextMax + 1, 'a')));
}

struct WrongTerm {
    const char* name;
    const char* value;
    const char* words;
};

class WrongTerms : public ::testing::TestWithParam<WrongTerm> {};

TEST_P(WrongTerms, AreNamed) {
    const Filter::Term term{GetParam().name, GetParam().value};
    const auto filter = Filter::parse(table_of<EveryType>(), {&term, 1});
    ASSERT_FALSE(filter) << GetParam().name << "=" << GetParam().value;
    ASSERT_EQ(filter.error().faults.size(), 1u);
    EXPECT_EQ(filter.error().faults[0].path, GetParam().name);
    EXPECT_THAT(filter.error().faults[0].message, HasSubstr(GetParam().words));
}

const WrongTerm kWrongTerms[] = {
    {"colour", "red", "no such column"},
    {"colour__gt", "red", "no such column"},
    {"secret_or", "hush", "no such column"},
    {"secret_or__isnull", "true", "no such column"},
    {"whole__like", "1", "no operator 'like'"},
    {"whole", "one", "a whole number"},
    {"whole", "1.0", "a whole number"},
    {"whole__in", "1,two", "a whole number"},
    {"whole__in", "", "a whole number"},
    {"whole__icontains", "1", "no such operator"},
    {"flag", "1", "true or false"},
    {"flag__gt", "true", "no such operator"},
    {"day_or__isnull", "yes", "true or false"},
    {"price__lt", "1.999", "decimal"},
    {"token", "abc", "a UUID"},
    {"day", "2026-13-01", "a date"},
    {"moment_or__gt", "noon", "an instant"},
    {"real", "nan", "finite"},
    {"mood", "ANGRY", "none of its choices"},
    {"tags", "[]", "no such operator"},
};

INSTANTIATE_TEST_SUITE_P(Every, WrongTerms, ::testing::ValuesIn(kWrongTerms));

TEST(FilterTerms, AreRefusedAllAtOnce) {
    const Filter::Term terms[] = {{"colour", "red"}, {"whole", "one"}};
    const auto filter = Filter::parse(table_of<EveryType>(), terms, "tags");
    ASSERT_FALSE(filter);
    EXPECT_EQ(filter.error().faults.size(), 3u);
}

TEST(FilterTerms, HaveLimits) {
    std::string many = "0";
    for (int i = 1; i < 100; ++i) many += "," + std::to_string(i);
    const Filter::Term hundred{"whole_or__in", many};
    EXPECT_TRUE(Filter::parse(table_of<EveryType>(), {&hundred, 1}));
    many += ",100";
    const Filter::Term more{"whole_or__in", many};
    EXPECT_FALSE(Filter::parse(table_of<EveryType>(), {&more, 1}));
    const std::string text(kFilterTextMax + 1, 'x');
    const Filter::Term large{"story", text};
    EXPECT_FALSE(Filter::parse(table_of<EveryType>(), {&large, 1}));
    const std::vector<Filter::Term> terms(kFilterTermsMax + 1, Filter::Term{"whole", "1"});
    EXPECT_FALSE(Filter::parse(table_of<EveryType>(), terms));
}

TEST(FilterOrder, IsCheckedAndTotal) {
    Filter filter(table_of<EveryType>());
    EXPECT_EQ(filter.order().size(), 1u);
    ASSERT_TRUE(filter.order_by("-id"));
    EXPECT_EQ(filter.order().size(), 1u);
    EXPECT_TRUE(filter.order()[0].descending);
    EXPECT_FALSE(filter.order_by("colour"));
    EXPECT_FALSE(filter.order_by("tags"));
    EXPECT_FALSE(filter.order_by("day,-day"));
    EXPECT_FALSE(filter.order_by("day,,id"));
    EXPECT_FALSE(Filter::parse(table_of<EveryType>(), {}, "secret_or"));
    EXPECT_FALSE(filter.order_by("flag,flag_or,whole,whole_or,wide,wide_or,real,real_or,day"));
}

TEST(FilterPlace, MustBeOneOfTheOrder) {
    Filter filter(table_of<EveryType>());
    ASSERT_TRUE(filter.order_by("day"));
    EXPECT_FALSE(filter.after({}));
    std::vector<sql::OwnedValue> place;
    place.emplace_back(sql::Value::null(sql::ValueType::kDate));
    place.emplace_back(sql::Value::integer(4));
    EXPECT_FALSE(filter.after(place));
    place[0] = sql::OwnedValue(sql::Value::text("2026-01-01"));
    EXPECT_FALSE(filter.after(place));
}

TEST(FilterFromCode, RefusesWhatDoesNotGoTogether) {
    Filter filter(table_of<EveryType>());
    EXPECT_TRUE(filter.where("secret_or", Filter::Operator::kEqual, sql::Value::text("x")));
    EXPECT_FALSE(filter.where("colour", Filter::Operator::kEqual, sql::Value::text("x")));
    EXPECT_FALSE(filter.where("whole", Filter::Operator::kEqual, sql::Value::text("x")));
    EXPECT_FALSE(filter.where("price", Filter::Operator::kEqual, sql::Value::decimal(1, 3)));
    EXPECT_FALSE(filter.where("whole", Filter::Operator::kEqual,
                              sql::Value::null(sql::ValueType::kInteger)));
    EXPECT_FALSE(filter.where_in("whole", {}));
}

TEST(Statements, OfATable) {
    const TableStatements& statements = plan_of<Place>().statements;
    EXPECT_EQ(statements.insert.on(sql::Engine::kSqlite).text,
              R"(INSERT INTO "tests_place" ("id", "name") VALUES ($1, $2))");
    EXPECT_EQ(statements.update.on(sql::Engine::kSqlite).text,
              R"(UPDATE "tests_place" SET "name" = $1 WHERE "id" = $2)");
    EXPECT_EQ(statements.find.on(sql::Engine::kPostgres).name, "tests_place.find");
    EXPECT_TRUE(statements.find.on(sql::Engine::kPostgres).point);
    ASSERT_NE(statements.find_by("name"), nullptr);
    EXPECT_EQ(statements.find_by("id"), nullptr);
    EXPECT_EQ(&plan_of<Place>(), &plan_of(table_of<Place>()));

    const TableStatements& every = plan_of<EveryType>().statements;
    EXPECT_THAT(std::string(every.insert.on(sql::Engine::kSqlite).text),
                ::testing::EndsWith(R"( RETURNING "id")"));
    EXPECT_THAT(std::string(every.insert_whole.on(sql::Engine::kPostgres).text),
                HasSubstr("OVERRIDING SYSTEM VALUE VALUES"));
    ASSERT_EQ(every.lookups.size(), 2u);
    EXPECT_EQ(every.lookups[1].statement.name(), "tests_everytype.find_by_token_code");
    const std::size_t chosen[] = {3};  // whole
    const auto partial = every.update_of(chosen);
    EXPECT_EQ(partial.text,
              R"(UPDATE "tests_everytype" SET "whole" = $1, "updated_at" = $2 WHERE "id" = $3)");
}

}  // namespace
}  // namespace segurifai::model
