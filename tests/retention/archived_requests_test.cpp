// Requests that left the live tables, as staff still find them through the API (RULES §11).

#include "ops/retention/archived_requests.hpp"

#include <gtest/gtest.h>

#include "api/assistance.hpp"
#include "apps/registry.hpp"
#include "ops/retention/archive.hpp"
#include "ops/retention/retention.hpp"

namespace segurifai::testing {
namespace {

constexpr std::string_view kList = "/api/assistance/requests/";
constexpr std::int64_t kThreeYears = 3 * 366 * kMicrosPerDay;

class ArchivedRequests : public ::testing::TestWithParam<sql::Engine> {
protected:
    ArchivedRequests() : registry(*model::Registry::make(apps::all_tables())) {
        auto made = retention::archived_requests();
        EXPECT_TRUE(made);
        archive = std::move(*made);
        api.platform().request_archive = archive.get();
    }

    /// A completed job of `unit` for that member; the number of the request.
    std::string completed(const Assistance::Member& member, const Unit& unit) {
        const std::int64_t id = world.create_tow(member.token);
        const TestAnswer made = api.get(fmt::format("{}{}/", kList, id), {.token = member.token});
        world.assign(id, unit);
        api.execute(
            fmt::format("UPDATE dispatch_assignment SET ended_at = assigned_at "
                        "WHERE request_id = {}",
                        id));
        api.execute(
            fmt::format("UPDATE assistance_assistancerequest SET status = 'COMPLETED', "
                        "notes = 'internal' WHERE id = {}",
                        id));
        api.clock.advance_micros(1'000'000);
        return made.at("/request_number");
    }

    void archive_all(std::int64_t requests) {
        api.clock.advance_micros(kThreeYears);
        const auto report = retention::run(api.session(), retention::Policy::kRequests,
                                           {.registry = registry, .clock = api.clock});
        ASSERT_TRUE(report) << describe(report.error());
        ASSERT_EQ(report->lines.at(0).done, requests);
    }

    std::string staff(http::Scope scope) { return api.sign_in_as(api.add_staff({scope}).id); }
    TestAnswer get(const std::string& token, std::string_view rest) {
        return api.get(fmt::format("{}{}", kList, rest), {.token = token});
    }
    std::string count(const std::string& token, std::string_view query) {
        const TestAnswer page = get(token, query);
        return page.status == 200 ? page.at("/count") : page.body;
    }

    Assistance world{GetParam()};
    TestApi& api = world.api;
    model::Registry registry;
    std::unique_ptr<assistance::RequestArchive> archive;
};
SEGURIFAI_ON_BOTH_ENGINES(ArchivedRequests);

TEST_P(ArchivedRequests, AreShownToStaffWholeAndToNobodyElse) {
    const auto ana = world.member_on("ROADSIDE");
    const Unit unit = api.add_unit();
    const std::string number = completed(ana, unit);
    const std::string id =
        std::to_string(api.integer("SELECT id FROM assistance_assistancerequest"));
    const TestAnswer live = get(staff(http::Scope::kOperations), number + "/");
    archive_all(1);

    for (const http::Scope scope :
         {http::Scope::kOperations, http::Scope::kSupport, http::Scope::kFinance}) {
        const std::string token = staff(scope);
        for (const std::string& name : {number, id}) {
            const TestAnswer shown = get(token, name + "/");
            ASSERT_EQ(shown.status, 200) << shown.body;
            EXPECT_EQ(shown.at("/request_number"), number);
            EXPECT_EQ(shown.at("/description"), live.at("/description"));
            EXPECT_EQ(shown.at("/metadata"), live.at("/metadata"));
            EXPECT_EQ(shown.at("/notes"), "internal");
            EXPECT_EQ(shown.at("/pay/total"), live.at("/pay/total"));
            EXPECT_EQ(shown.at("/provider/company_name"), live.at("/provider/company_name"));
            EXPECT_EQ(shown.at("/member/first_name"), live.at("/member/first_name"));
            EXPECT_NE(shown.at("/archived_at"), "<none>");
            EXPECT_EQ(shown.at("/can_cancel"), "false");
        }
    }
    EXPECT_EQ(live.at("/archived_at"), "<none>");
    EXPECT_EQ(get(api.sign_in_as(ana.person.id), number + "/").status, 404) << "its own member";
    EXPECT_EQ(get(api.sign_in_as(unit.user_id), number + "/").status, 404) << "its unit";
    EXPECT_EQ(get(staff(http::Scope::kContent), number + "/").status, 403);
    EXPECT_EQ(get(staff(http::Scope::kSupport), "REQ-20200101-AAAAAA/").status, 404);
    EXPECT_EQ(get("", number + "/").status, 401);
}

TEST_P(ArchivedRequests, AreListedAndSearchedByStaffAlone) {
    const auto elena =
        world.member_on("ROADSIDE", {.first_name = "Elena", .last_name = "Marroquín"});
    const auto diego = world.member_on("ROADSIDE", {.first_name = "Diego", .last_name = "Paz"});
    const Unit unit = api.add_unit();
    const std::string first = completed(elena, unit);
    const std::string second = completed(diego, unit);
    archive_all(2);

    const std::string support = staff(http::Scope::kSupport);
    EXPECT_EQ(count(support, ""), "0") << "they are live no more";
    EXPECT_EQ(count(support, "?archived=true"), "2");
    EXPECT_EQ(count(support, "?archived=false"), "0");
    EXPECT_EQ(get(support, "?archived=true").at("/results/0/request_number"), second);
    EXPECT_EQ(count(support, "?archived=true&search=" + first), "1");
    EXPECT_EQ(count(support, "?archived=true&search=MARROQUIN"), "1");
    EXPECT_EQ(count(support, "?archived=true&search=zona%20elena"), "1");
    EXPECT_EQ(count(support, "?archived=true&search=nobody"), "0");
    EXPECT_EQ(count(support, "?archived=true&status=COMPLETED"), "2");
    EXPECT_EQ(count(support, "?archived=true&status=CANCELLED"), "0");
    EXPECT_EQ(count(support, "?archived=true&open=true"), "0");
    EXPECT_EQ(count(support, fmt::format("?archived=true&provider_id={}", unit.id.value)), "2");
    EXPECT_EQ(get(support, "?archived=true&priority=HIGH").status, 400) << "it does not know";

    EXPECT_EQ(count(api.sign_in_as(elena.person.id), "?archived=true"), "0");
    EXPECT_EQ(count(api.sign_in_as(unit.user_id), "?archived=true"), "0");
    EXPECT_EQ(get(staff(http::Scope::kContent), "?archived=true").status, 403);
}

TEST_P(ArchivedRequests, JsonThatWasWrittenByOthersIsArchivedInItsCanonicalForm) {
    const auto ana = world.member_on("ROADSIDE");
    const std::string number = completed(ana, api.add_unit());
    api.execute(
        R"(UPDATE assistance_assistancerequest SET metadata = ' { "z" : [ 1, "\u00f1" ], "a":{} } ')");
    archive_all(1);
    const std::string metadata = R"({"a":{},"z":[1,"ñ"]})";
    const auto opened = retention::open(api.session(), registry, number);
    ASSERT_TRUE(opened) << describe(opened.error());
    EXPECT_EQ(opened->rows.front().at("metadata").as_text(), metadata);
    const auto restored = retention::restore(api.session(), api.clock, registry, number);
    ASSERT_TRUE(restored) << describe(restored.error());
    EXPECT_EQ(get(staff(http::Scope::kOperations), number + "/").at("/metadata/a"), "{}");
}

TEST_P(ArchivedRequests, OneThatIsDamagedIsNamedAndNothingIsMadeUpOfIt) {
    const auto ana = world.member_on("ROADSIDE");
    const Unit unit = api.add_unit();
    const std::string sound = completed(ana, unit);
    const std::string damaged = completed(ana, unit);
    archive_all(2);
    std::vector<Error> told;
    api.platform().archive_failed = [&](const Error& error) { told.push_back(error); };
    api.execute(
        "UPDATE archive_request SET packed = 'AAAA' || substr(packed, 5) WHERE "
        "request_number = '" +
        damaged + "'");
    const std::string support = staff(http::Scope::kSupport);
    EXPECT_EQ(get(support, sound + "/").status, 200);
    EXPECT_TRUE(told.empty());
    for (const std::string& rest : {damaged + "/", std::string("?archived=true")}) {
        const TestAnswer refused = get(support, rest);
        EXPECT_EQ(refused.status, 503) << refused.body;
        EXPECT_EQ(refused.at("/code"), "archive_damaged");
        EXPECT_EQ(refused.at("/damaged"), damaged);
    }
    ASSERT_EQ(told.size(), 2U) << "the log, health and metrics are told";
    EXPECT_NE(told.front().message.find(damaged), std::string::npos);
}

TEST_P(ArchivedRequests, ArePagedByTheirPlace) {
    const auto ana = world.member_on("ROADSIDE");
    const Unit unit = api.add_unit();
    std::vector<std::string> numbers;
    for (int i = 0; i < 3; ++i) numbers.push_back(completed(ana, unit));
    archive_all(3);
    const std::string support = staff(http::Scope::kSupport);
    const TestAnswer newest = get(support, "?archived=true&page_size=2&cursor=");
    ASSERT_EQ(newest.status, 200) << newest.body;
    EXPECT_EQ(newest.at("/results/0/request_number"), numbers[2]);
    EXPECT_EQ(newest.at("/results/1/request_number"), numbers[1]);
    const TestAnswer oldest = api.get(newest.at("/next"), {.token = support});
    ASSERT_EQ(oldest.status, 200) << oldest.body;
    EXPECT_EQ(oldest.at("/results/0/request_number"), numbers[0]);
    EXPECT_EQ(oldest.at("/next"), "null");
}

}  // namespace
}  // namespace segurifai::testing
