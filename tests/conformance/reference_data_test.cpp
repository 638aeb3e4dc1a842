// The rows every installation begins with, on both engines.
#include "apps/reference_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "apps/gamification/tables.hpp"
#include "apps/services/coverage.hpp"
#include "apps/services/tables.hpp"
#include "conformance/migrated_database.hpp"
#include "model/store.hpp"

namespace segurifai::apps {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReferenceData : public ::testing::TestWithParam<sql::Engine> {
protected:
    ReferenceData()
        : database_(conformance::migrated_database(GetParam())), session_(database_->session()) {}

    ReferenceDataReport load(const ReferenceDataOptions& options = {}) {
        auto report = load_reference_data(*session_, clock_, options);
        if (!report) throw std::runtime_error(describe(report.error()));
        return *report;
    }

    std::int64_t rows(const std::string& table) {
        return session_->one_integer("SELECT count(*) FROM " + table).value().value();
    }

    std::unique_ptr<testing::TestDatabase> database_;
    std::unique_ptr<sql::Session> session_;
    ManualClock clock_{Instant::parse("2026-02-03 18:04:05.123456").value()};
};

TEST_P(ReferenceData, FillsAnEmptyDatabase) {
    const ReferenceDataReport report = load();
    ASSERT_THAT(report.tables, SizeIs(3));
    EXPECT_EQ(report.tables[0].table, "services_servicecategory");
    EXPECT_THAT(report.tables[0].inserted, ElementsAre("ROADSIDE", "HEALTH", "CARD_INSURANCE"));
    EXPECT_THAT(report.tables[1].inserted,
                ElementsAre("Protege tu Ruta", "Protege tu Salud", "Protege tu Tarjeta"));
    EXPECT_THAT(report.tables[2].inserted, SizeIs(10));
    for (const auto& table : report.tables)
        EXPECT_EQ(rows(std::string(table.table)), static_cast<std::int64_t>(table.inserted.size()));
}

TEST_P(ReferenceData, StoresAPlanWhole) {
    load();
    const auto plan = model::find_blocking<services::ServicePlan>(
        *session_, services::ServicePlanId{static_cast<std::int32_t>(
                       session_
                           ->one_integer("SELECT id FROM services_serviceplan "
                                         "WHERE name = 'Protege tu Ruta'")
                           .value()
                           .value())});
    ASSERT_TRUE(plan) << describe(plan.error());
    ASSERT_TRUE(*plan);
    EXPECT_EQ((*plan)->price_monthly, Money{39'99});
    EXPECT_EQ((*plan)->price_yearly, Money{479'88});
    EXPECT_TRUE((*plan)->is_featured);
    EXPECT_TRUE((*plan)->is_active);
    EXPECT_EQ((*plan)->created_at, clock_.now());
    EXPECT_EQ((*plan)->updated_at, clock_.now());
    EXPECT_THAT((*plan)->features.text,
                ::testing::StartsWith(R"(["Grúa: 3 al año, hasta Q1,170.00 por evento",)"));
    const auto coverage = services::parse_coverage((*plan)->coverage_details.text);
    ASSERT_TRUE(coverage) << describe(coverage.error());
    EXPECT_THAT(coverage->services, SizeIs(14));
    const auto category =
        model::find_blocking<services::ServiceCategory>(*session_, (*plan)->category_id);
    ASSERT_TRUE(category && *category);
    EXPECT_EQ((*category)->category_type, services::CategoryType::kRoadside);
}

TEST_P(ReferenceData, IsTheSameAfterASecondRun) {
    load();
    const ReferenceDataReport again = load();
    for (const auto& table : again.tables) {
        EXPECT_THAT(table.inserted, IsEmpty()) << table.table;
        EXPECT_EQ(rows(std::string(table.table)), static_cast<std::int64_t>(table.present));
    }
}

TEST_P(ReferenceData, LeavesWhatStaffChangedAndAddsWhatIsMissing) {
    load();
    ASSERT_TRUE(
        session_->script("UPDATE services_serviceplan SET price_monthly = 45, description = 'Otra' "
                         "WHERE name = 'Protege tu Ruta';"
                         "DELETE FROM gamification_achievement WHERE nombre = 'Leyenda'"));
    const ReferenceDataReport report = load();
    EXPECT_THAT(report.tables[1].inserted, IsEmpty());
    EXPECT_THAT(report.tables[2].inserted, ElementsAre("Leyenda"));
    EXPECT_EQ(session_
                  ->one_text("SELECT description FROM services_serviceplan "
                             "WHERE name = 'Protege tu Ruta' AND price_monthly = 45")
                  .value(),
              "Otra");
}

TEST_P(ReferenceData, OnlyTellsWhatADryRunWouldInsert) {
    const ReferenceDataReport report = load({.dry_run = true});
    EXPECT_THAT(report.tables[0].inserted, SizeIs(3));
    EXPECT_THAT(report.tables[1].inserted, SizeIs(3));
    EXPECT_THAT(report.tables[2].inserted, SizeIs(10));
    for (const auto& table : report.tables) EXPECT_EQ(rows(std::string(table.table)), 0);
}

TEST_P(ReferenceData, IsTheSameWhenTwoLoadItAtOnce) {
    const auto start = [this](Result<ReferenceDataReport>& report) {
        return std::jthread([this, &report] {
            const auto session = database_->session({.lock_timeout_ms = 60'000});
            ManualClock clock(Instant{0});
            report = load_reference_data(*session, clock);
        });
    };
    Result<ReferenceDataReport> one, other;
    {
        const std::jthread first = start(one);
        const std::jthread second = start(other);
    }
    ASSERT_TRUE(one) << describe(one.error());
    ASSERT_TRUE(other) << describe(other.error());
    EXPECT_EQ(one->tables[1].inserted.size() + other->tables[1].inserted.size(), 3U);
    EXPECT_EQ(rows("services_servicecategory"), 3);
    EXPECT_EQ(rows("services_serviceplan"), 3);
    EXPECT_EQ(rows("gamification_achievement"), 10);
}

TEST_P(ReferenceData, InsertsNothingWhenATableIsMissing) {
    ASSERT_TRUE(session_->script("ALTER TABLE gamification_achievement RENAME TO elsewhere"));
    EXPECT_FALSE(load_reference_data(*session_, clock_));
    EXPECT_FALSE(session_->in_transaction());
    EXPECT_EQ(rows("services_servicecategory"), 0);
    EXPECT_EQ(rows("services_serviceplan"), 0);
}

SEGURIFAI_ON_BOTH_ENGINES(ReferenceData);

}  // namespace
}  // namespace segurifai::apps
