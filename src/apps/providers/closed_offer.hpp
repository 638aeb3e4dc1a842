#pragma once

#include <string_view>

#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::providers {

/// An offer that is open no more. Offers are dispatch's, which stands above; they are also closed
/// where a unit leaves duty, and where a request ends.
struct ClosedOffer {
    dispatch::OfferId offer;
    ProviderId unit;
    assistance::AssistanceRequestId request;
};

/// Tells so through the outbox (`offer.closed`): `state` as it is stored, `reason` as the unit is
/// told.
[[nodiscard]] Task<Result<void>> publish_closed(sql::Transaction& transaction, Instant at,
                                                ClosedOffer closed, std::string_view state,
                                                std::string_view reason);

}  // namespace segurifai::providers
