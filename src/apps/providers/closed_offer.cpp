#include "apps/providers/closed_offer.hpp"

#include <string>
#include <utility>

#include "apps/events/service.hpp"
#include "base/json_object.hpp"

namespace segurifai::providers {

Task<Result<void>> publish_closed(sql::Transaction& transaction, Instant at, ClosedOffer closed,
                                  std::string_view state, std::string_view reason) {
    JsonObject payload;
    payload.integer("offer_id", closed.offer.value)
        .integer("provider_id", closed.unit.value)
        .text("reason", reason)
        .integer("request_id", closed.request.value)
        .text("state", state);
    events::Event event{.name = "offer.closed",
                        .object_table = "dispatch_offer",
                        .object_id = std::to_string(closed.offer.value),
                        .payload = payload.to_string()};
    co_return co_await events::publish(transaction, at, std::move(event));
}

}  // namespace segurifai::providers
