#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "apps/geography.hpp"
#include "base/time.hpp"
#include "model/codec.hpp"

// What is done with the positions a unit sends (RULES §5, §6).

namespace segurifai::providers {

/// Why a position is not taken.
enum class FixFault : std::uint8_t {
    kOutOfRange,
    kNotFinite,
    kInFuture,
    kGoingBack,  ///< older than the last one taken
    kTooFast,    ///< nothing on the road moves like that
};

}  // namespace segurifai::providers

namespace segurifai::model {

template <>
inline constexpr std::array kWords<providers::FixFault>{
    std::string_view("out_of_range"), std::string_view("not_finite"), std::string_view("in_future"),
    std::string_view("going_back"), std::string_view("too_fast")};

}  // namespace segurifai::model

namespace segurifai::providers {

inline constexpr std::size_t kFixesPerBatchMax = 100;
inline constexpr std::int64_t kFixAheadMaxSeconds = 5;  ///< for clocks that differ
inline constexpr double kFixSpeedMaxKmh = 250;
inline constexpr double kFixSpeedFromSeconds = 1;  ///< closer in time, noise looks like speed
inline constexpr double kHistorySeconds = 30;
inline constexpr double kHistoryKm = 0.1;
inline constexpr double kArrivedKm = 0.05;
inline constexpr std::int32_t kArrivedFixes = 2;
inline constexpr double kArrivalDoubtKm = 0.5;

/// A position as a unit sends it.
struct Fix {
    double latitude = 0;
    double longitude = 0;
    std::optional<double> heading;   ///< degrees, 0 to 360
    std::optional<double> speed;     ///< km/h, 0 and more
    std::optional<double> accuracy;  ///< m, 0 and more
    Instant recorded_at;

    [[nodiscard]] apps::Position position() const noexcept { return {latitude, longitude}; }
};

/// Where a unit was, and when.
struct FixPoint {
    apps::Position position;
    Instant at;
};

/// What is wrong with one position, after `last` (the last one taken; nothing = the first ever).
/// Of several faults the one that stands first here: not finite, out of range, in the future (more
/// than 5 s ahead of `now`), going back, too fast (over 250 km/h since `last`, where more than 1 s
/// lies between them).
[[nodiscard]] std::optional<FixFault> fix_fault(const Fix& fix, const std::optional<FixPoint>& last,
                                                Instant now);

/// Whether a position is the last one again, of the same moment and to a metre in the same place:
/// sent once more because the answer was lost. It tells nothing, and counts for nothing.
[[nodiscard]] bool is_repetition(const FixPoint& last, const FixPoint& fix) noexcept;

/// The judgement of a batch.
struct BatchJudgement {
    struct Rejected {
        std::size_t index;
        FixFault fault;
        friend bool operator==(const Rejected&, const Rejected&) = default;
    };
    std::vector<std::size_t> accepted;  ///< indices into the batch, rising
    std::vector<Rejected> rejected;
};

/// Judges the fixes in the order sent, each against the last one accepted before it.
[[nodiscard]] BatchJudgement judge_fixes(std::span<const Fix> fixes, std::optional<FixPoint> last,
                                         Instant now);

/// Whether an accepted position goes into the history: always while on a job; else when 30 s have
/// passed or 100 m lie between it and the last one kept.
[[nodiscard]] bool keep_in_history(const std::optional<FixPoint>& last_kept, const FixPoint& fix,
                                   bool on_job) noexcept;

/// How many positions in a row were within 50 m of the place, after one more. Stops counting at
/// kArrivedFixes: it is then enough.
[[nodiscard]] std::int32_t near_fixes_after(std::int32_t near_fixes, const apps::Position& unit,
                                            const apps::Position& place) noexcept;

/// Two in a row: the unit has arrived.
[[nodiscard]] constexpr bool has_arrived(std::int32_t near_fixes) noexcept {
    return near_fixes >= kArrivedFixes;
}

/// Whether an arrival that the unit declares is flagged: more than 500 m from the place, or from
/// nobody knows where.
[[nodiscard]] bool is_arrival_in_doubt(const std::optional<apps::Position>& unit,
                                       const apps::Position& place) noexcept;

}  // namespace segurifai::providers
