#pragma once

#include <array>
#include <cstdint>

#include "apps/geography.hpp"
#include "apps/providers/choices.hpp"
#include "base/decimal.hpp"
#include "base/guatemala.hpp"
#include "base/time.hpp"

// How long a unit takes to a place: one estimator, used everywhere (RULES §7).

namespace segurifai::providers {

/// Roads are longer than straight lines by this much.
inline constexpr double kDetourFactor = 1.35;

/// The spread of real travel times around the estimate: the sigma of a lognormal distribution
/// whose median is the estimate.
inline constexpr double kTravelSigma = 0.25;

/// exp(0.8416 × 0.25): 0.8416 is the 80th percentile of the normal distribution, so that four
/// arrivals of five are within the promise.
inline constexpr double kPromiseFactor = 1.234'172;

/// How much slower (above 1) or faster each hour of the week is, by hour_of_week(); learnt from
/// completed jobs. Values are held within kHourFactorMin and kHourFactorMax.
using HourFactors = std::array<double, kHoursPerWeek>;
inline constexpr double kHourFactorMin = 0.25;
inline constexpr double kHourFactorMax = 4.0;

/// Before anything is learnt: every hour alike.
inline constexpr HourFactors kEvenHours = [] {
    HourFactors factors{};
    factors.fill(1.0);
    return factors;
}();

/// Base speed in km/h.
[[nodiscard]] constexpr double base_speed_kmh(VehicleKind kind) noexcept {
    switch (kind) {
        case VehicleKind::kMotorcycle: return 25;
        case VehicleKind::kCar: return 20;
        case VehicleKind::kTowTruck: return 15;
        case VehicleKind::kAmbulance: return 30;
    }
    return 15;
}

struct Estimate {
    double road_km = 0;
    double minutes = 0;  ///< the median
};

/// The way of a `kind` from `from` to `to`, leaving at `at`. Both positions are valid.
[[nodiscard]] Estimate estimate(const apps::Position& from, const apps::Position& to,
                                VehicleKind kind, Instant at,
                                const HourFactors& factors = kEvenHours) noexcept;

/// A distance as it is stored and paid: two decimals, rounded half up.
[[nodiscard]] Decimal<6, 2> stored_km(double road_km) noexcept;

/// The estimate in whole minutes, rounded up.
[[nodiscard]] std::int32_t eta_minutes(const Estimate& estimate) noexcept;

/// The promise shown, the 80th percentile: whole minutes, rounded up, at least 1.
[[nodiscard]] std::int32_t promised_minutes(const Estimate& estimate) noexcept;

[[nodiscard]] Instant arrival_at(Instant now, const Estimate& estimate) noexcept;
[[nodiscard]] Instant promised_at(Instant now, const Estimate& estimate) noexcept;

}  // namespace segurifai::providers
