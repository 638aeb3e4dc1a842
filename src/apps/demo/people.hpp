#pragma once

#include <span>
#include <string_view>

#include "apps/users/choices.hpp"
#include "http/caller.hpp"

namespace segurifai::demo {

/// A person who is not a unit. The e-mail address is `<part>@demo.segurifai.example`.
struct Person {
    std::string_view part;
    std::string_view first_name;
    std::string_view last_name;
    std::string_view phone;
    users::Role role;
    bool superuser = false;
    std::span<const http::Scope> scopes = {};
    /// Members: the plans they have, joined by ';', each "<name>|<state>" with state MONTHLY,
    /// YEARLY, GRACE (ended yesterday) or CANCELLED (to the end of the month).
    std::string_view plans = {};
};

/// A unit: a person with vehicles, a base and capabilities; or a desk, which has neither vehicle
/// nor base.
struct UnitSeed {
    std::string_view part;
    std::string_view first_name;
    std::string_view last_name;
    std::string_view phone;
    std::string_view company;
    std::string_view vehicles;  ///< "TOW_TRUCK C-012DMO;CAR P-013DMO"
    std::string_view zone;      ///< city or zone of the base; empty for a desk
    std::string_view city;
    std::string_view state;
    double latitude;  ///< of the base
    double longitude;
    std::string_view capabilities;  ///< joined by spaces; desks begin with DESK
    std::string_view working_hours = "{}";
    bool pending = false;

    [[nodiscard]] constexpr bool is_desk() const noexcept { return vehicles.empty(); }
};

[[nodiscard]] std::span<const Person> people() noexcept;
[[nodiscard]] std::span<const UnitSeed> units() noexcept;

struct PriceSeed {
    std::string_view service_code;
    std::string_view price;
};
[[nodiscard]] std::span<const PriceSeed> prices() noexcept;

}  // namespace segurifai::demo
