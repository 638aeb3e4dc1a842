#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/geography.hpp"
#include "apps/providers/choices.hpp"
#include "apps/providers/working_hours.hpp"
#include "base/time.hpp"
#include "model/codec.hpp"

// Which units can be sent (RULES §5). One answer for the search nearby, for dispatch, and for the
// staff who ask why a unit was passed over.

namespace segurifai::providers {

/// Why a unit cannot be sent.
enum class Unfit : std::uint8_t {
    kNotActive,    ///< not approved, or suspended
    kUnavailable,  ///< says so itself
    kOffline,
    kSilent,         ///< not heard from in the last five minutes
    kNoPosition,     ///< neither a live position nor headquarters
    kOutsideRadius,  ///< the place is farther than its own service_radius_km
    kOutsideHours,
    kNotCapable,  ///< of that service, as far as operations have approved
    kNotDesk,     ///< a mobile unit, for what desks work
    kDesk,        ///< a desk, for what mobile units work
    kBusy,        ///< has a job
    kOffersFull,  ///< three offers are open with it
};

}  // namespace segurifai::providers

namespace segurifai::model {

template <>
inline constexpr std::array kWords<providers::Unfit>{
    std::string_view("not_active"),    std::string_view("unavailable"),
    std::string_view("offline"),       std::string_view("silent"),
    std::string_view("no_position"),   std::string_view("outside_radius"),
    std::string_view("outside_hours"), std::string_view("not_capable"),
    std::string_view("not_desk"),      std::string_view("desk"),
    std::string_view("busy"),          std::string_view("offers_full")};

}  // namespace segurifai::model

namespace segurifai::providers {

/// A unit not heard from for longer gets no new offers.
inline constexpr std::int64_t kSilenceMaxSeconds = 5LL * 60;

/// Open offers a unit may have at a time (RULES §7).
inline constexpr int kOpenOffersPerUnitMax = 3;

/// What is known of a unit.
struct UnitState {
    ProviderStatus status = ProviderStatus::kPending;
    bool is_available = false;
    bool is_online = false;
    std::optional<Instant> last_fix_at;
    std::int32_t service_radius_km = 0;
    WorkingHours working_hours;
    std::vector<std::string> capabilities;   ///< codes approved by operations
    bool desk = false;                       ///< DESK is among the approved codes
    std::optional<apps::Position> position;  ///< where_is(live, headquarters)
    bool has_active_job = false;
    int open_offers = 0;
};

/// What is to be done, and where.
struct Need {
    std::string_view service_code;
    bool desk = false;  ///< worked at desks: is_desk_service() of registration.hpp
    std::optional<apps::Position> place;  ///< nothing = the service needs none
};

/// Everything that speaks against sending that unit, in the order of `Unfit`; empty = it is
/// eligible. Desks are without vehicle or position (RULES §13, API §2.6), so being online, heard
/// from, near and free is asked of mobile units only.
[[nodiscard]] std::vector<Unfit> why_not(const UnitState& unit, const Need& need, Instant now);

[[nodiscard]] inline bool is_eligible(const UnitState& unit, const Need& need, Instant now) {
    return why_not(unit, need, now).empty();
}

/// Where a unit counts as being: its live position, else its headquarters.
[[nodiscard]] inline std::optional<apps::Position> where_is(
    const std::optional<apps::Position>& live, const std::optional<apps::Position>& headquarters) {
    return live ? live : headquarters;
}

/// Whether `now` is inside the hours, on the clock of Guatemala. A range belongs to the day on
/// which it opens: one that passes midnight runs on into the next day, whatever that day's own
/// hours or exception say.
[[nodiscard]] bool is_open_at(const WorkingHours& hours, Instant now);

}  // namespace segurifai::providers
