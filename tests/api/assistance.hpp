#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "apps/assistance/api.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/providers/tables.hpp"
#include "apps/services/api.hpp"
#include "apps/services/tables.hpp"
#include "base/guatemala.hpp"
#include "support/api.hpp"

namespace segurifai::testing {

/// What the tests of requests arrange: members with plans, units with jobs.
class Assistance {
public:
    explicit Assistance(sql::Engine engine, const std::vector<http::Route>& more = {},
                        TestApiOptions options = {})
        : api(engine, routes(more), std::move(options)) {}

    [[nodiscard]] static std::vector<http::Route> routes(const std::vector<http::Route>& more) {
        std::vector<http::Route> all = assistance::routes();
        for (http::Route& one : services::coverage_routes()) all.push_back(one);
        for (http::Route& one : services::subscription_routes()) all.push_back(one);
        for (const http::Route& one : more) all.push_back(one);
        return all;
    }

    /// A subscription to the plan of that category, covered for 30 days from today.
    services::UserServiceId subscribe(users::UserId member, std::string_view category) {
        const Date today = guatemala_date(api.clock.now());
        services::UserService row;
        row.user_id = member;
        row.plan_id.value = static_cast<std::int32_t>(api.integer(
            fmt::format("SELECT p.id FROM services_serviceplan p JOIN services_servicecategory c "
                        "ON c.id = p.category_id WHERE c.category_type = '{}' ORDER BY p.id",
                        category)));
        row.status = services::SubscriptionStatus::kActive;
        row.start_date = today;
        row.end_date = Date{today.days + 30};
        api.insert(row);
        return row.id;
    }

    /// A member covered on the road, with a token.
    struct Member {
        Person person;
        std::string token;
        services::UserServiceId subscription;
    };
    Member member_on(std::string_view category, const NewPerson& new_person = {}) {
        const Person person = api.add_member(new_person);
        const auto subscription = subscribe(person.id, category);
        return {person, api.sign_in_as(person.id), subscription};
    }

    /// A request of that body, which is given a description when it has none.
    TestAnswer create(const std::string& token, std::string_view body) {
        std::string described(body);
        if (!body.contains("\"description\""))
            described.insert(1, R"("description":"Necesito ayuda",)");
        return api.post("/api/assistance/requests/",
                        {.token = token,
                         .body = std::move(described),
                         .key = next_key(),
                         .headers = {{http::Header::kAcceptLanguage, "en"}}});
    }
    /// The key of a new TOW request.
    std::int64_t create_tow(const std::string& token) {
        const TestAnswer made = create(token, kTow);
        if (made.status != 201) throw std::runtime_error(made.body);
        return std::stoll(made.at("/id"));
    }
    TestAnswer cancel(const std::string& token, std::int64_t id) {
        return api.post(fmt::format("/api/assistance/requests/{}/cancel/", id),
                        {.token = token, .body = R"({"reason":"Ya arrancó"})", .key = next_key()});
    }

    /// Puts a request into the hands of a unit as dispatch does, at the present time.
    dispatch::Assignment assign(std::int64_t request_id, const Unit& unit) {
        dispatch::Assignment job;
        job.request_id.value = static_cast<std::int32_t>(request_id);
        job.provider_id = unit.id;
        job.assigned_at = api.clock.now();
        job.promised_at = add_seconds(api.clock.now(), 1'200);
        job.arrival_estimate_at = add_seconds(api.clock.now(), 690);
        job.pay_base = Money{20'000};
        api.insert(job);
        api.execute(
            fmt::format("UPDATE assistance_assistancerequest SET status = 'ASSIGNED', "
                        "provider_id = {} WHERE id = {}",
                        unit.id.value, request_id));
        api.execute(fmt::format(
            "UPDATE dispatch_search SET state = 'ASSIGNED', next_at = NULL WHERE request_id = {}",
            request_id));
        return job;
    }
    /// Where the unit is.
    void place(const Unit& unit, Coordinate latitude, Coordinate longitude) {
        providers::ProviderLocation row;
        row.provider_id = unit.id;
        row.latitude = latitude;
        row.longitude = longitude;
        row.heading = 41.5;
        row.speed = 23.0;
        api.insert(row);
    }

    std::string next_key() { return fmt::format("key-{}", ++keys_); }

    static constexpr std::string_view kTow =
        R"({"service_code":"TOW","description":"No arranca",)"
        R"("location_latitude":14.6349,"location_longitude":-90.5069,"location_address":"6a avenida, zona 10","vehicle":{"make":"Toyota","model":"Hilux",)"
        R"("year":2020,"plate":"P-123ABC","weight_t":1.9,"use":"particular"}})";

    TestApi api;

private:
    int keys_ = 0;
};

}  // namespace segurifai::testing
