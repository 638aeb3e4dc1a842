#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/assistance/request_detail.hpp"
#include "apps/assistance/request_view.hpp"
#include "base/decimal.hpp"
#include "base/time.hpp"
#include "http/shape.hpp"

/// What is shown of a request on its way (API §3.2, "snapshot").
namespace segurifai::assistance {

struct DestinationView {
    static constexpr std::string_view kShape = "TrackingDestination";
    Coordinate latitude;
    Coordinate longitude;
    std::string address;
    static consteval auto fields() {
        return std::array{http::field<&DestinationView::latitude>("latitude"),
                          http::field<&DestinationView::longitude>("longitude"),
                          http::field<&DestinationView::address>("address")};
    }
};

struct TrackedRequestView {
    static constexpr std::string_view kShape = "TrackedRequest";
    AssistanceRequestId id;
    std::string request_number;
    RequestStatus status = RequestStatus::kPending;
    TrackingState tracking_state = TrackingState::kSearching;
    std::string service_code;
    std::optional<DestinationView> destination;
    static consteval auto fields() {
        return std::array{http::field<&TrackedRequestView::id>("id"),
                          http::field<&TrackedRequestView::request_number>("request_number"),
                          http::field<&TrackedRequestView::status>("status"),
                          http::field<&TrackedRequestView::tracking_state>("tracking_state"),
                          http::field<&TrackedRequestView::service_code>("service_code"),
                          http::field<&TrackedRequestView::destination>("destination")};
    }
};

struct TrackedUnitView {
    static constexpr std::string_view kShape = "TrackedUnit";
    providers::ProviderId provider_id;
    std::string first_name;
    std::string company_name;
    providers::StarAverage rating;
    std::optional<std::string> picture;
    std::optional<VehicleView> vehicle;
    std::optional<std::string> phone;  ///< while it has the request
    static consteval auto fields() {
        return std::array{http::field<&TrackedUnitView::provider_id>("provider_id"),
                          http::field<&TrackedUnitView::first_name>("first_name"),
                          http::field<&TrackedUnitView::company_name>("company_name"),
                          http::field<&TrackedUnitView::rating>("rating"),
                          http::field<&TrackedUnitView::picture>("picture"),
                          http::field<&TrackedUnitView::vehicle>("vehicle"),
                          http::field<&TrackedUnitView::phone>("phone")};
    }
};

struct PositionView {
    static constexpr std::string_view kShape = "TrackedPosition";
    Coordinate latitude;
    Coordinate longitude;
    std::optional<double> heading;  ///< degrees
    std::optional<double> speed;    ///< km/h
    Instant recorded_at;
    bool stale = false;  ///< nothing heard for 60 s
    static consteval auto fields() {
        return std::array{http::field<&PositionView::latitude>("latitude"),
                          http::field<&PositionView::longitude>("longitude"),
                          http::field<&PositionView::heading>("heading"),
                          http::field<&PositionView::speed>("speed"),
                          http::field<&PositionView::recorded_at>("recorded_at"),
                          http::field<&PositionView::stale>("stale")};
    }
};

struct EtaView {
    static constexpr std::string_view kShape = "TrackedArrival";
    Instant arrival_at;
    std::int32_t minutes = 0;
    Instant promised_at;
    std::optional<double> remaining_km;  ///< by road, one decimal
    std::string source;
    static consteval auto fields() {
        return std::array{http::field<&EtaView::arrival_at>("arrival_at"),
                          http::field<&EtaView::minutes>("minutes"),
                          http::field<&EtaView::promised_at>("promised_at"),
                          http::field<&EtaView::remaining_km>("remaining_km"),
                          http::field<&EtaView::source>("source")};
    }
};

struct TimelineView {
    static constexpr std::string_view kShape = "TimelineStep";
    UpdateType type = UpdateType::kStatusChange;
    std::string state;
    Instant at;
    static consteval auto fields() {
        return std::array{http::field<&TimelineView::type>("type"),
                          http::field<&TimelineView::state>("state"),
                          http::field<&TimelineView::at>("at")};
    }
};

struct SnapshotView {
    static constexpr std::string_view kShape = "TrackingSnapshot";
    TrackedRequestView request;
    std::optional<TrackedUnitView> unit;
    std::optional<PositionView> position;
    std::optional<EtaView> eta;
    std::vector<TimelineView> timeline;
    bool can_cancel = false;
    bool can_call = false;
    static consteval auto fields() {
        return std::array{http::field<&SnapshotView::request>("request"),
                          http::field<&SnapshotView::unit>("unit"),
                          http::field<&SnapshotView::position>("position"),
                          http::field<&SnapshotView::eta>("eta"),
                          http::field<&SnapshotView::timeline>("timeline"),
                          http::field<&SnapshotView::can_cancel>("can_cancel"),
                          http::field<&SnapshotView::can_call>("can_call")};
    }
};

/// A position older than this is stale.
inline constexpr std::int64_t kStaleAfterSeconds = 60;

/// The snapshot of a request at `now`.
[[nodiscard]] SnapshotView snapshot_of(const RequestDetail& detail,
                                       std::vector<TimelineView> timeline, Audience audience,
                                       const http::Caller& caller, Instant now);

}  // namespace segurifai::assistance
