// The list of subscriptions (API §2.4) as members and staff see it.

#include <gtest/gtest.h>

#include "api/assistance.hpp"

namespace segurifai::testing {
namespace {

using services::SubscriptionStatus;

constexpr std::int64_t kHourMicros = 3'600'000'000;

class Subscriptions : public ::testing::TestWithParam<sql::Engine> {
protected:
    static constexpr std::string_view kPath = "/api/services/subscriptions/";

    Person add_with(std::string_view last_name, SubscriptionStatus status,
                    std::optional<std::int32_t> days_left) {
        const Person person =
            api.add_member({.first_name = "Ana", .last_name = std::string(last_name)});
        const auto id = world.subscribe(person.id, "ROADSIDE");
        const std::string end =
            days_left ? fmt::format("'{}'", Date{today.days + *days_left}.to_string()) : "NULL";
        api.execute(
            fmt::format("UPDATE services_userservice SET status = '{}', start_date = '{}', "
                        "end_date = {} WHERE id = {}",
                        model::word(status), Date{today.days - 30}.to_string(), end, id.value));
        return person;
    }
    /// The plan-holders' ids of a page, in its order; the whole answer when it is none.
    std::vector<std::string> owners(const std::string& token, std::string_view query) {
        const TestAnswer page = api.get(fmt::format("{}{}", kPath, query), {.token = token});
        if (page.status != 200) return {page.body};
        std::vector<std::string> ids;
        for (int i = 0; page.at(fmt::format("/results/{}/id", i)) != "<none>"; ++i)
            ids.push_back(page.at(fmt::format("/results/{}/user_id", i)));
        return ids;
    }
    std::string staff(http::Scope scope) { return api.sign_in_as(api.add_staff({scope}).id); }
    static std::vector<std::string> of(std::initializer_list<Person> people) {
        std::vector<std::string> ids;
        for (const Person& one : people) ids.push_back(one.id.value.to_string());
        return ids;
    }

    Assistance world{GetParam()};
    TestApi& api = world.api;
    Date today = guatemala_date(api.clock.now());
};

TEST_P(Subscriptions, AreFilteredByBeingCoveredNow) {
    const Person until_today = add_with("a", SubscriptionStatus::kActive, 0);
    const Person open_end = add_with("b", SubscriptionStatus::kActive, std::nullopt);
    const Person in_grace = add_with("c", SubscriptionStatus::kActive, -1);
    const Person expired = add_with("d", SubscriptionStatus::kExpired, 5);
    const Person cancelled = add_with("e", SubscriptionStatus::kCancelled, std::nullopt);
    const std::string finance = staff(http::Scope::kFinance);
    EXPECT_EQ(owners(finance, "?covered_now=true&ordering=end_date"), of({until_today, open_end}));
    EXPECT_EQ(owners(finance, "?covered_now=false&ordering=end_date"),
              of({in_grace, expired, cancelled}));
    EXPECT_EQ(owners(finance, "?covered_now=true&cursor=&page_size=1&ordering=-end_date"),
              of({open_end}));
    EXPECT_EQ(api.get(fmt::format("{}?covered_now=yes", kPath), {.token = finance}).status, 400);
    EXPECT_EQ(owners(api.sign_in_as(in_grace.id), "?covered_now=true"), of({}));
    EXPECT_EQ(owners(api.sign_in_as(in_grace.id), "?covered_now=false"), of({in_grace}));
    const TestAnswer shown = api.get(fmt::format("{}?covered_now=true", kPath), {.token = finance});
    EXPECT_EQ(shown.at("/results/0/covered_now"), "true");
    EXPECT_EQ(shown.at("/results/1/covered_now"), "true");
}

TEST_P(Subscriptions, ChangeWithTheDayOfGuatemala) {
    const Person last_day = add_with("a", SubscriptionStatus::kActive, 0);
    api.clock.advance_micros(11 * kHourMicros);  // 23:00 in Guatemala, already tomorrow in UTC
    EXPECT_EQ(owners(staff(http::Scope::kFinance), "?covered_now=true"), of({last_day}));
    api.clock.advance_micros(kHourMicros);
    EXPECT_EQ(owners(staff(http::Scope::kFinance), "?covered_now=true"), of({}));
}

TEST_P(Subscriptions, AreFoundByTheirOwnerByStaff) {
    const Person elena = add_with("Marroquín", SubscriptionStatus::kActive, 5);
    const Person diego = add_with("Chávez", SubscriptionStatus::kActive, 5);
    const std::string support = staff(http::Scope::kSupport);
    EXPECT_EQ(owners(support, "?search=ana%20MARROQUIN"), of({elena}));
    EXPECT_EQ(owners(support, "?search=" + diego.email), of({diego}));
    EXPECT_EQ(owners(support, "?search=" + elena.phone.substr(4)), of({elena}));
    EXPECT_EQ(owners(support, "?search=ana&ordering=-created_at").size(), 2U);
    EXPECT_EQ(owners(support, "?search=marroquin%20chavez"), of({}));
    EXPECT_EQ(owners(support, "?search=marroquin&covered_now=false"), of({}));
    for (const char* hostile : {"%25", "_%25", "%27%20OR%20%27%27%3D%27", "pbkdf2", "%7Btoday%7D"})
        EXPECT_EQ(owners(support, fmt::format("?search={}", hostile)), of({})) << hostile;
}

TEST_P(Subscriptions, AreNoWayForMembersToSearchPeople) {
    const Person elena = add_with("Marroquín", SubscriptionStatus::kActive, 5);
    const TestAnswer refused = api.get(
        fmt::format("{}?search=ana", kPath),
        {.token = api.sign_in_as(elena.id), .headers = {{http::Header::kAcceptLanguage, "en"}}});
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.at("/search/0"), "There is no such parameter.");
}

SEGURIFAI_ON_BOTH_ENGINES(Subscriptions);

}  // namespace
}  // namespace segurifai::testing
