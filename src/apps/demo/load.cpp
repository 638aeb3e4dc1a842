#include "apps/demo/load.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/demo/people.hpp"
#include "apps/providers/fleet_tables.hpp"
#include "apps/providers/registration.hpp"
#include "apps/providers/tables.hpp"
#include "apps/services/allowance.hpp"
#include "apps/services/grant_tables.hpp"
#include "apps/services/tables.hpp"
#include "apps/users/staff_tables.hpp"
#include "apps/users/tables.hpp"
#include "base/guatemala.hpp"
#include "model/store.hpp"
#include "security/opaque_token.hpp"
#include "security/password.hpp"

namespace segurifai::demo {
namespace {

using model::insert_blocking;

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = text.find(at);
        parts.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return parts;
}

Coordinate coordinate(double degrees) {
    return Coordinate{std::llround(degrees * 1e6)};
}

/// A tax number with its check digit, longer than any that has been given out, so that it is
/// nobody's.
std::string tax_number(std::string_view phone) {
    const std::string digits = fmt::format("90000000{}", phone.substr(phone.size() - 4));
    return fmt::format("{}-{}", digits, providers::nit_check_character(digits));
}

/// "DEMO-LIC-07"; desks are numbered on from 21, as their phones are.
std::string licence(std::string_view phone) {
    return fmt::format("DEMO-LIC-{}", phone.substr(phone.size() - 2));
}

const sql::Query kPlanByName{"demo.plan", "SELECT id FROM services_serviceplan WHERE name = $1"};

class Loading {
public:
    Loading(sql::Session& session, Clock& clock, Random& random)
        : session_(session), clock_(clock), random_(random) {}

    Result<void> person(const Person& seed) {
        SEGURIFAI_TRY_AS(const auto user, account(seed.part, seed.first_name, seed.last_name,
                                                  seed.phone, seed.role, seed.superuser));
        if (!user) return {};
        report_.made.back().who = word_of(seed);
        for (const http::Scope scope : seed.scopes) {
            users::StaffScope row;
            row.user_id = *user;
            row.scope = scope;
            SEGURIFAI_TRY(insert_blocking(session_, clock_, row));
        }
        for (const std::string_view plan : split(seed.plans, ';'))
            SEGURIFAI_TRY(subscription(*user, plan));
        return {};
    }

    Result<void> unit(const UnitSeed& seed) {
        const users::Role role = seed.pending ? users::Role::kUser : users::Role::kProvider;
        SEGURIFAI_TRY_AS(const auto user, account(seed.part, seed.first_name, seed.last_name,
                                                  seed.phone, role, false));
        if (!user) return {};
        report_.made.back().who = seed.is_desk() ? "desk"
                                  : seed.pending ? "unit waiting for approval"
                                                 : "unit";
        SEGURIFAI_TRY_AS(const providers::ProviderId provider, provider_row(seed, *user));
        for (const std::string_view vehicle : split(seed.vehicles, ';'))
            SEGURIFAI_TRY(vehicle_row(provider, vehicle));
        for (const std::string_view code : split(seed.capabilities, ' ')) {
            providers::Capability row;
            row.provider_id = provider;
            row.code = code;
            row.approved = !seed.pending;
            SEGURIFAI_TRY(insert_blocking(session_, clock_, row));
        }
        return {};
    }

    Result<void> price(const PriceSeed& seed) {
        services::PayPerUsePrice row;
        row.service_code = seed.service_code;
        row.price = Money::parse(seed.price).value_or(Money{});
        SEGURIFAI_TRY_AS(const bool added, model::insert_if_absent_blocking(session_, clock_, row));
        if (added) ++report_.prices;
        return {};
    }

    [[nodiscard]] LoadReport& report() noexcept { return report_; }

private:
    static std::string word_of(const Person& seed) {
        if (seed.superuser) return "superuser";
        if (seed.scopes.empty()) return "member";
        return std::string(model::word(seed.scopes.front()));
    }

    /// The new account, or nothing when the e-mail address is taken.
    Result<std::optional<users::UserId>> account(std::string_view part, std::string_view first_name,
                                                 std::string_view last_name, std::string_view phone,
                                                 users::Role role, bool superuser) {
        users::User user;
        user.id = users::UserId{Uuid::make(clock_, random_)};
        user.email = fmt::format("{}@demo.segurifai.example", part);
        SEGURIFAI_TRY_AS(const auto taken,
                         model::find_by_blocking<users::User>(session_, "email", user.email));
        if (taken) {
            ++report_.present;
            return std::optional<users::UserId>();
        }
        const std::string password = security::make_password(random_);
        user.password = security::hash_password_blocking(password);
        user.first_name = first_name;
        user.last_name = last_name;
        user.phone_number = Phone::stored(phone);
        user.role = role;
        user.is_staff = role == users::Role::kAdmin;
        user.is_superuser = superuser;
        SEGURIFAI_TRY(insert_blocking(session_, clock_, user));
        users::AccountSettings settings;
        settings.user_id = user.id;
        settings.phone_verified_at = clock_.now();
        SEGURIFAI_TRY(insert_blocking(session_, clock_, settings));
        report_.made.push_back({user.email, std::string(phone), password, {}});
        return std::optional(user.id);
    }

    Result<void> subscription(users::UserId user, std::string_view plan_and_state) {
        const std::size_t bar = plan_and_state.find('|');
        const std::string_view state = plan_and_state.substr(bar + 1);
        const std::array name{sql::Value::text(plan_and_state.substr(0, bar))};
        std::int32_t plan = 0;
        auto sink = sql::each_row(
            [&](const sql::Row& row) { plan = static_cast<std::int32_t>(row.integer(0)); });
        SEGURIFAI_TRY(session_.run(kPlanByName.on(session_.engine()).text, name, &sink));
        if (plan == 0)
            return fail(Code::kNotFound,
                        "The plans are missing; run 'segurifai loadreference' first.");
        const Date today = guatemala_date(clock_.now());
        services::UserService row;
        row.user_id = user;
        row.plan_id.value = plan;
        row.status = services::SubscriptionStatus::kActive;
        row.start_date = today;
        row.end_date = services::bought_period(services::Cycle::kMonthly, std::nullopt, today).to;
        if (state == "YEARLY")
            row.end_date =
                services::bought_period(services::Cycle::kYearly, std::nullopt, today).to;
        if (state == "GRACE") {
            row.start_date = Date{today.days - 30};
            row.end_date = Date{today.days - 1};
        }
        if (state == "CANCELLED") row.end_date = services::month_of(today).to;
        row.auto_renew = state != "CANCELLED";
        return insert_blocking(session_, clock_, row);
    }

    Result<providers::ProviderId> provider_row(const UnitSeed& seed, users::UserId user) {
        providers::Provider row;
        row.user_id = user;
        row.company_name = seed.company;
        row.business_license = licence(seed.phone);
        row.tax_id = tax_number(seed.phone);
        row.business_phone = Phone::stored(seed.phone);
        row.business_email = fmt::format("{}@demo.segurifai.example", seed.part);
        row.address =
            seed.is_desk() ? std::string(seed.city) : fmt::format("{}, {}", seed.zone, seed.city);
        row.city = seed.city;
        row.state = seed.state;
        row.postal_code = "01000";
        if (!seed.is_desk()) {
            row.latitude = coordinate(seed.latitude);
            row.longitude = coordinate(seed.longitude);
        }
        row.working_hours.text = seed.working_hours;
        row.status =
            seed.pending ? providers::ProviderStatus::kPending : providers::ProviderStatus::kActive;
        SEGURIFAI_TRY(insert_blocking(session_, clock_, row));
        if (seed.is_desk()) return row.id;  // without position (API §2.6)
        providers::ProviderLocation location;
        location.provider_id = row.id;
        location.latitude = *row.latitude;
        location.longitude = *row.longitude;
        location.is_online = false;  // until it comes on duty
        SEGURIFAI_TRY(insert_blocking(session_, clock_, location));
        return row.id;
    }

    Result<void> vehicle_row(providers::ProviderId provider, std::string_view kind_and_plate) {
        const auto parts = split(kind_and_plate, ' ');
        providers::Vehicle row;
        row.provider_id = provider;
        if (parts.size() != 2 ||
            !model::Codec<providers::VehicleKind>::store(row.kind, sql::Value::text(parts[0])))
            return fail(Code::kInternal, "A demo vehicle is not written as KIND PLATE.");
        row.plate = parts[1];
        row.make = "Hino";
        row.model = "Demo";
        row.year = 2022;
        row.color = "blanco";
        row.in_use = true;
        if (vehicles_of_ == provider.value) row.in_use = false;
        vehicles_of_ = provider.value;
        return insert_blocking(session_, clock_, row);
    }

    sql::Session& session_;
    Clock& clock_;
    Random& random_;
    LoadReport report_;
    std::int32_t vehicles_of_ = 0;  ///< the unit whose first vehicle is there already
};

Result<void> load_all(Loading& loading) {
    for (const Person& seed : people()) SEGURIFAI_TRY(loading.person(seed));
    for (const UnitSeed& seed : units()) SEGURIFAI_TRY(loading.unit(seed));
    for (const PriceSeed& seed : prices()) SEGURIFAI_TRY(loading.price(seed));
    return {};
}

}  // namespace

Result<LoadReport> load_blocking(
    sql::Session& session, Clock& clock, Random& random,
    const std::function<Result<void>(const std::vector<Credential>&)>& keep) {
    SEGURIFAI_TRY(session.begin());
    Loading loading(session, clock, random);
    auto done = load_all(loading);
    if (done && !loading.report().made.empty()) done = keep(loading.report().made);
    if (done) done = session.commit();
    if (!done) {
        session.rollback();
        return std::unexpected(std::move(done).error());
    }
    return std::move(loading.report());
}

}  // namespace segurifai::demo
