#pragma once

#include <string>

#include "apps/assistance/tables.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/providers/api.hpp"
#include "apps/providers/fleet_tables.hpp"
#include "apps/providers/tables.hpp"
#include "apps/users/staff_tables.hpp"
#include "support/api.hpp"

/// What tests of units arrange.
namespace segurifai::testing {

inline constexpr std::int64_t kSecond = 1'000'000;

class Fleet : public ::testing::TestWithParam<sql::Engine> {
protected:
    std::string token_of(const Person& person) { return api.sign_in_as(person.id); }
    std::string token_of(const Unit& unit) { return api.sign_in_as(unit.user_id); }
    std::string path_of(const Unit& unit) {
        return "/api/providers/" + std::to_string(unit.id.value) + "/";
    }
    /// The tag of the unit as that caller sees it.
    std::string etag_of(const Unit& unit, const std::string& token) {
        return api.get(path_of(unit), {.token = token}).header("ETag");
    }
    /// A new member whose phone is proven.
    Person proven_member(const NewPerson& person = {}) {
        const Person member = api.add_member(person);
        users::AccountSettings settings;
        settings.user_id = member.id;
        settings.phone_verified_at = api.clock.now();
        api.insert(settings);
        return member;
    }
    providers::Vehicle add_vehicle(const Unit& unit, const std::string& plate,
                                   providers::VehicleKind kind = providers::VehicleKind::kCar,
                                   bool in_use = false) {
        providers::Vehicle row;
        row.provider_id = unit.id;
        row.kind = kind;
        row.plate = plate;
        row.year = 2020;
        row.in_use = in_use;
        return api.insert(row);
    }
    void allow(const Unit& unit, const std::string& code, bool approved = true) {
        providers::Capability row;
        row.provider_id = unit.id;
        row.code = code;
        row.approved = approved;
        api.insert(row);
    }
    void place(const Unit& unit, std::int64_t latitude, std::int64_t longitude) {
        providers::ProviderLocation row;
        row.provider_id = unit.id;
        row.latitude = Coordinate{latitude};
        row.longitude = Coordinate{longitude};
        row.is_online = true;
        api.insert(row);
    }
    assistance::AssistanceRequest add_request(
        users::UserId member, assistance::RequestStatus status,
        std::optional<providers::ProviderId> unit = std::nullopt) {
        assistance::AssistanceRequest row;
        row.request_number = "REQ-20260203-" + std::to_string(100'000 + ++requests_);
        row.user_id = member;
        row.provider_id = unit;
        row.title = "Grúa";
        row.status = status;
        row.metadata.text = R"({"service_code":"TOW"})";
        return api.insert(row);
    }
    /// A job of the unit that has not ended.
    dispatch::Assignment give_job(const Unit& unit) {
        const auto request =
            add_request(api.add_member().id, assistance::RequestStatus::kAssigned, unit.id);
        dispatch::Assignment row;
        row.request_id = request.id;
        row.provider_id = unit.id;
        row.assigned_at = api.clock.now();
        row.promised_at = Instant{api.clock.now().micros + 1'800 * kSecond};
        row.arrival_estimate_at = row.promised_at;
        return api.insert(row);
    }
    dispatch::Offer give_offer(const Unit& unit,
                               dispatch::OfferState state = dispatch::OfferState::kOpen) {
        const auto request = add_request(api.add_member().id, assistance::RequestStatus::kPending);
        dispatch::Search search;
        search.request_id = request.id;
        search.next_at = Instant{api.clock.now().micros + 60 * kSecond};
        api.insert(search);
        dispatch::Offer row;
        row.request_id = request.id;
        row.provider_id = unit.id;
        row.state = state;
        row.expires_at = Instant{api.clock.now().micros + 60 * kSecond};
        return api.insert(row);
    }
    std::int64_t count(const std::string& from) {
        return api.integer("SELECT COUNT(*) FROM " + from);
    }

    TestApi api{GetParam(), providers::routes()};

private:
    int requests_ = 0;
};

}  // namespace segurifai::testing
