#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/assistance/request_detail.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/assistance/transitions.hpp"
#include "base/decimal.hpp"
#include "base/json.hpp"
#include "base/phone.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"

namespace segurifai::assistance {

/// Who looks at a request (API §2.6).
enum class Audience : std::uint8_t { kMember, kUnit, kStaff };

/// As whom the caller sees a request of that member, assigned to that unit: by the relations that
/// the operation allows; nothing = it does not exist for the caller (404).
[[nodiscard]] std::optional<Audience> audience_of(const http::Call& call, users::UserId member,
                                                  std::optional<providers::ProviderId> unit);

struct VehicleView {
    static constexpr std::string_view kShape = "UnitVehicle";
    providers::VehicleKind kind = providers::VehicleKind::kCar;
    std::string plate;
    std::string color;
    static consteval auto fields() {
        return std::array{http::field<&VehicleView::kind>("kind"),
                          http::field<&VehicleView::plate>("plate"),
                          http::field<&VehicleView::color>("color")};
    }
};

/// The Card of a unit with its vehicle and its first name.
struct UnitCard {
    static constexpr std::string_view kShape = "UnitCard";
    providers::ProviderId id;
    std::string company_name;
    std::string city;
    std::string state;
    providers::StarAverage rating;
    std::int32_t total_reviews = 0;
    std::int32_t total_completed = 0;
    bool is_available = false;
    std::vector<std::string> capabilities;
    Instant member_since;
    std::string first_name;
    std::optional<VehicleView> vehicle;
    static consteval auto fields() {
        return std::array{http::field<&UnitCard::id>("id"),
                          http::field<&UnitCard::company_name>("company_name"),
                          http::field<&UnitCard::city>("city"),
                          http::field<&UnitCard::state>("state"),
                          http::field<&UnitCard::rating>("rating"),
                          http::field<&UnitCard::total_reviews>("total_reviews"),
                          http::field<&UnitCard::total_completed>("total_completed"),
                          http::field<&UnitCard::is_available>("is_available"),
                          http::field<&UnitCard::capabilities>("capabilities"),
                          http::field<&UnitCard::member_since>("member_since"),
                          http::field<&UnitCard::first_name>("first_name"),
                          http::field<&UnitCard::vehicle>("vehicle")};
    }
};

/// The member as the unit sees them.
struct MemberCard {
    static constexpr std::string_view kShape = "RequestMember";
    std::string first_name;
    std::optional<std::string> phone;  ///< while the job is active
    static consteval auto fields() {
        return std::array{http::field<&MemberCard::first_name>("first_name"),
                          http::field<&MemberCard::phone>("phone")};
    }
};

/// What the plan pays of this event at most, and what is left of it after its cost.
struct CoveredView {
    static constexpr std::string_view kShape = "CoveredAmount";
    Money limit;
    Money left;
    static consteval auto fields() {
        return std::array{http::field<&CoveredView::limit>("limit"),
                          http::field<&CoveredView::left>("left")};
    }
};

/// What the unit earns.
struct PayView {
    static constexpr std::string_view kShape = "Pay";
    Money base;
    Money distance_bonus;
    Money total;
    static consteval auto fields() {
        return std::array{http::field<&PayView::base>("base"),
                          http::field<&PayView::distance_bonus>("distance_bonus"),
                          http::field<&PayView::total>("total")};
    }
};

/// A request. The fields that are a Maybe are there or not by audience.
struct RequestView {
    static constexpr std::string_view kShape = "AssistanceRequest";
    AssistanceRequest row;
    Json metadata;
    TrackingState tracking_state = TrackingState::kSearching;
    std::optional<UnitCard> provider;
    std::optional<CoveredView> covered;
    bool can_cancel = false;
    std::vector<std::string> documents_missing;
    http::Maybe<users::UserId> user_id;                    // member, staff
    http::Maybe<services::UserServiceId> user_service_id;  // member, staff
    http::Maybe<Money> estimated_cost;                     // member, staff
    http::Maybe<Money> actual_cost;                        // member, staff
    http::Maybe<std::string> notes;                        // staff
    http::Maybe<MemberCard> member;                        // unit, staff
    http::Maybe<PayView> pay;                              // unit, staff
    http::Maybe<Instant> archived_at;                      // staff, of what is in the archive
    static consteval auto fields() {
        return std::array{
            http::row<&RequestView::row>(
                {.leave_out = "user_id user_service_id estimated_cost actual_cost notes metadata"}),
            http::field<&RequestView::metadata>("metadata"),
            http::field<&RequestView::tracking_state>("tracking_state"),
            http::field<&RequestView::provider>("provider"),
            http::field<&RequestView::covered>("covered"),
            http::field<&RequestView::can_cancel>("can_cancel"),
            http::field<&RequestView::documents_missing>("documents_missing"),
            http::field<&RequestView::user_id>("user_id"),
            http::field<&RequestView::user_service_id>("user_service_id"),
            http::field<&RequestView::estimated_cost>("estimated_cost"),
            http::field<&RequestView::actual_cost>("actual_cost"),
            http::field<&RequestView::notes>("notes"),
            http::field<&RequestView::member>("member"),
            http::field<&RequestView::pay>("pay"),
            http::field<&RequestView::archived_at>("archived_at")};
    }
};

/// What that audience sees of a request; takes what it shows out of `detail`. `caller` says what
/// may still be cancelled.
[[nodiscard]] RequestView view_of(RequestDetail&& detail, Audience audience,
                                  const http::Caller& caller);

/// The state shown to people.
[[nodiscard]] TrackingState state_of(const RequestDetail& detail);

/// Whether that caller may cancel it now (API §2.6): the member, and SUPPORT for them, while it is
/// PENDING or ASSIGNED and nobody has arrived; OPERATIONS until it has ended.
[[nodiscard]] bool may_cancel(Audience audience, const http::Caller& caller, RequestStatus status,
                              bool arrived) noexcept;

/// The member's telephone for this request: the contact given with it, else the account's.
[[nodiscard]] std::string contact_phone_of(const RequestDetail& detail);

}  // namespace segurifai::assistance
