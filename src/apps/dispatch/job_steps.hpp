#pragma once

#include <array>
#include <optional>
#include <string>

#include "apps/dispatch/job.hpp"
#include "apps/dispatch/job_view.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/route.hpp"
#include "http/shape.hpp"

namespace segurifai::dispatch {

/// What every step may say: when and where it was done, when the phone had no signal (API §2.7).
struct StepInput {
    static constexpr std::string_view kShape = "JobStep";
    std::optional<Instant> occurred_at;
    std::optional<Coordinate> latitude;
    std::optional<Coordinate> longitude;

    static consteval auto fields() {
        return std::array{
            http::field<&StepInput::occurred_at>("occurred_at"),
            http::field<&StepInput::latitude>("latitude", {.min = "-90", .max = "90"}),
            http::field<&StepInput::longitude>("longitude", {.min = "-180", .max = "180"})};
    }
};

/// Why a unit gives a job back.
struct WithdrawInput {
    static constexpr std::string_view kShape = "JobWithdrawal";
    std::string reason;

    static consteval auto fields() {
        return std::array{
            http::field<&WithdrawInput::reason>("reason", {.length = 500, .length_min = 1})};
    }
};

/// When the step was done: `occurred_at`, or now. kInvalid when it is in the future, before the
/// job's previous step, or more than 12 hours ago.
[[nodiscard]] Result<Instant> step_time(Instant now, const Assignment& job,
                                        std::optional<Instant> occurred_at);

/// The place given with a step: both coordinates or none, else kInvalid.
[[nodiscard]] Result<void> check_place(const std::optional<Coordinate>& latitude,
                                       const std::optional<Coordinate>& longitude);

// The operations. Each is compare-and-set under the request's row: a step already done, or out of
// its order, refuses with kInvalidTransition; a job of another unit is kNotFound.

/// On the way: the arrival is estimated again.
[[nodiscard]] Task<Result<JobView>> depart(http::Call& call, StepInput input);
/// There. More than 500 m from the place it is accepted and operations are told.
[[nodiscard]] Task<Result<JobView>> arrived(http::Call& call, StepInput input);
/// Work begins: the request is IN_PROGRESS. kNotArrived before the arrival.
[[nodiscard]] Task<Result<JobView>> start(http::Call& call, StepInput input);
/// The unit gives an ASSIGNED job back; it is searched for again without this unit.
[[nodiscard]] Task<Result<http::NoContent>> withdraw(http::Call& call, WithdrawInput input);

}  // namespace segurifai::dispatch
