#pragma once

#include <optional>
#include <vector>

#include "apps/dispatch/job.hpp"
#include "apps/keys.hpp"
#include "apps/providers/location_fix.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::dispatch {

/// How a unit was found to be there.
struct Arrival {
    Instant at;
    std::optional<users::UserId> author;  ///< nobody = its positions told
    bool in_doubt = false;                ///< declared more than 500 m from the place
};

/// Marks the job's arrival: assignment, request, timeline, `request.arrived`; a doubtful one also
/// as a note for the staff. The request's row is held. kInvalidTransition when it had arrived.
[[nodiscard]] Task<Result<void>> set_arrived(sql::Transaction& transaction, Instant now, Job& job,
                                             Arrival arrival);

/// What positions just taken from a unit mean for the job it is on its way to, in the transaction
/// that stores them: the arrival is estimated again from the last one, nearer than 500 m the unit
/// is ARRIVING, and two in a row within 50 m are its arrival. Nothing for a unit without such a
/// job. `fixes` are in the order of their time.
[[nodiscard]] Task<Result<void>> on_fixes(sql::Transaction& transaction, Instant now,
                                          providers::ProviderId unit,
                                          std::vector<providers::Fix> fixes);

}  // namespace segurifai::dispatch
