#include "apps/assistance/transitions.hpp"

#include <algorithm>

namespace segurifai::assistance {
namespace {

using enum RequestStatus;

constexpr std::string_view kClosed =
    "offers closed, assignment ended, unit freed, share links ended";
constexpr std::string_view kGivenBack =
    "provider and arrival times taken away, assignment ended, unit freed, search begun again";

constexpr std::array kTable{
    Transition{kPending, kAssigned, Actor::kUnit, Arrival::kEither, "the unit accepts an offer",
               "assignment, provider, promise, sibling offers closed"},
    Transition{kPending, kAssigned, Actor::kStaff, Arrival::kEither, "staff assign a unit",
               "assignment, provider, promise, open offers closed"},
    Transition{kPending, kCancelled, Actor::kMember, Arrival::kEither, "the member cancels",
               kClosed},
    Transition{kPending, kCancelled, Actor::kStaff, Arrival::kEither, "staff cancel", kClosed},
    Transition{kAssigned, kPending, Actor::kUnit, Arrival::kEither, "the unit withdraws",
               kGivenBack},
    Transition{kAssigned, kPending, Actor::kStaff, Arrival::kEither, "staff reassign", kGivenBack},
    Transition{kAssigned, kPending, Actor::kSystem, Arrival::kOnlyBefore, "the unit does not move",
               kGivenBack},
    Transition{kAssigned, kInProgress, Actor::kUnit, Arrival::kOnlyAfter, "the unit starts",
               "start of work on the assignment"},
    Transition{kAssigned, kCancelled, Actor::kMember, Arrival::kOnlyBefore, "the member cancels",
               kClosed},
    Transition{kAssigned, kCancelled, Actor::kStaff, Arrival::kEither, "staff cancel", kClosed},
    Transition{kInProgress, kCompleted, Actor::kUnit, Arrival::kEither,
               "the unit hands in the completion form",
               "completed_at, cost, total_completed, earnings once, assignment closed"},
    Transition{kInProgress, kCompleted, Actor::kStaff, Arrival::kEither,
               "staff finish for the unit",
               "completed_at, cost, total_completed, earnings once, assignment closed"},
    Transition{kInProgress, kCancelled, Actor::kStaff, Arrival::kEither, "staff cancel", kClosed},
};

const Transition* find(RequestStatus from, RequestStatus to, Actor actor) noexcept {
    const auto* const found = std::ranges::find_if(kTable, [&](const Transition& line) {
        return line.from == from && line.to == to && line.actor == actor;
    });
    return found == kTable.end() ? nullptr : found;
}

constexpr bool fits(Arrival arrival, bool arrived) noexcept {
    return arrival == Arrival::kEither || (arrival == Arrival::kOnlyAfter) == arrived;
}

}  // namespace

std::span<const Transition> transitions() noexcept {
    return kTable;
}

bool is_allowed(RequestStatus from, RequestStatus to, Actor actor) noexcept {
    return find(from, to, actor) != nullptr;
}

bool may_change(RequestStatus from, RequestStatus to, Actor actor, bool arrived) noexcept {
    const Transition* line = find(from, to, actor);
    return line != nullptr && fits(line->arrival, arrived);
}

std::vector<RequestStatus> next_statuses(RequestStatus from, Actor actor, bool arrived) {
    std::vector<RequestStatus> next;
    for (const Transition& line : kTable)
        if (line.from == from && line.actor == actor && fits(line.arrival, arrived))
            next.push_back(line.to);
    return next;
}

TrackingState tracking_state(RequestStatus status, const Approach& approach) noexcept {
    switch (status) {
        case kPending: return TrackingState::kSearching;
        case kAssigned: break;
        case kInProgress: return TrackingState::kInService;
        case kCompleted: return TrackingState::kCompleted;
        case kCancelled: return TrackingState::kCancelled;
    }
    if (approach.arrived) return TrackingState::kArrived;
    if (!approach.departed) return TrackingState::kProviderAssigned;
    return approach.distance_km && *approach.distance_km < kArrivingKm ? TrackingState::kArriving
                                                                       : TrackingState::kEnRoute;
}

}  // namespace segurifai::assistance
