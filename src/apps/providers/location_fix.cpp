#include "apps/providers/location_fix.hpp"

#include <algorithm>
#include <cmath>

#include "base/guatemala.hpp"

namespace segurifai::providers {
namespace {

constexpr double kHeadingMax = 360;
constexpr double kSecondsPerHour = 3600;

bool is_finite(const Fix& fix) noexcept {
    return std::isfinite(fix.latitude) && std::isfinite(fix.longitude) &&
           std::isfinite(fix.heading.value_or(0)) && std::isfinite(fix.speed.value_or(0)) &&
           std::isfinite(fix.accuracy.value_or(0));
}

bool is_in_range(const Fix& fix) noexcept {
    const double heading = fix.heading.value_or(0);
    return apps::is_valid(fix.position()) && heading >= 0 && heading <= kHeadingMax &&
           fix.speed.value_or(0) >= 0 && fix.accuracy.value_or(0) >= 0;
}

bool is_too_fast(const FixPoint& from, const Fix& to) noexcept {
    const double seconds = seconds_between(from.at, to.recorded_at);
    if (seconds <= kFixSpeedFromSeconds) return false;
    const double hours = seconds / kSecondsPerHour;
    return apps::distance_km(from.position, to.position()) > kFixSpeedMaxKmh * hours;
}

}  // namespace

std::optional<FixFault> fix_fault(const Fix& fix, const std::optional<FixPoint>& last,
                                  Instant now) {
    if (!is_finite(fix)) return FixFault::kNotFinite;
    if (!is_in_range(fix)) return FixFault::kOutOfRange;
    if (fix.recorded_at > add_seconds(now, kFixAheadMaxSeconds)) return FixFault::kInFuture;
    if (!last) return std::nullopt;
    if (fix.recorded_at < last->at) return FixFault::kGoingBack;
    if (is_too_fast(*last, fix)) return FixFault::kTooFast;
    return std::nullopt;
}

bool is_repetition(const FixPoint& last, const FixPoint& fix) noexcept {
    constexpr double kSamePlaceKm = 0.001;  // what is stored has fewer digits than what was sent
    return fix.at == last.at && apps::distance_km(fix.position, last.position) <= kSamePlaceKm;
}

BatchJudgement judge_fixes(std::span<const Fix> fixes, std::optional<FixPoint> last, Instant now) {
    BatchJudgement judgement;
    for (std::size_t index = 0; index < fixes.size(); ++index) {
        const Fix& fix = fixes[index];
        if (const auto fault = fix_fault(fix, last, now)) {
            judgement.rejected.push_back({index, *fault});
            continue;
        }
        judgement.accepted.push_back(index);
        last = FixPoint{fix.position(), fix.recorded_at};
    }
    return judgement;
}

bool keep_in_history(const std::optional<FixPoint>& last_kept, const FixPoint& fix,
                     bool on_job) noexcept {
    return on_job || !last_kept || seconds_between(last_kept->at, fix.at) >= kHistorySeconds ||
           apps::distance_km(last_kept->position, fix.position) >= kHistoryKm;
}

std::int32_t near_fixes_after(std::int32_t near_fixes, const apps::Position& unit,
                              const apps::Position& place) noexcept {
    if (apps::distance_km(unit, place) > kArrivedKm) return 0;
    return std::min(near_fixes + 1, kArrivedFixes);
}

bool is_arrival_in_doubt(const std::optional<apps::Position>& unit,
                         const apps::Position& place) noexcept {
    return !unit || apps::distance_km(*unit, place) > kArrivalDoubtKm;
}

}  // namespace segurifai::providers
