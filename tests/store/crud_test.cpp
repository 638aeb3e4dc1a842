#include <gmock/gmock.h>

#include "model/store.hpp"
#include "store/fixture.hpp"

namespace segurifai::testing {
namespace {

using model::Record;
using model::table_of;
using ::testing::ElementsAre;

constexpr Instant kStart{1'770'141'845'123'456};  // 2026-02-03T18:04:05.123456Z

Uuid uuid(std::uint8_t last) {
    Uuid made;
    made.bytes[15] = last;
    return made;
}

EveryType sample(const std::string& code) {
    EveryType row;
    row.wide = 9'007'199'254'740'993;
    row.real = 0.1;
    row.price.unscaled = 3999;
    row.latitude_or = Coordinate{-90'522'713 / 10};
    row.code = code;
    row.nick_or = "Ñandú 🚗";
    row.letters = "x";
    row.token = uuid(7);
    row.day = *Date::parse("2026-02-03");
    row.moment_or = kStart;
    row.tags.text = R"(["a",{"b":1.50}])";
    row.mood = Mood::kHurried;
    return row;
}

Record record_of(const EveryType& row) {
    return Record::of_struct(table_of<EveryType>(), &row);
}

class StoreOfRows : public ::testing::TestWithParam<sql::Engine> {
protected:
    std::unique_ptr<sql::Database> open() {
        auto opened = sql::open_database(store_.database().url());
        if (!opened) throw std::runtime_error(describe(opened.error()));
        return std::move(*opened);
    }
    sql::Session& session() { return store_.session(); }

    Store store_{GetParam()};
    ManualClock clock_{kStart};
};

TEST_P(StoreOfRows, PreparesEveryStatement) {
    for (const model::Table* table : kStoreTables)
        for (const sql::Statement& statement :
             model::plan_of(*table).statements.every(GetParam())) {
            const auto prepared = session().prepare(statement.text);
            EXPECT_TRUE(prepared) << statement.name << ": " << describe(prepared.error());
        }
}

TEST_P(StoreOfRows, InsertsStampsAndFinds) {
    EveryType row = sample("one");
    const auto inserted = model::insert_blocking(session(), clock_, row);
    ASSERT_TRUE(inserted) << describe(inserted.error());
    EXPECT_GT(row.id.value, 0);
    EXPECT_EQ(row.created_at, kStart);
    EXPECT_EQ(row.updated_at, kStart);
    const auto found = model::find_blocking<EveryType>(session(), row.id);
    ASSERT_TRUE(found) << describe(found.error());
    ASSERT_TRUE(*found);
    EXPECT_EQ(record_of(**found), record_of(row));
    const auto by_code = model::find_by_blocking<EveryType>(session(), "code", row.code);
    ASSERT_TRUE(by_code && *by_code);
    EXPECT_EQ((*by_code)->id, row.id);
    const auto record = model::find_record_blocking(session(), table_of<EveryType>(),
                                                    sql::Value::integer(row.id.value));
    ASSERT_TRUE(record && *record);
    EXPECT_EQ(**record, record_of(row));
    const auto nobody = model::find_blocking<EveryType>(session(), Id<EveryType>{4'000});
    ASSERT_TRUE(nobody);
    EXPECT_FALSE(*nobody);
    EXPECT_EQ(model::find_by_blocking<EveryType>(session(), "whole", 7).error().code,
              Code::kInternal);
}

TEST_P(StoreOfRows, UpdatesAndRemoves) {
    EveryType row = sample("one");
    ASSERT_TRUE(model::insert_blocking(session(), clock_, row));
    clock_.advance_micros(1'000'000);
    row.whole = -3;
    row.nick_or.reset();
    ASSERT_TRUE(model::update_blocking(session(), clock_, row));
    auto found = model::find_blocking<EveryType>(session(), row.id);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->whole, -3);
    EXPECT_FALSE((*found)->nick_or);
    EXPECT_EQ((*found)->created_at, kStart);
    EXPECT_EQ((*found)->updated_at.micros, kStart.micros + 1'000'000);

    EveryType part;  // only the key and what is written need to be right
    part.id = row.id;
    part.story = "changed";
    ASSERT_TRUE(model::update_columns_blocking(session(), clock_, part, {"story"}));
    found = model::find_blocking<EveryType>(session(), row.id);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->story, "changed");
    EXPECT_EQ((*found)->code, "one");
    EXPECT_EQ(model::update_columns_blocking(session(), clock_, part, {"colour"}).error().code,
              Code::kInternal);

    ASSERT_TRUE(model::remove_blocking<EveryType>(session(), row.id));
    EXPECT_EQ(model::remove_blocking<EveryType>(session(), row.id).error().code, Code::kNotFound);
    EXPECT_EQ(model::update_blocking(session(), clock_, row).error().code, Code::kNotFound);
}

TEST_P(StoreOfRows, RefusesARowThatBreaksTheRulesBeforeTheDatabaseSeesIt) {
    EveryType row = sample("one");
    row.whole = 5'000;
    row.letters = "";
    const auto refused = model::insert_blocking(session(), clock_, row);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalid);
    EXPECT_EQ(refused.error().faults.size(), 2u);
    EXPECT_EQ(model::count_blocking(session(), model::Filter(table_of<EveryType>())), 0);
}

TEST_P(StoreOfRows, NamesTheColumnOfADuplicate) {
    EveryType one = sample("one");
    EveryType two = sample("one");
    two.token = uuid(8);  // so that no other rule is broken
    ASSERT_TRUE(model::insert_blocking(session(), clock_, one));
    const auto refused = model::insert_blocking(session(), clock_, two);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kUniqueViolation);
    EXPECT_EQ(refused.error().column, "code");
    const auto absent = model::insert_if_absent_blocking(session(), clock_, two);
    ASSERT_TRUE(absent) << describe(absent.error());
    EXPECT_FALSE(*absent);
    two.code = "two";
    const auto present = model::insert_if_absent_blocking(session(), clock_, two);
    ASSERT_TRUE(present);
    EXPECT_TRUE(*present);
    EXPECT_NE(two.id, one.id);
}

TEST_P(StoreOfRows, KeepsForeignKeys) {
    EveryType row = sample("one");
    row.place_id = uuid(1);
    const auto orphan = model::insert_blocking(session(), clock_, row);
    ASSERT_FALSE(orphan);
    EXPECT_EQ(orphan.error().code, Code::kForeignKeyViolation);
    Place place{.id = uuid(1), .name = "Antigua"};
    ASSERT_TRUE(model::insert_blocking(session(), clock_, place));
    ASSERT_TRUE(model::insert_blocking(session(), clock_, row));
    ASSERT_TRUE(model::remove_blocking<Place>(session(), place.id));
    const auto found = model::find_blocking<EveryType>(session(), row.id);
    ASSERT_TRUE(found && *found);
    EXPECT_FALSE((*found)->place_id);
}

TEST_P(StoreOfRows, InsertsInBulkAllOrNone) {
    std::vector<EveryType> rows;
    for (int i = 0; i < 1'000; ++i) rows.push_back(sample("bulk" + std::to_string(i)));
    const auto inserted = model::insert_all_blocking(session(), clock_, std::span(rows));
    ASSERT_TRUE(inserted) << describe(inserted.error());
    EXPECT_EQ(*inserted, 1'000);
    model::Filter filter(table_of<EveryType>());
    const auto listed = model::list_blocking<EveryType>(session(), filter.limit(3).offset(10));
    ASSERT_TRUE(listed) << describe(listed.error());
    ASSERT_EQ(listed->size(), 3u);
    EXPECT_EQ((*listed)[0].created_at, kStart);
    EXPECT_EQ((*listed)[0].tags.text, R"(["a",{"b":1.50}])");

    rows.resize(2);
    rows[0].code = "fresh";
    rows[1].code.assign(31, 'x');
    const auto refused = model::insert_all_blocking(session(), clock_, std::span(rows));
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().faults.size(), 1u);
    EXPECT_EQ(refused.error().faults[0].path, "rows.1.code");
    rows[1].code = "bulk5";
    EXPECT_EQ(model::insert_all_blocking(session(), clock_, std::span(rows)).error().code,
              Code::kUniqueViolation);
    EXPECT_EQ(model::count_blocking(session(), model::Filter(table_of<EveryType>())), 1'000);
}

TEST_P(StoreOfRows, CallsAForeignValueCorrupt) {
    model::RowOf<Place> sink;
    ASSERT_TRUE(session().run("SELECT 'not a uuid' AS id, 'x' AS name", {}, &sink));
    ASSERT_TRUE(sink.error);
    EXPECT_EQ(sink.error->code, Code::kCorrupt);
    EXPECT_EQ(sink.error->table, "tests_place");
    EXPECT_EQ(sink.error->column, "id");
    model::RowOf<Place> narrow;
    ASSERT_TRUE(session().run("SELECT 'x' AS name", {}, &narrow));
    ASSERT_TRUE(narrow.error);
    EXPECT_EQ(narrow.error->code, Code::kInternal);
}

Task<Result<void>> live_in_coroutines(sql::Database& database, Clock& clock) {
    EveryType row = sample("one");
    SEGURIFAI_CO_TRY(co_await model::insert(database, clock, row));
    auto found = co_await model::find<EveryType>(database, row.id);
    if (!found) co_return std::unexpected(found.error());
    EXPECT_TRUE(*found && record_of(**found) == record_of(row));
    std::string code = "one";
    auto by_code = co_await model::find_by<EveryType>(database, "code", code);
    if (!by_code) co_return std::unexpected(by_code.error());
    EXPECT_TRUE(*by_code && (*by_code)->id == row.id);

    row.whole = 8;
    SEGURIFAI_CO_TRY(co_await model::update(database, clock, row));
    row.story = "changed";
    std::vector<std::string_view> columns{"story"};
    SEGURIFAI_CO_TRY(co_await model::update_columns(database, clock, row, columns));

    EveryType twin = sample("one");
    auto absent = co_await model::insert_if_absent(database, clock, twin);
    if (!absent) co_return std::unexpected(absent.error());
    EXPECT_FALSE(*absent);

    const sql::TransactionBody body = [&clock](sql::Transaction& tx) -> Task<Result<void>> {
        std::vector<EveryType> rows{sample("two"), sample("three")};
        auto inserted = co_await model::insert_all(tx, clock, std::span(rows));
        if (!inserted) co_return std::unexpected(inserted.error());
        EveryType last = sample("four");
        SEGURIFAI_CO_TRY(co_await model::insert(tx, clock, last));
        co_return co_await model::remove<EveryType>(tx, last.id);
    };
    SEGURIFAI_CO_TRY(co_await database.transact(body));

    model::Filter filter(table_of<EveryType>());
    SEGURIFAI_CO_TRY(filter.order_by("-code"));
    auto rows = co_await model::list<EveryType>(database, filter);
    if (!rows) co_return std::unexpected(rows.error());
    std::vector<std::string> codes;
    for (const EveryType& each : *rows) codes.push_back(each.code);
    EXPECT_THAT(codes, ElementsAre("two", "three", "one"));
    auto records = co_await model::list_records(database, filter);
    if (!records) co_return std::unexpected(records.error());
    EXPECT_EQ(records->size(), 3u);
    auto count = co_await model::count(database, filter);
    EXPECT_EQ(count, 3);

    SEGURIFAI_CO_TRY(co_await model::remove<EveryType>(database, row.id));
    const auto gone = co_await model::remove<EveryType>(database, row.id);
    EXPECT_EQ(gone.error().code, Code::kNotFound);
    const auto lost = co_await model::update(database, clock, row);
    EXPECT_EQ(lost.error().code, Code::kNotFound);
    co_return Result<void>();
}

TEST_P(StoreOfRows, DoesTheSameInCoroutines) {
    const auto database = open();
    const auto lived = run(live_in_coroutines(*database, clock_));
    EXPECT_TRUE(lived) << describe(lived.error());
    database->close();
}

SEGURIFAI_ON_BOTH_ENGINES(StoreOfRows);

}  // namespace
}  // namespace segurifai::testing
