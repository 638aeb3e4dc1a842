#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/assistance/choices.hpp"
#include "apps/assistance/transitions.hpp"
#include "apps/keys.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {

/// One step in the life of a request (RULES §6), with what goes with it.
struct StatusChange {
    AssistanceRequestId request_id;
    RequestStatus from = RequestStatus::kPending;
    RequestStatus to = RequestStatus::kPending;
    Actor actor = Actor::kStaff;
    std::string reason;   ///< for people; kept with a cancellation
    std::string message;  ///< of the timeline; empty = the sentence of the new status

    // To ASSIGNED:
    std::optional<providers::ProviderId> provider_id;  ///< required
    std::optional<Instant> estimated_arrival_time;     ///< shown to the member
    // To ASSIGNED with the promise, to PENDING without it:
    std::optional<Json> metadata;  ///< the whole new metadata; nothing = as it is
    // To COMPLETED:
    std::optional<Money> actual_cost;
    std::optional<Instant> completed_at;  ///< when the work ended; nothing = now
};

/// The only writer of `status`: compare-and-set on `from`, the STATUS_CHANGE update with {actor,
/// from, reason, state, to}, the audit event and the outbox event, all in `transaction`. Refuses
/// with kInvalidTransition what transitions.hpp does not know, and when the row is no longer in
/// `from` (another one won the race). The author is the caller.
///
/// To PENDING takes the provider and both arrival times away; to COMPLETED sets completed_at; to
/// CANCELLED keeps the reason.
[[nodiscard]] Task<Result<void>> change_status(sql::Transaction& transaction,
                                               const http::Call& call, StatusChange change);

/// The same for what the platform does by itself; `at` is now.
[[nodiscard]] Task<Result<void>> change_status_by_platform(sql::Transaction& transaction,
                                                           Instant at, StatusChange change);

/// The first line of a timeline: from nothing to PENDING. Audit and outbox are the creator's.
[[nodiscard]] Task<Result<void>> begin_status(sql::Transaction& transaction, Instant at,
                                              AssistanceRequestId request_id, users::UserId author,
                                              Actor actor);

}  // namespace segurifai::assistance
