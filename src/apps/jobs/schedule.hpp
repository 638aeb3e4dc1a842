#pragma once

#include <chrono>
#include <cstdint>

#include "base/time.hpp"

namespace segurifai::jobs {

/// What becomes of runs that were due while no server ran.
enum class CatchUp : std::uint8_t {
    kOnce,  ///< one run at once, however many were missed
    kSkip,  ///< none: it runs when it is due the next time
};

/// When a kind of job runs by itself: `at` after each multiple of `every` since 1970-01-01 UTC.
/// Midnight in Guatemala is 06:00 UTC, all the year.
struct Schedule {
    std::chrono::seconds every{};  ///< 1 s and more
    std::chrono::seconds at{0};    ///< less than `every`
    CatchUp catch_up = CatchUp::kOnce;
};

/// How late a run of CatchUp::kSkip may be.
inline constexpr std::chrono::seconds kLateMax{60};

/// The first time after `now`.
[[nodiscard]] Instant next_slot(const Schedule& schedule, Instant now) noexcept;

/// The last time at or before `now`.
[[nodiscard]] Instant last_slot(const Schedule& schedule, Instant now) noexcept;

/// How far the clocks of two nodes may be apart before one of them is wrong.
inline constexpr std::chrono::seconds kClocksApartMax{60};

/// Whether a clock that was wrong has made `due` the next time: at `now` it is an earlier one.
[[nodiscard]] bool is_too_far(const Schedule& schedule, Instant due, Instant now) noexcept;

/// Whether a run that was due at `due` is still to be made at `now`.
[[nodiscard]] bool is_made_up_for(const Schedule& schedule, Instant due, Instant now) noexcept;

}  // namespace segurifai::jobs
