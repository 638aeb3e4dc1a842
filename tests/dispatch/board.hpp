#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "apps/assistance/api.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/dispatch/api.hpp"
#include "apps/dispatch/engine.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/geography.hpp"
#include "apps/providers/fleet_tables.hpp"
#include "apps/providers/tables.hpp"
#include "support/api.hpp"

namespace segurifai::testing {

/// A member in trouble in the centre of Guatemala City, and units at so many kilometres north of
/// the place, on one engine.
class Board : public ::testing::TestWithParam<sql::Engine> {
protected:
    static constexpr double kLatitude = 14.60;
    static constexpr double kLongitude = -90.50;
    static constexpr double kKmPerDegree = 111.195;

    struct Request {
        assistance::AssistanceRequestId id;
        [[nodiscard]] std::string path() const {
            return "/api/assistance/dispatch/jobs/" + std::to_string(id.value) + "/";
        }
    };

    static std::vector<http::Route> routes() {
        std::vector<http::Route> all = dispatch::routes();
        for (http::Route& one : assistance::routes()) all.push_back(one);
        return all;
    }

    TestApi api{GetParam(), routes()};

    void wait_seconds(std::int64_t seconds) {
        api.clock.advance_micros(seconds * 1'000'000);
        hear_from_all();
    }
    /// Every unit has just been heard from where it was.
    void hear_from_all() {
        const std::array params{sql::Value::instant(api.clock.now())};
        const auto ran =
            api.session().run("UPDATE providers_providerlocation SET last_updated = $1", params);
        ASSERT_TRUE(ran) << describe(ran.error());
    }

    Unit unit_at(double km, std::string_view code = "TOW") {
        const Unit unit = api.add_unit();
        can(unit, code);
        providers::ProviderLocation location;
        location.provider_id = unit.id;
        location.latitude = apps::coordinate_of(kLatitude + km / kKmPerDegree);
        location.longitude = apps::coordinate_of(kLongitude);
        location.is_online = true;
        location.last_updated = api.clock.now();
        api.insert(location);
        hear_from_all();
        return unit;
    }
    Unit desk(std::string_view code) {
        const Unit unit = api.add_unit();
        can(unit, "DESK");
        can(unit, code);
        return unit;
    }
    void can(const Unit& unit, std::string_view code) {
        providers::Capability capability;
        capability.provider_id = unit.id;
        capability.code = code;
        capability.approved = true;
        api.insert(capability);
    }

    Request request(std::string_view code = "TOW", std::string_view category = "ROADSIDE") {
        const Person member = api.add_member();
        assistance::AssistanceRequest row;
        row.request_number = fmt::format("REQ-20260203-{:06}", ++requests_);
        row.user_id = member.id;
        row.service_category_id = services::ServiceCategoryId{static_cast<std::int32_t>(
            api.integer(fmt::format("SELECT id FROM services_servicecategory WHERE "
                                    "category_type = '{}'",
                                    category)))};
        row.title = "Grúa";
        row.location_latitude = apps::coordinate_of(kLatitude);
        row.location_longitude = apps::coordinate_of(kLongitude);
        row.location_city = "Guatemala";
        row.location_address = "6a avenida, zona 10";
        row.metadata.text = fmt::format(R"({{"flow":"IMMEDIATE","service_code":"{}"}})", code);
        api.insert(row);
        dispatch::Search search;
        search.request_id = row.id;
        search.next_at = api.clock.now();
        api.insert(search);
        return {row.id};
    }

    /// One pass of a new engine: it knows nothing but the database.
    dispatch::Pass look(dispatch::Policy policy = dispatch::Policy::kNearest) {
        dispatch::EngineOptions options;
        options.policy = policy;
        options.report = [](const Error& error) { ADD_FAILURE() << describe(error); };
        dispatch::Engine engine(api.platform(), api.io(), options);
        const auto pass = api.run(engine.run_due(api.clock.now()));
        EXPECT_TRUE(pass) << (pass ? "" : describe(pass.error()));
        return pass.value_or(dispatch::Pass{});
    }

    /// The key of the open offer of that unit; 0 when it has none.
    std::int64_t offer_of(const Unit& unit) {
        return api.integer(
            fmt::format("SELECT id FROM dispatch_offer WHERE provider_id = {} AND "
                        "state = 'OPEN'",
                        unit.id.value));
    }
    bool has_offer(const Unit& unit) { return offer_of(unit) != 0; }
    std::string offers_path(std::int64_t offer, std::string_view what) {
        return fmt::format("/api/assistance/dispatch/offers/{}/{}/", offer, what);
    }
    std::string status(const Request& request) {
        return api.text(fmt::format("SELECT status FROM assistance_assistancerequest WHERE id = {}",
                                    request.id.value));
    }
    std::string search_state(const Request& request) {
        return api.text(fmt::format("SELECT state FROM dispatch_search WHERE request_id = {}",
                                    request.id.value));
    }
    std::int64_t count(std::string_view from) {
        return api.integer(fmt::format("SELECT COUNT(*) FROM {}", from));
    }
    std::string token(const Unit& unit) { return api.sign_in_as(unit.user_id); }
    std::string next_key() { return fmt::format("key-{}", ++keys_); }

    TestAnswer accept(const Unit& unit) {
        return api.post(offers_path(offer_of(unit), "accept"),
                        {.token = token(unit), .body = "{}", .key = next_key()});
    }
    TestAnswer decline(const Unit& unit) {
        return api.post(offers_path(offer_of(unit), "decline"),
                        {.token = token(unit), .body = R"({"reason":"FAR"})"});
    }
    TestAnswer step(const Unit& unit, const Request& request, std::string_view what,
                    std::string body = "{}", std::string key = {}) {
        return api.post(request.path() + std::string(what) + "/",
                        {.token = token(unit),
                         .body = std::move(body),
                         .key = key.empty() ? next_key() : std::move(key)});
    }
    std::int64_t document(const Request& request, users::UserId by,
                          assistance::DocumentType type = assistance::DocumentType::kVehiclePhoto) {
        assistance::RequestDocument row;
        row.request_id = request.id;
        row.uploaded_by_id = by;
        row.document_type = type;
        row.file = fmt::format("aa/bb/{}.jpg", ++documents_);
        row.filename = "foto.jpg";
        row.mime_type = "image/jpeg";
        api.insert(row);
        return row.id.value;
    }
    users::UserId member_of(const Request& request) {
        const std::string id = api.text(
            fmt::format("SELECT CAST(user_id AS TEXT) FROM assistance_assistancerequest WHERE "
                        "id = {}",
                        request.id.value));
        return {Uuid::parse(id).value()};
    }
    static std::string form(std::int64_t photo, std::int64_t signature) {
        return fmt::format(R"({{"outcome":"COMPLETED","notes":"Listo","photo_document_ids":[{}],)"
                           R"("signature_document_id":{},"actual_cost":"350.00"}})",
                           photo, signature);
    }
    /// With a photograph and a signature that the unit has added.
    std::string form(const Request& request, const Unit& unit) {
        return form(document(request, unit.user_id), document(request, unit.user_id));
    }

private:
    int requests_ = 0;
    int keys_ = 0;
    int documents_ = 0;
};

}  // namespace segurifai::testing
