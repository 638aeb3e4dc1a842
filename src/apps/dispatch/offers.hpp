#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/assistance/request_view.hpp"
#include "apps/dispatch/choices.hpp"
#include "apps/dispatch/job_view.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/route.hpp"
#include "http/shape.hpp"

namespace segurifai::dispatch {

/// An open offer as its unit sees it: the area, no exact place before acceptance.
struct OfferView {
    static constexpr std::string_view kShape = "Offer";
    OfferId id;
    assistance::AssistanceRequestId request_id;
    std::string service_code;
    std::string title;
    std::string area;
    Kilometres distance_km;
    std::int32_t eta_minutes = 0;
    assistance::PayView pay;
    Instant expires_at;
    static consteval auto fields() {
        return std::array{http::field<&OfferView::id>("id"),
                          http::field<&OfferView::request_id>("request_id"),
                          http::field<&OfferView::service_code>("service_code", {.length = 40}),
                          http::field<&OfferView::title>("title", {.length = 200}),
                          http::field<&OfferView::area>("area", {.length = 100}),
                          http::field<&OfferView::distance_km>("distance_km"),
                          http::field<&OfferView::eta_minutes>("eta_minutes"),
                          http::field<&OfferView::pay>("pay"),
                          http::field<&OfferView::expires_at>("expires_at")};
    }
};

struct AcceptInput {
    static constexpr std::string_view kShape = "OfferAcceptance";
    std::optional<std::int32_t> eta_minutes;
    std::optional<providers::VehicleId> vehicle_id;
    static consteval auto fields() {
        return std::array{
            http::field<&AcceptInput::eta_minutes>("eta_minutes", {.min = "1", .max = "600"}),
            http::field<&AcceptInput::vehicle_id>("vehicle_id")};
    }
};

struct DeclineInput {
    static constexpr std::string_view kShape = "OfferRefusal";
    DeclineReason reason = DeclineReason::kOther;
    std::optional<std::string> note;
    static consteval auto fields() {
        return std::array{http::field<&DeclineInput::reason>("reason"),
                          http::field<&DeclineInput::note>("note", {.length = 500})};
    }
};

/// The caller's open offers, the one that lapses first at the top.
[[nodiscard]] Task<Result<std::vector<OfferView>>> offers(http::Call& call);

/// The unit takes the request. Of any number of units that try at once one wins: kAlreadyAssigned
/// for the others (kOfferClosed where the offer was over before), kUnitBusy for a mobile unit with
/// a job, kProviderNotActive for one that is not approved now.
[[nodiscard]] Task<Result<JobView>> accept(http::Call& call, AcceptInput input);

/// The unit does not take it: it is left out for ten minutes, the next one is asked.
[[nodiscard]] Task<Result<http::NoContent>> decline(http::Call& call, DeclineInput input);

}  // namespace segurifai::dispatch
