#include "apps/providers/estimator.hpp"

#include <algorithm>
#include <cmath>

namespace segurifai::providers {
namespace {

constexpr double kMinutesPerHour = 60;
constexpr std::int64_t kSecondsPerMinute = 60;
constexpr double kKilometresMax = 9999.99;  ///< what the column holds
constexpr double kHundredths = 100;
/// What floating-point arithmetic may be off by; it is no reason for another minute.
constexpr double kRounding = 1e-6;

std::int32_t minutes_up(double minutes) noexcept {
    return static_cast<std::int32_t>(std::ceil(minutes - kRounding));
}

}  // namespace

Estimate estimate(const apps::Position& from, const apps::Position& to, VehicleKind kind,
                  Instant at, const HourFactors& factors) noexcept {
    const auto hour = static_cast<std::size_t>(hour_of_week(at));
    const double factor = std::clamp(factors.at(hour), kHourFactorMin, kHourFactorMax);
    const double road_km = apps::distance_km(from, to) * kDetourFactor;
    return {.road_km = road_km,
            .minutes = road_km / base_speed_kmh(kind) * kMinutesPerHour * factor};
}

Decimal<6, 2> stored_km(double road_km) noexcept {
    const double held = std::clamp(road_km, 0.0, kKilometresMax);
    return {static_cast<std::int64_t>(std::floor(held * kHundredths + 0.5 + kRounding))};
}

std::int32_t eta_minutes(const Estimate& estimate) noexcept {
    return std::max(0, minutes_up(estimate.minutes));
}

std::int32_t promised_minutes(const Estimate& estimate) noexcept {
    return std::max(1, minutes_up(estimate.minutes * kPromiseFactor));
}

Instant arrival_at(Instant now, const Estimate& estimate) noexcept {
    return add_seconds(now, eta_minutes(estimate) * kSecondsPerMinute);
}

Instant promised_at(Instant now, const Estimate& estimate) noexcept {
    return add_seconds(now, promised_minutes(estimate) * kSecondsPerMinute);
}

}  // namespace segurifai::providers
