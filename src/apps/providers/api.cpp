#include "apps/providers/api.hpp"

#include <array>
#include <string>
#include <utility>

#include "apps/platform.hpp"
#include "apps/providers/card_read.hpp"
#include "apps/providers/decision.hpp"
#include "apps/providers/duty.hpp"
#include "apps/providers/editing.hpp"
#include "apps/providers/location_service.hpp"
#include "apps/providers/nearby.hpp"
#include "apps/providers/own_view.hpp"
#include "apps/providers/registration_service.hpp"
#include "apps/providers/reviews.hpp"

namespace segurifai::providers {
namespace {

/// providers.detail: a Card, or the unit in full for itself, OPERATIONS and SUPPORT.
Task<Result<http::Plain>> detail(http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const CardOfUnit found, card_named(call));
    const ProviderId id = found.card.id;
    const bool is_own = call.caller.provider_id && *call.caller.provider_id == id.value;
    http::Plain answer;
    call.answer.content_type = "application/json";
    if (is_own || call.reach.any) {
        SEGURIFAI_CO_TRY_AS(const Full view,
                            co_await find_full(call.platform.database, id, call.caller));
        call.answer.set("ETag", etag_of_full(view));
        http::append_json(answer.body, view);
        co_return answer;
    }
    if (found.status != ProviderStatus::kActive) co_return refuse(Refusal::kNotFound);
    call.answer.set("ETag", http::etag_of_value(found.card));
    http::append_json(answer.body, found.card);
    co_return answer;
}

http::Route detail_route() {
    http::Route route =
        http::get<&detail>("/api/providers/{id}/", "providers.detail",
                           {.summary = "One unit: a card, or in full for itself and the staff",
                            .etag = true,
                            .early = &early_card});
    // For the documentation: it writes its JSON itself because it has two forms.
    route.output = {http::Payload::Kind::kValue, &http::detail::kFieldType<Full>};
    return route;
}

constexpr std::array kApplyRefusals{Refusal::kAlreadyDone, Refusal::kOpenRequest,
                                    Refusal::kPhoneNotVerified};
constexpr std::array kDutyRefusals{Refusal::kProviderNotActive, Refusal::kUnitBusy};
constexpr std::array kLocationRefusals{Refusal::kProviderNotActive, Refusal::kServiceUnavailable};
constexpr std::array kNearbyRefusals{Refusal::kOutsideArea};
constexpr std::array kDecideRefusals{Refusal::kInvalidTransition, Refusal::kUnitBusy,
                                     Refusal::kOpenRequest, Refusal::kEvidenceMissing};
constexpr std::array kReviewRefusals{Refusal::kInvalidTransition, Refusal::kAlreadyDone};

}  // namespace

std::vector<http::Route> routes() {
    return {
        http::post<&apply>("/api/providers/", "providers.apply",
                           {.summary = "Apply to become a unit",
                            .status = 201,
                            .keyed = true,
                            .refusals = kApplyRefusals}),
        http::get<&me>("/api/providers/me/", "providers.me",
                       {.summary = "One's own unit: duty, job, the day so far"}),
        http::put<&set_duty>("/api/providers/me/availability/", "providers.availability",
                             {.summary = "Go on or off duty", .refusals = kDutyRefusals}),
        http::post<&take_positions>(
            "/api/providers/me/location/", "providers.location",
            {.summary = "Tell where one is", .status = 202, .refusals = kLocationRefusals}),
        http::get<&nearby>(
            "/api/providers/nearby/", "providers.nearby",
            {.summary = "Units that could come, the quickest first", .refusals = kNearbyRefusals}),
        http::get<&list_reviews>("/api/providers/reviews/", "reviews.list",
                                 {.summary = "What members say of units", .list = &kReviewList}),
        http::post<&create_review>("/api/providers/reviews/", "reviews.create",
                                   {.summary = "Review the unit of a completed request",
                                    .status = 201,
                                    .keyed = true,
                                    .refusals = kReviewRefusals}),
        detail_route(),
        http::patch<&edit>("/api/providers/{id}/", "providers.update",
                           {.summary = "Edit a unit", .if_match = true}),
        http::post<&decide>("/api/admin/providers/{id}/decision/", "admin.provider.decide",
                            {.summary = "Approve or suspend a unit",
                             .if_match = true,
                             .refusals = kDecideRefusals}),
    };
}

}  // namespace segurifai::providers
