#pragma once

#include <cstddef>

#include "apps/dispatch/choices.hpp"
#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::dispatch {

/// What one look at a request did.
struct Look {
    bool held_elsewhere = false;  ///< its row is held by another transaction: nothing was done
    std::size_t offered = 0;
    bool queued = false;
};

/// Looks at one request: closes the offers that lapsed or whose unit took another job, and, when
/// its search waits and is due, decides the next step (waves.hpp) and does it: offers, the
/// decision with its candidates, the operators' queue. Everything in `transaction`.
[[nodiscard]] Task<Result<Look>> look_for_unit(sql::Transaction& transaction,
                                               assistance::AssistanceRequestId request,
                                               Policy policy, Instant now);

}  // namespace segurifai::dispatch
