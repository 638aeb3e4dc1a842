#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "apps/keys.hpp"
#include "apps/providers/location_fix.hpp"
#include "apps/providers/position_buffer.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

// How positions reach the tables: the last of each unit, and a sample for the history.

namespace segurifai::providers {

/// Positions of one unit, in the order of their time.
struct UnitFixes {
    ProviderId unit;
    std::optional<FixPoint> kept;  ///< the last one in the history
    std::vector<Fix> fixes;
};

/// What was stored.
struct Stored {
    std::vector<std::optional<FixPoint>> kept;  ///< by unit: now the last one in the history
    std::uint64_t rows = 0;                     ///< of history
    std::uint64_t without_day = 0;  ///< not kept: the history has no partition for their day
    std::vector<Error> errors;      ///< of `on_job_fixes`, which undid only its own
};

/// Stores the positions of all `units` (one or more positions each) with two statements, and tells
/// `on_job_fixes` (may be empty) of those that have a job and have not arrived. The live position
/// is replaced by newer ones only, and being online is left as it is. Everything is written from
/// what is read here, so it may run again.
[[nodiscard]] Task<Result<void>> store_positions(sql::Transaction& transaction, Instant now,
                                                 std::span<UnitFixes* const> units,
                                                 const OnJobFixes& on_job_fixes, Stored& stored);

/// The live position of a unit as it is stored; nothing when none is.
[[nodiscard]] Task<Result<std::optional<FixPoint>>> stored_position(sql::Executor& executor,
                                                                    ProviderId unit);

}  // namespace segurifai::providers
