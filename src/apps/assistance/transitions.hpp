#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "apps/assistance/choices.hpp"
#include "model/codec.hpp"

// The life of a request (RULES §6): one table, and nothing else changes a status.

namespace segurifai::assistance {

/// Who changes a status.
enum class Actor : std::uint8_t {
    kMember,  ///< whose request it is, or SUPPORT on their behalf
    kUnit,    ///< the unit that has the request, or is taking it
    kStaff,   ///< OPERATIONS
    kSystem,  ///< the platform by itself: a unit that does not move loses the request
};

/// What people are shown.
enum class TrackingState : std::uint8_t {
    kSearching,
    kProviderAssigned,
    kEnRoute,
    kArriving,  ///< less than 500 m away
    kArrived,   ///< two positions within 50 m, or the unit says so
    kInService,
    kCompleted,
    kCancelled,
};

}  // namespace segurifai::assistance

namespace segurifai::model {

template <>
inline constexpr std::array kWords<assistance::Actor>{
    std::string_view("MEMBER"), std::string_view("UNIT"), std::string_view("STAFF"),
    std::string_view("SYSTEM")};

template <>
inline constexpr std::array kWords<assistance::TrackingState>{
    std::string_view("SEARCHING"), std::string_view("PROVIDER_ASSIGNED"),
    std::string_view("EN_ROUTE"),  std::string_view("ARRIVING"),
    std::string_view("ARRIVED"),   std::string_view("IN_SERVICE"),
    std::string_view("COMPLETED"), std::string_view("CANCELLED")};

}  // namespace segurifai::model

namespace segurifai::assistance {

/// Whether a change waits for the arrival of the unit, or ends with it.
enum class Arrival : std::uint8_t { kEither, kOnlyBefore, kOnlyAfter };

/// One line of the table: `actor` may take a request from `from` to `to`.
struct Transition {
    RequestStatus from;
    RequestStatus to;
    Actor actor;
    Arrival arrival = Arrival::kEither;
    std::string_view occasion;  ///< when this happens
    std::string_view effects;   ///< what else happens in the same transaction
};

/// The whole table. Every line also writes its STATUS_CHANGE update, its audit event and its
/// outbox event, and is a compare-and-set on `from`.
[[nodiscard]] std::span<const Transition> transitions() noexcept;

/// Whether the table has a line for that change at all, arrived or not.
[[nodiscard]] bool is_allowed(RequestStatus from, RequestStatus to, Actor actor) noexcept;

/// Whether `actor` may make that change now. `arrived` = the unit has arrived.
[[nodiscard]] bool may_change(RequestStatus from, RequestStatus to, Actor actor,
                              bool arrived) noexcept;

/// Where `actor` may take a request that stands in `from`, in the table's order.
[[nodiscard]] std::vector<RequestStatus> next_statuses(RequestStatus from, Actor actor,
                                                       bool arrived);

/// Whether the request has ended: nothing leads out of `status`.
[[nodiscard]] constexpr bool is_ended(RequestStatus status) noexcept {
    return status == RequestStatus::kCompleted || status == RequestStatus::kCancelled;
}

/// Whether a unit has it in hands: its telephone is known to the member, and the member's to it.
[[nodiscard]] constexpr bool is_in_hands(RequestStatus status) noexcept {
    return status == RequestStatus::kAssigned || status == RequestStatus::kInProgress;
}

/// What is known of the unit's way to the place.
struct Approach {
    bool departed = false;
    bool arrived = false;
    std::optional<double> distance_km;  ///< straight line to the place; nothing = not known
};

/// Nearer than this, a unit on its way is ARRIVING.
inline constexpr double kArrivingKm = 0.5;

/// What people are shown for a request.
[[nodiscard]] TrackingState tracking_state(RequestStatus status, const Approach& approach) noexcept;

/// What people are shown at the moment a request enters `status`.
[[nodiscard]] inline TrackingState state_after(RequestStatus status) noexcept {
    return tracking_state(status, Approach{});
}

}  // namespace segurifai::assistance
