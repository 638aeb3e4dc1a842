// The demonstration's people, units and prices are those of SEED_DATA.md §6, on both engines.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/demo/load.hpp"
#include "apps/providers/fleet_tables.hpp"
#include "apps/providers/registration.hpp"
#include "apps/providers/tables.hpp"
#include "apps/reference_data.hpp"
#include "apps/services/tables.hpp"
#include "apps/users/tables.hpp"
#include "base/random.hpp"
#include "conformance/migrated_database.hpp"
#include "model/store.hpp"

namespace segurifai::demo {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Lines = std::vector<std::string>;

// part | person, company | phone | licence | vehicles | base | capabilities | state
const Lines kUnits{
    "unidad01 | Marvin Coc, Grúas del Valle | +50200010201 | DEMO-LIC-01 | TOW_TRUCK C-001DMO | "
    "14.588000 -90.545000 | TOW, JUMP_START | ACTIVE",
    "unidad02 | Edgar Sic, Grúas del Valle | +50200010202 | DEMO-LIC-02 | TOW_TRUCK C-002DMO | "
    "14.633300 -90.606400 | TOW | ACTIVE",
    "unidad03 | Luis Ajanel, Grúas Pacífico | +50200010203 | DEMO-LIC-03 | TOW_TRUCK C-003DMO | "
    "14.305000 -90.785000 | TOW, TYRE | ACTIVE",
    "unidad04 | Wendy Mejía, Auxilio Rápido | +50200010204 | DEMO-LIC-04 | MOTORCYCLE M-004DMO | "
    "14.599000 -90.509000 | JUMP_START, FUEL, TYRE | ACTIVE",
    "unidad05 | Kevin Yat, Auxilio Rápido | +50200010205 | DEMO-LIC-05 | MOTORCYCLE M-005DMO | "
    "14.642000 -90.513300 | JUMP_START, FUEL, LOCKSMITH | ACTIVE",
    "unidad06 | Sergio Batz, Auxilio Rápido | +50200010206 | DEMO-LIC-06 | CAR P-006DMO | "
    "14.526900 -90.587500 | JUMP_START, FUEL, TYRE, LOCKSMITH | ACTIVE",
    "unidad07 | Ingrid Portillo, Llaves y Más | +50200010207 | DEMO-LIC-07 | CAR P-007DMO | "
    "14.621000 -90.553000 | LOCKSMITH | ACTIVE",
    "unidad08 | Carlos Xol, Ambulancias Vida | +50200010208 | DEMO-LIC-08 | AMBULANCE C-008DMO | "
    "14.638000 -90.548000 | AMBULANCE | ACTIVE",
    "unidad09 | Nora Cifuentes, Ambulancias Vida | +50200010209 | DEMO-LIC-09 | "
    "AMBULANCE C-009DMO | 14.596000 -90.488000 | AMBULANCE, POST_OP_NURSE | ACTIVE",
    "unidad10 | Mario Quej, Traslados GT | +50200010210 | DEMO-LIC-10 | CAR P-010DMO | "
    "14.583300 -90.527500 | AIRPORT_TAXI, FAMILY_TAXI, DISCHARGE_TAXI, DRIVER | ACTIVE",
    "unidad11 | Silvia Ruano, Mensajeros Express | +50200010211 | DEMO-LIC-11 | "
    "MOTORCYCLE M-011DMO | 14.606000 -90.520000 | COURIER, MEDICATION_DELIVERY | ACTIVE",
    "unidad12 | Byron Tum, Asistencia Altense | +50200010212 | DEMO-LIC-12 | "
    "TOW_TRUCK C-012DMO, CAR P-013DMO | 14.844600 -91.518200 | TOW, JUMP_START, TYRE, FUEL | "
    "ACTIVE",
    "unidad13 | Julia Pop, Auxilio Colonial | +50200010213 | DEMO-LIC-13 | CAR P-014DMO | "
    "14.557300 -90.733200 | JUMP_START, TYRE, LOCKSMITH | ACTIVE",
    "unidad14 | Óliver Cruz, Grúas Nuevas | +50200010214 | DEMO-LIC-14 | TOW_TRUCK C-015DMO | "
    "14.657000 -90.462000 | TOW | PENDING",
    "mesa01 | Central Médica, Central Médica | +50200010221 | DEMO-LIC-21 |  |  | DESK, "
    "MEDICAL_PHONE, MEDICAL_REFERENCE, SPECIALIST, CONSULTATION, LAB_BASIC, LAB_SCREENING, "
    "NUTRITION_VIDEO, PSYCHOLOGY_VIDEO | ACTIVE",
    "mesa02 | Central Legal y Red, Central Legal y Red | +50200010222 | DEMO-LIC-22 |  |  | DESK, "
    "LEGAL_PHONE, NETWORK_DISCOUNT | ACTIVE",
    "mesa03 | Reclamos, Reclamos | +50200010223 | DEMO-LIC-23 |  |  | DESK, ER_SUPPORT, XRAY, "
    "ACCIDENTAL_DEATH, HYGIENE_KIT, CARD_LOST_STOLEN, CARD_CLONING, CARD_MAGSTRIPE, "
    "CARD_SOCIAL_ENGINEERING, CARD_PHISHING, CARD_IDENTITY_THEFT, CARD_SPOOFING, CARD_VISHING, "
    "CARD_ONLINE_PURCHASE | ACTIVE",
};

// part | name | role | scopes | phone
const Lines kPeople{
    "auditoria | Rodrigo Paz | ADMIN | AUDITOR | +50200010007",
    "contenido | Pablo Recinos | ADMIN | CONTENT | +50200010005",
    "direccion | Lucía Barrios | superuser |  | +50200010001",
    "finanzas | Ana Lucía Ordóñez | ADMIN | FINANCE | +50200010004",
    "miembro1 | Elena Marroquín | USER |  | +50200010101",
    "miembro2 | Diego Chávez | USER |  | +50200010102",
    "miembro3 | Rosa Ixcot | USER |  | +50200010103",
    "miembro4 | Julio Castañeda | USER |  | +50200010104",
    "miembro5 | Sofía Lemus | USER |  | +50200010105",
    "miembro6 | Óscar Pineda | USER |  | +50200010106",
    "miembro7 | Beatriz Toc | USER |  | +50200010107",
    "operaciones1 | Héctor Solís | ADMIN | OPERATIONS | +50200010002",
    "operaciones2 | Karla Méndez | ADMIN | OPERATIONS | +50200010003",
    "soporte | Mónica Tzul | ADMIN | SUPPORT | +50200010006",
};

const std::string kSixToEight =
    R"({"fri":[["06:00","20:00"]],"mon":[["06:00","20:00"]],"sat":[["06:00","20:00"]],)"
    R"("sun":[["06:00","20:00"]],"thu":[["06:00","20:00"]],"tue":[["06:00","20:00"]],)"
    R"("wed":[["06:00","20:00"]]})";

// On 3 February 2026 in Guatemala.
const Lines kSubscriptions{
    "miembro1 | Protege tu Ruta | ACTIVE | 2026-02-03 to 2026-03-04 | renews",
    "miembro1 | Protege tu Salud | ACTIVE | 2026-02-03 to 2026-03-04 | renews",
    "miembro2 | Protege tu Ruta | ACTIVE | 2026-02-03 to 2027-02-02 | renews",
    "miembro3 | Protege tu Tarjeta | ACTIVE | 2026-02-03 to 2026-03-04 | renews",
    "miembro4 | Protege tu Salud | ACTIVE | 2026-01-04 to 2026-02-02 | renews",
    "miembro5 | Protege tu Ruta | ACTIVE | 2026-02-03 to 2026-02-28 | ends",
};

std::string joined(const Lines& lines) {
    return fmt::format("{}", fmt::join(lines, ", "));
}

class DemoData : public ::testing::TestWithParam<sql::Engine> {
protected:
    DemoData()
        : database_(conformance::migrated_database(GetParam())), session_(database_->session()) {
        const auto loaded = apps::load_reference_data(*session_, clock_, {});
        if (!loaded) throw std::runtime_error(describe(loaded.error()));
    }

    Result<LoadReport> load(const Result<void>& kept = {}) {
        return load_blocking(*session_, clock_, random_, [&](const std::vector<Credential>& made) {
            kept_ = made;
            return kept;
        });
    }

    /// The first columns of every row, as one line each.
    Lines lines(const std::string& sql, int columns) {
        Lines found;
        auto sink = sql::each_row([&](const sql::Row& row) {
            Lines cells;
            for (int i = 0; i < columns; ++i) cells.emplace_back(row.is_null(i) ? "" : row.text(i));
            found.push_back(fmt::format("{}", fmt::join(cells, " | ")));
        });
        const auto done = session_->run(sql, {}, &sink);
        EXPECT_TRUE(done) << describe(done.error());
        return found;
    }

    std::string unit_line(const providers::Provider& unit) {
        const auto user =
            model::find_blocking<users::User>(*session_, unit.user_id).value().value();
        const std::string key = std::to_string(unit.id.value);
        const auto of_unit = [&](std::string_view what, std::string_view table) {
            return joined(lines(fmt::format("SELECT {} FROM {} WHERE provider_id = {} ORDER BY id",
                                            what, table, key),
                                1));
        };
        const std::string name = user.first_name + (user.last_name.empty() ? "" : " ");
        return fmt::format(
            "{} | {}{}, {} | {} | {} | {} | {} | {} | {}",
            user.email.substr(0, user.email.find('@')), name, user.last_name, unit.company_name,
            unit.business_phone.text(), unit.business_license,
            of_unit("kind || ' ' || plate", "providers_vehicle"),
            unit.latitude ? unit.latitude->to_string() + " " + unit.longitude->to_string() : "",
            of_unit("code", "providers_capability"), model::word(unit.status));
    }

    std::unique_ptr<testing::TestDatabase> database_;
    std::unique_ptr<sql::Session> session_;
    ManualClock clock_{Instant::parse("2026-02-03 18:04:05.123456").value()};
    SystemRandom random_;
    std::vector<Credential> kept_;
};

SEGURIFAI_ON_BOTH_ENGINES(DemoData);

TEST_P(DemoData, AreThePeopleUnitsAndPricesOfTheSpecification) {
    const auto report = load();
    ASSERT_TRUE(report) << describe(report.error());
    EXPECT_THAT(report->made, SizeIs(kPeople.size() + kUnits.size()));

    model::Filter by_id(model::table_of<providers::Provider>());
    const auto units = model::list_blocking<providers::Provider>(*session_, by_id);
    ASSERT_TRUE(units) << describe(units.error());
    Lines found;
    for (const providers::Provider& unit : *units) {
        found.push_back(unit_line(unit));
        SCOPED_TRACE(found.back());
        EXPECT_EQ(providers::read_nit(unit.tax_id), unit.tax_id) << "with its check digit";
        EXPECT_EQ(unit.service_radius_km, 50);
        EXPECT_EQ(unit.working_hours.text,
                  unit.company_name == "Auxilio Colonial" ? kSixToEight : "{}");
    }
    EXPECT_THAT(found, ElementsAreArray(kUnits));
    EXPECT_THAT(
        lines("SELECT tax_id FROM providers_provider GROUP BY tax_id HAVING count(*) > 1", 1),
        IsEmpty());
    const std::string part = "substr(u.email, 1, length(u.email) - 23)";
    EXPECT_THAT(
        lines(
            "SELECT " + part +
                ", u.first_name || ' ' || u.last_name, CASE WHEN u.is_superuser "
                "THEN 'superuser' ELSE u.role END, s.scope, u.phone_number FROM users_user u LEFT "
                "JOIN users_staffscope s ON s.user_id = u.id WHERE NOT EXISTS (SELECT 1 FROM "
                "providers_provider p WHERE p.user_id = u.id) ORDER BY u.email",
            5),
        ElementsAreArray(kPeople));
    EXPECT_THAT(lines("SELECT service_code, CAST(CAST(price * 100 AS integer) AS text) FROM "
                      "services_payperuseprice ORDER BY id",
                      2),
                ElementsAre("TOW | 45000", "JUMP_START | 15000", "TYRE | 15000", "FUEL | 17500",
                            "LOCKSMITH | 25000"));
}

TEST_P(DemoData, GiveTheMembersTheirPlans) {
    ASSERT_TRUE(load());
    EXPECT_THAT(
        lines("SELECT substr(u.email, 1, 8) || ' | ' || p.name || ' | ' || s.status || ' | ' || "
              "CAST(s.start_date AS text) || ' to ' || CAST(s.end_date AS text) || "
              "CASE WHEN s.auto_renew THEN ' | renews' ELSE ' | ends' END "
              "FROM services_userservice s JOIN users_user u ON u.id = s.user_id "
              "JOIN services_serviceplan p ON p.id = s.plan_id ORDER BY u.email, p.name",
              1),
        ElementsAreArray(kSubscriptions));
}

TEST_P(DemoData, DesksStandNowhere) {
    ASSERT_TRUE(load());
    EXPECT_EQ(session_->one_integer("SELECT count(*) FROM providers_providerlocation").value(), 14);
    EXPECT_EQ(
        session_->one_integer("SELECT count(*) FROM providers_providerlocation WHERE is_online")
            .value(),
        0);
}

TEST_P(DemoData, StayAsTheyAreWhenLoadedAgain) {
    ASSERT_TRUE(load());
    const Lines before = lines("SELECT email, password FROM users_user ORDER BY email", 2);
    ASSERT_TRUE(
        session_->script("UPDATE providers_provider SET business_license = 'Otra' WHERE "
                         "business_license = 'DEMO-LIC-01'"));
    kept_.clear();
    const auto again = load();
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_THAT(again->made, IsEmpty());
    EXPECT_EQ(again->present, kPeople.size() + kUnits.size());
    EXPECT_EQ(again->prices, 0U);
    EXPECT_THAT(kept_, IsEmpty());
    EXPECT_EQ(lines("SELECT email, password FROM users_user ORDER BY email", 2), before);
    EXPECT_THAT(lines("SELECT email FROM users_user u JOIN providers_provider p ON "
                      "p.user_id = u.id WHERE p.business_license = 'Otra'",
                      1),
                ElementsAre("unidad01@demo.segurifai.example"));
}

TEST_P(DemoData, AreNotThereWhenTheirPasswordsCannotBeKept) {
    EXPECT_FALSE(load(fail(Code::kDiskFull, "No room.")));
    for (const char* table :
         {"users_user", "providers_provider", "services_userservice", "services_payperuseprice"})
        EXPECT_EQ(session_->one_integer(fmt::format("SELECT count(*) FROM {}", table)).value(), 0)
            << table;
}

}  // namespace
}  // namespace segurifai::demo
