#include "apps/providers/location_service.hpp"

#include <utility>

#include "apps/platform.hpp"
#include "apps/providers/position_buffer.hpp"

namespace segurifai::providers {

Task<Result<Taken>> take_positions(http::Call& call, Positions sent) {
    if (!call.caller.provider_id) co_return refuse(Refusal::kNotFound);
    if (!call.caller.provider_active) co_return refuse(Refusal::kProviderNotActive);
    PositionBuffer* const positions = call.platform.positions;
    if (positions == nullptr) co_return refuse(Refusal::kServiceUnavailable);
    std::vector<Fix> fixes;
    fixes.reserve(sent.fixes.size());
    for (const SentFix& one : sent.fixes)
        fixes.push_back(
            {one.latitude, one.longitude, one.heading, one.speed, one.accuracy, one.recorded_at});
    const ProviderId unit{*call.caller.provider_id};
    const auto judged = co_await positions->take(unit, std::move(fixes), call.at);
    if (!judged) {
        if (judged.error().refusal == Refusal::kThrottled) call.answer.set("Retry-After", "1");
        co_return std::unexpected(judged.error());
    }
    Taken taken{.accepted = static_cast<std::int32_t>(judged->accepted.size()), .rejected = {}};
    for (const auto& one : judged->rejected)
        taken.rejected.push_back({static_cast<std::int32_t>(one.index), one.fault});
    co_return taken;
}

}  // namespace segurifai::providers
