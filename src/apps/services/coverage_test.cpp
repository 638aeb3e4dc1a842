#include "apps/services/coverage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "embedded/services/plans.hpp"

namespace segurifai::services {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::UnorderedElementsAre;

/// A plan of one service whose line is given.
std::string plan_of(std::string_view line) {
    return R"({"max_requests_per_month":3,"vehicle":null,"services":[)" + std::string(line) + "]}";
}

constexpr std::string_view kTow =
    R"({"code":"TOW","name":"Grúa","events_per_year":3,"limit_gtq":"1170.00","flow":"IMMEDIATE"})";

std::vector<Fault> faults_of(std::string_view json) {
    const auto parsed = parse_coverage(json);
    return parsed ? std::vector<Fault>{} : parsed.error().faults;
}

std::vector<std::string> paths_of(std::string_view json) {
    std::vector<std::string> paths;
    for (const Fault& fault : faults_of(json)) paths.push_back(fault.path);
    return paths;
}

TEST(Coverage, ReadsAServiceWithEverythingALineMayHave) {
    const auto coverage = parse_coverage(
        R"({"max_requests_per_month":3,
            "vehicle":{"max_age_years":20,"max_weight_t":3.5,"use":"particular"},
            "services":[{"code":"DRIVER","name":"Conductor","events_per_year":1,
              "limit_gtq":"470.00","pool":"TRASLADOS","family":true,"evidence":["FORM","OTHER"],
              "notice_hours":5,"flow":"SCHEDULED"}]})");
    ASSERT_TRUE(coverage) << describe(coverage.error());
    EXPECT_EQ(coverage->max_requests_per_month, 3);
    ASSERT_TRUE(coverage->vehicle);
    EXPECT_EQ(coverage->vehicle->max_age_years, 20);
    EXPECT_EQ(coverage->vehicle->max_weight_t.to_string(), "3.50");
    EXPECT_EQ(coverage->vehicle->use, "particular");
    ASSERT_EQ(coverage->services.size(), 1U);
    const ServiceLine& line = coverage->services.front();
    EXPECT_EQ(line.code, "DRIVER");
    EXPECT_EQ(line.events_per_year, 1);
    EXPECT_EQ(line.limit, Money{470'00});
    EXPECT_EQ(line.pool, "TRASLADOS");
    EXPECT_TRUE(line.family);
    EXPECT_THAT(*line.evidence, ElementsAre(Evidence::kForm, Evidence::kOther));
    EXPECT_EQ(line.notice_hours, 5);
    EXPECT_EQ(line.flow, Flow::kScheduled);
}

TEST(Coverage, KeepsNoEvidenceApartFromEvidenceLeftToTheCategory) {
    const auto own = parse_coverage(plan_of(
        R"({"code":"A","name":"a","events_per_year":null,"limit_gtq":null,"evidence":[],"flow":"CALLBACK"})"));
    ASSERT_TRUE(own);
    EXPECT_TRUE(own->services[0].evidence && own->services[0].evidence->empty());
    const auto left = parse_coverage(plan_of(kTow));
    ASSERT_TRUE(left);
    EXPECT_EQ(left->services[0].evidence, std::nullopt);
}

TEST(Coverage, NamesEveryFaultUnderItsPath) {
    EXPECT_THAT(
        paths_of(R"({"max_requests_per_month":0,"extra":1,"services":[
            {"code":"tow","name":"","events_per_year":1.5,"limit_gtq":1170,"flow":"SOON","colour":1}]})"),
        UnorderedElementsAre("extra", "max_requests_per_month", "services.0.colour",
                             "services.0.code", "services.0.name", "services.0.events_per_year",
                             "services.0.limit_gtq", "services.0.flow"));
}

TEST(Coverage, RefusesALineWithoutItsRequiredKeys) {
    EXPECT_THAT(
        paths_of(plan_of("{}")),
        UnorderedElementsAre("services.0.code", "services.0.name", "services.0.events_per_year",
                             "services.0.limit_gtq", "services.0.flow"));
}

TEST(Coverage, TakesMoneyOnlyAsTextWithTwoDecimals) {
    for (const std::string_view wrong :
         {"1170.00", "\"1170\"", "\"1170.5\"", "\"1,170.00\"", "\"-1.00\"", "\"Q1.00\"", "\"\"",
          "\"01.00\"", "\"123456789.00\""}) {
        const std::string line =
            R"({"code":"A","name":"a","events_per_year":null,"flow":"CLAIM","limit_gtq":)" +
            std::string(wrong) + "}";
        EXPECT_THAT(paths_of(plan_of(line)), ElementsAre("services.0.limit_gtq")) << wrong;
    }
}

TEST(Coverage, HoldsAServiceOnce) {
    EXPECT_THAT(paths_of(plan_of(std::string(kTow) + "," + std::string(kTow))),
                ElementsAre("services.1.code"));
}

TEST(Coverage, GivesThePoolOneCountAndOneCeiling) {
    const auto pooled = [](std::string_view code, std::string_view count, std::string_view limit) {
        return R"({"code":")" + std::string(code) + R"(","name":"x","events_per_year":)" +
               std::string(count) + R"(,"limit_gtq":)" + std::string(limit) +
               R"(,"pool":"P","flow":"IMMEDIATE"})";
    };
    EXPECT_THAT(
        paths_of(plan_of(pooled("A", "3", "\"9.00\"") + "," + pooled("B", "3", "\"9.00\""))),
        ElementsAre());
    EXPECT_THAT(paths_of(plan_of(pooled("A", "3", "\"9.00\"") + "," + pooled("B", "2", "null"))),
                ElementsAre("services.1.events_per_year", "services.1.limit_gtq"));
}

TEST(Coverage, AsksForNoticeOnlyWhereThereIsAnAppointment) {
    EXPECT_THAT(
        paths_of(plan_of(
            R"({"code":"A","name":"a","events_per_year":1,"limit_gtq":null,"notice_hours":5,"flow":"CLAIM"})")),
        ElementsAre("services.0.notice_hours"));
}

TEST(Coverage, RefusesOtherShapes) {
    for (const std::string_view wrong :
         {"[]", "null", "1", R"({"max_requests_per_month":3})",
          R"({"max_requests_per_month":3,"services":[]})",
          R"({"max_requests_per_month":3,"services":{}})",
          R"({"max_requests_per_month":3,"services":[1]})",
          R"({"max_requests_per_month":3,"services":[],"vehicle":[]})"})
        EXPECT_FALSE(faults_of(wrong).empty()) << wrong;
    EXPECT_FALSE(parse_coverage("{"));
    for (const std::string_view weight : {"0", "-1", "3.555", "\"3.5\"", "1000"}) {
        const std::string json =
            R"({"max_requests_per_month":3,"services":[)" + std::string(kTow) +
            R"(],"vehicle":{"max_age_years":20,"use":"particular","max_weight_t":)" +
            std::string(weight) + "}}";
        EXPECT_THAT(paths_of(json), ElementsAre("vehicle.max_weight_t")) << weight;
    }
}

TEST(CoverageColumn, LetsItsDefaultThroughAndSaysWhereTheFirstFaultIs) {
    EXPECT_EQ(coverage_fault(sql::Value::json("{}")), std::nullopt);
    EXPECT_EQ(coverage_fault(sql::Value::json(plan_of(kTow))), std::nullopt);
    const auto fault = coverage_fault(sql::Value::json(plan_of("{}")));
    ASSERT_TRUE(fault);
    EXPECT_EQ(*fault, "services.0.code: Is required. (And 4 more to put right.)");
}

TEST(FeatureLines, SayWhatTheDataSay) {
    const auto coverage = parse_coverage(
        R"({"max_requests_per_month":3,"services":[
        {"code":"A","name":"Grúa","events_per_year":3,"limit_gtq":"1170.00","flow":"IMMEDIATE"},
        {"code":"B","name":"Llanta","events_per_year":3,"limit_gtq":"1234567.00","pool":"P","flow":"IMMEDIATE"},
        {"code":"C","name":"Corriente","events_per_year":3,"limit_gtq":"1234567.00","pool":"P","flow":"IMMEDIATE"},
        {"code":"D","name":"Fraude","events_per_year":null,"limit_gtq":"300.00","flow":"CLAIM"},
        {"code":"E","name":"Orientación","events_per_year":null,"limit_gtq":null,"family":true,"flow":"CALLBACK"},
        {"code":"F","name":"Conductor","events_per_year":1,"limit_gtq":null,"notice_hours":5,"flow":"SCHEDULED"}]})");
    ASSERT_TRUE(coverage) << describe(coverage.error());
    EXPECT_THAT(
        feature_lines(*coverage),
        ElementsAre(
            "Grúa: 3 al año, hasta Q1,170.00 por evento",
            "Llanta: 3 al año, hasta Q1,234,567.00 al año, en conjunto con otro servicio",
            "Corriente: 3 al año, hasta Q1,234,567.00 al año, en conjunto con otro servicio",
            "Fraude: hasta Q300.00 por evento",
            "Orientación: sin límite de veces, para usted y su familia",
            "Conductor: 1 al año, con 5 horas de anticipación"));
}

TEST(PlanFiles, AreWholeAndRight) {
    std::size_t lines = 0;
    ASSERT_EQ(plans::files().size(), 3U);
    for (const EmbeddedFile& file : plans::files()) {
        const auto json = Json::parse(file.text);
        ASSERT_TRUE(json) << file.name;
        const auto coverage = parse_coverage(json->text);
        ASSERT_TRUE(coverage) << file.name << "\n" << describe(coverage.error());
        EXPECT_EQ(coverage->max_requests_per_month, 3) << file.name;
        lines += coverage->services.size();
    }
    EXPECT_EQ(lines, 39U);
}

}  // namespace
}  // namespace segurifai::services
