#pragma once

#include <cstddef>

#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

// How offers that nobody answered stop being open. Each tells so through the outbox
// (`offer.closed`). The request's row is held. All return how many were closed.

namespace segurifai::dispatch {

/// Their sixty seconds are over.
[[nodiscard]] Task<Result<std::size_t>> lapse_offers(sql::Transaction& transaction, Instant now,
                                                     assistance::AssistanceRequestId request);

/// The unit has taken another job since.
[[nodiscard]] Task<Result<std::size_t>> withdraw_offers_of_busy(
    sql::Transaction& transaction, Instant now, assistance::AssistanceRequestId request);

/// The request needs no unit any more.
[[nodiscard]] Task<Result<std::size_t>> withdraw_offers(sql::Transaction& transaction, Instant now,
                                                        assistance::AssistanceRequestId request);

/// Another unit took it with `accepted`.
[[nodiscard]] Task<Result<std::size_t>> close_siblings(sql::Transaction& transaction, Instant now,
                                                       assistance::AssistanceRequestId request,
                                                       OfferId accepted);

}  // namespace segurifai::dispatch
