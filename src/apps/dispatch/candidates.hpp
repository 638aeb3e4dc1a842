#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/dispatch/waves.hpp"
#include "apps/geography.hpp"
#include "apps/keys.hpp"
#include "apps/providers/eligibility.hpp"
#include "apps/providers/estimator.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::dispatch {

/// Units read for one decision at most, the lowest numbers first: far more than work one service
/// within 50 km.
inline constexpr std::int64_t kCandidatesMax = 2'000;

/// What a search is for.
struct Wanted {
    assistance::AssistanceRequestId request;
    std::string service_code;
    bool desk = false;
    std::optional<apps::Position> place;
};

/// A unit that came into question.
struct Considered {
    Candidate candidate;
    providers::Estimate estimate;         ///< of the way; desks: nothing to go
    std::vector<providers::Unfit> unfit;  ///< empty = eligible
};

/// The units that came into question for a request within `radius_km` of its place, all read by
/// one statement and judged: those approved for the service that are on duty and were heard from
/// in the last five minutes; for desk services the desks approved for it.
[[nodiscard]] Task<Result<std::vector<Considered>>> consider_units(sql::Executor& executor,
                                                                   Wanted wanted, double radius_km,
                                                                   Instant now);

}  // namespace segurifai::dispatch
