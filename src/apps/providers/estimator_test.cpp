#include "apps/providers/estimator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace segurifai::providers {
namespace {

const Instant kTuesdayNoon = Instant::parse("2026-02-03T18:00:00Z").value();
constexpr apps::Position kFrom{14.60, -90.51};
constexpr double kDegreePerKm = 1 / 111.1950797;  // of latitude

Estimate estimate_of(double straight_km, VehicleKind kind, const HourFactors& hours = kEvenHours) {
    const apps::Position to{kFrom.latitude + straight_km * kDegreePerKm, kFrom.longitude};
    return estimate(kFrom, to, kind, kTuesdayNoon, hours);
}

TEST(Estimator, DrivesTheDetourAtTheSpeedOfTheVehicle) {
    struct Case {
        VehicleKind kind;
        double minutes;
    };
    for (const Case& expected :
         {Case{VehicleKind::kMotorcycle, 32.4}, Case{VehicleKind::kCar, 40.5},
          Case{VehicleKind::kTowTruck, 54.0}, Case{VehicleKind::kAmbulance, 27.0}}) {
        const Estimate found = estimate_of(10, expected.kind);
        EXPECT_NEAR(found.road_km, 13.5, 1e-3);
        EXPECT_NEAR(found.minutes, expected.minutes, 1e-2);
    }
}

TEST(Estimator, IsSlowerInTheHoursThatAreSlower) {
    HourFactors hours = kEvenHours;
    hours.at(24 + 12) = 2.0;  // Tuesday noon
    EXPECT_NEAR(estimate_of(10, VehicleKind::kCar, hours).minutes, 81.0, 1e-2);
    hours.at(24 + 12) = 1e9;
    EXPECT_NEAR(estimate_of(10, VehicleKind::kCar, hours).minutes, 40.5 * kHourFactorMax, 1e-1);
    hours.at(24 + 12) = 0;
    EXPECT_NEAR(estimate_of(10, VehicleKind::kCar, hours).minutes, 40.5 * kHourFactorMin, 1e-1);
}

TEST(Estimator, PromisesTheEightiethPercentile) {
    EXPECT_NEAR(kPromiseFactor, std::exp(0.8416 * kTravelSigma), 1e-6);
    EXPECT_EQ(promised_minutes({.road_km = 1, .minutes = 40.5}), 50);  // 49.98
    EXPECT_EQ(promised_minutes({.road_km = 1, .minutes = 10}), 13);    // 12.34
    EXPECT_EQ(promised_minutes({}), 1);
    EXPECT_EQ(eta_minutes({.road_km = 1, .minutes = 12.0}), 12);
    EXPECT_EQ(eta_minutes({.road_km = 1, .minutes = 12.01}), 13);
    EXPECT_EQ(eta_minutes({}), 0);

    std::mt19937 random(80);
    std::lognormal_distribution<double> travel(std::log(40.0), kTravelSigma);
    int kept = 0;
    constexpr int kRounds = 100'000;
    for (int round = 0; round < kRounds; ++round) kept += travel(random) <= 40.0 * kPromiseFactor;
    EXPECT_NEAR(static_cast<double>(kept) / kRounds, 0.80, 0.01);
}

TEST(Estimator, TellsArrivalAndPromiseAsInstants) {
    const Estimate estimate{.road_km = 5, .minutes = 10};
    EXPECT_EQ(arrival_at(kTuesdayNoon, estimate), add_seconds(kTuesdayNoon, 10 * 60));
    EXPECT_EQ(promised_at(kTuesdayNoon, estimate), add_seconds(kTuesdayNoon, 13 * 60));
}

TEST(Estimator, StoresHundredthsOfAKilometreRoundedHalfUp) {
    EXPECT_EQ(stored_km(3.004).unscaled, 300);
    EXPECT_EQ(stored_km(3.005).unscaled, 301);
    EXPECT_EQ(stored_km(-1).unscaled, 0);
    EXPECT_EQ(stored_km(1e9).to_string(), "9999.99");
}

}  // namespace
}  // namespace segurifai::providers
