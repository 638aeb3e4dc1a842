#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "sql/session.hpp"

namespace segurifai::backup {

/// What has to happen to a restored database before anybody may work with it, because the world
/// went on after the moment that was restored.
struct RestoreStep {
    std::string_view name;  ///< "sign-in sessions end"
    /// Returns how many rows it changed. Runs in the transaction of all steps.
    Result<std::int64_t> (*run)(sql::Session& session, Instant now);
};

/// Every step, in the order in which they run. A new one is a line in after_restore.cpp.
[[nodiscard]] std::span<const RestoreStep> restore_steps() noexcept;

struct StepDone {
    std::string_view name;
    std::int64_t rows = 0;
};

/// Runs every step in one transaction: all of them, or none and the first failure.
[[nodiscard]] Result<std::vector<StepDone>> run_restore_steps(sql::Session& session, Instant now);

}  // namespace segurifai::backup
