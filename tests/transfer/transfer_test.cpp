// Rows out of a database and into another: what `segurifai dumpdata` and `loaddata` promise.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "apps/registry.hpp"
#include "migrate/partitions.hpp"
#include "migrate/state.hpp"
#include "migrate/step.hpp"
#include "model/registry.hpp"
#include "ops/transfer/dump.hpp"
#include "ops/transfer/load.hpp"
#include "support/databases.hpp"
#include "support/row_generator.hpp"

namespace segurifai::transfer {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kSeed = 20'261'101;
constexpr int kRows = 40;

const model::Registry& registry() {
    static const model::Registry registry = *model::Registry::make(apps::all_tables());
    return registry;
}

/// A database of either engine with the 21 tables, empty.
class Installation {
public:
    explicit Installation(sql::Engine engine) : database_(engine), session_(database_.session()) {
        const auto schema = migrate::state_of(registry().tables());
        for (const std::string& statement : migrate::create_statements(engine, schema))
            expect(session_->script(statement));
    }

    void fill() {
        if (engine() == sql::Engine::kPostgres)
            expect(migrate::ensure_partitions(
                *session_,
                *migrate::state_of(registry().tables()).find("providers_providerlocationhistory"),
                *Date::parse("2026-10-31"), *Date::parse("2026-11-25")));
        testing::RowGenerator(kSeed).fill(*session_, registry().tables(), kRows);
    }

    [[nodiscard]] std::string dump(Format format = Format::kNdjson,
                                   const model::Table* only = nullptr) {
        std::string text;
        const std::vector<const model::Table*> one{only};
        const auto tables = only == nullptr ? registry().tables() : std::span(one);
        const auto counts =
            transfer::dump(*session_, tables, format, [&](std::string_view piece) -> Result<void> {
                text += piece;
                return {};
            });
        if (!counts) throw std::runtime_error(describe(counts.error()));
        return text;
    }

    [[nodiscard]] Result<std::vector<TableCount>> load(const std::string& text,
                                                       Format format = Format::kNdjson,
                                                       const model::Table* table = nullptr) {
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
        std::fwrite(text.data(), 1, text.size(), file.get());
        std::rewind(file.get());
        const std::vector sources{Source{"rows", file.get(), format, table}};
        return transfer::load(*session_, registry(), sources,
                              {.now = *Instant::parse("2026-11-12T08:00:00Z")});
    }

    [[nodiscard]] std::int64_t rows() {
        std::int64_t rows = 0;
        for (const model::Table* table : registry().tables())
            rows += **session_->one_integer("SELECT count(*) FROM " + sql::quoted(table->name));
        return rows;
    }

    [[nodiscard]] sql::Engine engine() const noexcept { return database_.engine(); }
    [[nodiscard]] sql::Session& session() noexcept { return *session_; }

private:
    static void expect(const Result<void>& result) {
        if (!result) throw std::runtime_error(describe(result.error()));
    }

    testing::TestDatabase database_;
    std::unique_ptr<sql::Session> session_;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

sql::Engine other(sql::Engine engine) {
    return engine == sql::Engine::kSqlite ? sql::Engine::kPostgres : sql::Engine::kSqlite;
}

const std::string kCategory =
    R"({"table":"services_servicecategory","row":{"id":1,"name":"Vial","category_type":"ROADSIDE"}})"
    "\n";

class Transfer : public ::testing::TestWithParam<sql::Engine> {};
SEGURIFAI_ON_BOTH_ENGINES(Transfer);

TEST_P(Transfer, MovesAnInstallationToTheOtherEngineAndBackRowForRow) {
    Installation first(GetParam());
    first.fill();
    const std::string dumped = first.dump();
    ASSERT_GT(first.rows(), 600);

    Installation second(other(GetParam()));
    ASSERT_TRUE(second.load(dumped)) << describe(second.load(dumped).error());
    EXPECT_EQ(second.dump(), dumped);

    Installation third(GetParam());
    ASSERT_TRUE(third.load(second.dump()));
    EXPECT_EQ(third.dump(), dumped);
    EXPECT_EQ(third.rows(), first.rows());
}

TEST_P(Transfer, MovesEveryTableAsCsvAndKeepsNullApartFromTheEmptyText) {
    Installation first(GetParam());
    first.fill();
    Installation second(other(GetParam()));
    for (const model::Table* table : registry().tables()) {
        const std::string csv = first.dump(Format::kCsv, table);
        const auto loaded = second.load(csv, Format::kCsv, table);
        ASSERT_TRUE(loaded) << table->name << ": " << describe(loaded.error());
    }
    EXPECT_EQ(second.dump(), first.dump());
}

TEST_P(Transfer, TakesRowsInAnyOrder) {
    Installation first(GetParam());
    first.fill();
    auto lines = lines_of(first.dump());
    std::shuffle(lines.begin() + 1, lines.end() - 1, std::mt19937_64(kSeed));
    Installation second(GetParam());
    const auto loaded = second.load(joined(lines));
    ASSERT_TRUE(loaded) << describe(loaded.error());
    EXPECT_EQ(second.dump(), first.dump());
}

TEST_P(Transfer, TakesLinesThatAreSpelledDifferently) {
    Installation installation(GetParam());
    const auto loaded = installation.load(
        "\n  { \"row\" : {\"name\": \"Salud\", \"id\": 7, \"category_type\": \"HEALTH\"},"
        " \"table\" : \"services_servicecategory\" }  \r\n");
    ASSERT_TRUE(loaded) << describe(loaded.error());
    EXPECT_EQ(*loaded, (std::vector<TableCount>{{"services_servicecategory", 1}}));
    EXPECT_EQ(**installation.session().one_text(
                  "SELECT icon || name FROM services_servicecategory WHERE id = 7"),
              "Salud");
}

TEST_P(Transfer, NamesEveryFaultOfEveryRowAndStoresNothing) {
    Installation installation(GetParam());
    const auto loaded = installation.load(
        kCategory +
        R"({"table":"services_servicecategory","row":{"id":2,"name":"Salud","category_type":"DENTAL"}}
{"table":"no_such_table","row":{}}
not json
{"table":"services_servicecategory"}
{"table":"services_servicecategory","row":{"id":"3","name":null,"category_type":"HEALTH","x":1}}
)");
    ASSERT_FALSE(loaded);
    const std::string told = describe(loaded.error());
    EXPECT_THAT(told, HasSubstr("rows:2 services_servicecategory.category_type"));
    EXPECT_THAT(told, HasSubstr("rows:3: there is no table no_such_table"));
    EXPECT_THAT(told, HasSubstr("rows:4: The JSON is malformed"));
    EXPECT_THAT(told, HasSubstr("rows:5: is not {"));
    EXPECT_THAT(told, HasSubstr("rows:6 services_servicecategory.id"));
    EXPECT_THAT(told, HasSubstr("rows:6 services_servicecategory.name"));
    EXPECT_THAT(told, HasSubstr("rows:6 services_servicecategory.x"));
    EXPECT_EQ(installation.rows(), 0);
}

TEST_P(Transfer, NamesEveryRowThatTheDatabaseWouldRefuse) {
    Installation installation(GetParam());
    ASSERT_TRUE(installation.load(kCategory));
    const auto loaded = installation.load(
        R"({"table":"services_servicecategory","row":{"id":2,"name":"Vial","category_type":"ROADSIDE"}}
{"table":"services_servicecategory","row":{"id":3,"name":"Salud","category_type":"HEALTH"}}
{"table":"services_servicecategory","row":{"id":3,"name":"Salud","category_type":"CARD_INSURANCE"}}
{"table":"services_serviceplan","row":{"id":1,"category_id":99,"name":"A","price_monthly":"1.00","price_yearly":"1.00"}}
{"table":"services_serviceplan","row":{"id":2,"category_id":98,"name":"B","price_monthly":"1.00","price_yearly":"1.00"}}
{"table":"services_serviceplan","row":{"id":3,"category_id":3,"name":"C","price_monthly":"1.00","price_yearly":"1.00"}}
)");
    ASSERT_FALSE(loaded);
    const std::string told = describe(loaded.error());
    EXPECT_THAT(told, HasSubstr("Nothing was loaded: 4 faults."));
    EXPECT_THAT(told, HasSubstr("rows:1 services_servicecategory.category_type: repeats a value "
                                "that is stored already"));
    EXPECT_THAT(told, HasSubstr("rows:3 services_servicecategory.id: repeats a value of an "
                                "earlier row"));
    EXPECT_THAT(told, HasSubstr("rows:4 services_serviceplan.category_id: points at no row of "
                                "services_servicecategory"));
    EXPECT_THAT(told, HasSubstr("rows:5 services_serviceplan.category_id"));
    EXPECT_EQ(installation.rows(), 1);
}

TEST_P(Transfer, RefusesADumpThatWasCutShort) {
    Installation first(GetParam());
    first.fill();
    auto lines = lines_of(first.dump());
    lines.resize(lines.size() / 2);
    Installation second(GetParam());
    const auto loaded = second.load(joined(lines));
    ASSERT_FALSE(loaded);
    EXPECT_THAT(describe(loaded.error()), HasSubstr("cut short"));
    EXPECT_EQ(second.rows(), 0);
}

TEST_P(Transfer, NamesCsvFaultsByRecordAndColumn) {
    Installation installation(GetParam());
    const model::Table* table = registry().find("services_servicecategory");
    const auto loaded = installation.load(
        "id,name,category_type,is_active\n1,Vial,ROADSIDE,maybe\nx,\"\",HEALTH,true\n2,Salud\n",
        Format::kCsv, table);
    ASSERT_FALSE(loaded);
    const std::string told = describe(loaded.error());
    EXPECT_THAT(told, HasSubstr("rows:2 services_servicecategory.is_active"));
    EXPECT_THAT(told, HasSubstr("rows:3 services_servicecategory.id"));
    EXPECT_THAT(told, HasSubstr("rows:4 services_servicecategory: has 2 fields"));
    EXPECT_EQ(installation.rows(), 0);

    const auto unknown = installation.load("id,nombre\n1,Vial\n", Format::kCsv, table);
    ASSERT_FALSE(unknown);
    EXPECT_THAT(describe(unknown.error()), HasSubstr("rows:1 services_servicecategory.nombre"));
}

TEST_P(Transfer, MakesNoRoomForTheDaysBetweenFarApartRows) {
    Installation installation(GetParam());
    installation.fill();
    std::string rows;
    int id = 1'000;
    for (const char* day : {"1970-01-01", "2026-01-02", "2026-01-03", "9999-12-30"})
        rows += R"({"table":"providers_providerlocationhistory","row":{"id":)" +
                std::to_string(id++) +
                R"(,"provider_id":1,"latitude":14.6,"longitude":-90.5,"recorded_at":")" + day +
                "T12:00:00Z\"}}\n";
    const auto loaded = installation.load(rows);
    ASSERT_TRUE(loaded) << describe(loaded.error());
    EXPECT_EQ(loaded->front().rows, 4);
}

TEST_P(Transfer, PassesOverTheMarkThatSpreadsheetsPutFirst) {
    Installation installation(GetParam());
    const std::string mark = "\xEF\xBB\xBF";
    const model::Table* table = registry().find("services_servicecategory");
    const auto csv = installation.load(mark + "\"id\",name,category_type\n2,Salud,HEALTH\n",
                                       Format::kCsv, table);
    EXPECT_TRUE(csv) << describe(csv.error());
    const auto ndjson = installation.load(mark + kCategory);
    EXPECT_TRUE(ndjson) << describe(ndjson.error());
    EXPECT_EQ(installation.rows(), 2);
}

TEST_P(Transfer, TakesNothingForAFaultNotForASuccess) {
    Installation installation(GetParam());
    const auto piped = installation.load("");
    ASSERT_FALSE(piped);
    EXPECT_THAT(describe(piped.error()), HasSubstr("holds no rows"));
    const auto csv = installation.load("", Format::kCsv, registry().find("users_user"));
    ASSERT_FALSE(csv);
    EXPECT_THAT(describe(csv.error()), HasSubstr("the line of column names is missing"));
    EXPECT_TRUE(installation.load(installation.dump())) << "the dump of an empty database";
}

TEST_P(Transfer, MovesTheCountersBehindTheLoadedKeys) {
    Installation installation(GetParam());
    ASSERT_TRUE(installation.load(
        R"({"table":"services_servicecategory","row":{"id":40,"name":"V","category_type":"ROADSIDE"}})"));
    const auto id = installation.session().one_integer(
        "INSERT INTO services_servicecategory (name, category_type, created_at, updated_at) "
        "VALUES ('S', 'HEALTH', '2026-11-12 08:00:00.000000', '2026-11-12 08:00:00.000000') "
        "RETURNING id");
    ASSERT_TRUE(id) << describe(id.error());
    EXPECT_EQ(**id, 41);
}

}  // namespace
}  // namespace segurifai::transfer
