#pragma once

#include <string>

#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

/// How a request enters dispatch and leaves it. Dispatch stands above this app and cannot be
/// called from here, and its rows must change in the transaction of the request (API §2.6:
/// "Atomic"), so the few statements that touch its tables from below stand here.
namespace segurifai::assistance {

/// A new request waits for a unit: looked at from `next_at` on, in the first wave.
[[nodiscard]] Task<Result<void>> enter_dispatch(sql::Transaction& transaction, Instant at,
                                                AssistanceRequestId request_id, Instant next_at);

/// The request has been cancelled: its search ends, its open offers are withdrawn, the unit that
/// had it is free. Each offer tells so through the outbox.
[[nodiscard]] Task<Result<void>> leave_dispatch(sql::Transaction& transaction, Instant at,
                                                AssistanceRequestId request_id, std::string reason);

/// Whether the unit that has the request now has arrived.
[[nodiscard]] Task<Result<bool>> has_arrived(sql::Executor& executor,
                                             AssistanceRequestId request_id);

}  // namespace segurifai::assistance
