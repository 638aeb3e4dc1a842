#include "apps/geography.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

namespace segurifai::apps {
namespace {

constexpr Position kZone1{14.6420, -90.5133};
constexpr Position kAntigua{14.5573, -90.7332};
constexpr Position kQuetzaltenango{14.8446, -91.5182};

bool holds(const Box& box, const Position& position) {
    const Coordinate latitude = coordinate_of(position.latitude);
    const Coordinate longitude = coordinate_of(position.longitude);
    return box.south <= latitude && latitude <= box.north && box.west <= longitude &&
           longitude <= box.east;
}

/// The position `distance_km` away from `from` in the direction `bearing` (radians).
Position destination(const Position& from, double bearing, double distance) {
    const double radians = std::numbers::pi / 180;
    const double angle = distance / 6371.0088;
    const double lat = from.latitude * radians;
    const double to_lat = std::asin(std::sin(lat) * std::cos(angle) +
                                    std::cos(lat) * std::sin(angle) * std::cos(bearing));
    const double delta = std::atan2(std::sin(bearing) * std::sin(angle) * std::cos(lat),
                                    std::cos(angle) - std::sin(lat) * std::sin(to_lat));
    return {to_lat / radians, from.longitude + delta / radians};
}

TEST(Geography, MeasuresKnownDistances) {
    EXPECT_EQ(distance_km(kZone1, kZone1), 0);
    EXPECT_NEAR(distance_km(kZone1, kAntigua), 25.5, 0.2);
    EXPECT_NEAR(distance_km(kZone1, kQuetzaltenango), 110.3, 0.5);
    EXPECT_NEAR(distance_km({0, 0}, {0, 180}), 20015.1, 0.1);
    EXPECT_NEAR(distance_km({90, 0}, {-90, 77}), 20015.1, 0.1);
    EXPECT_NEAR(distance_km({0, 179.999}, {0, -179.999}), 0.2224, 0.001);
}

TEST(Geography, BoxHoldsEverythingWithinTheRadius) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> latitude(-89, 89);
    std::uniform_real_distribution<double> longitude(-179, 179);
    std::uniform_real_distribution<double> radius(0.01, 300);
    std::uniform_real_distribution<double> turn(0, 2 * std::numbers::pi);
    for (int round = 0; round < 5'000; ++round) {
        const Position centre{latitude(random), longitude(random)};
        const double radius_km = radius(random);
        const Position edge = destination(centre, turn(random), radius_km * 0.999999);
        if (std::abs(edge.longitude) > 180) continue;
        ASSERT_TRUE(holds(box_around(centre, radius_km), edge))
            << centre.latitude << ' ' << centre.longitude << ' ' << radius_km;
    }
}

TEST(Geography, BoxIsNoLargerThanNeeded) {
    const Box box = box_around(kZone1, 10);
    EXPECT_NEAR(static_cast<double>(box.north.unscaled - box.south.unscaled) / 1e6, 0.17986, 1e-4);
    EXPECT_NEAR(static_cast<double>(box.east.unscaled - box.west.unscaled) / 1e6, 0.18590, 1e-4);
}

TEST(Geography, BoxTakesAllLongitudesAtThePolesAndTheDateLine) {
    for (const Position& centre :
         {Position{89.99, 10}, Position{-89.99, 10}, Position{0, 179.99}}) {
        const Box box = box_around(centre, 50);
        EXPECT_EQ(box.west.unscaled, -180'000'000);
        EXPECT_EQ(box.east.unscaled, 180'000'000);
    }
    EXPECT_EQ(box_around({0, 0}, 30'000).north.unscaled, 90'000'000);
}

TEST(Geography, ServiceAreaIncludesItsEdges) {
    EXPECT_TRUE(inside_service_area(kZone1));
    EXPECT_TRUE(inside_service_area({13.70, -92.30}));
    EXPECT_TRUE(inside_service_area({17.85, -88.15}));
    EXPECT_FALSE(inside_service_area({13.699999, -90}));
    EXPECT_FALSE(inside_service_area({15, -88.149999}));
    EXPECT_FALSE(inside_service_area({0, 0}));
    EXPECT_FALSE(inside_service_area({std::nan(""), -90}));
}

TEST(Geography, ZeroIsAValidCoordinate) {
    EXPECT_TRUE(is_valid({0, 0}));
    EXPECT_TRUE(is_valid({-90, 180}));
    EXPECT_FALSE(is_valid({90.000001, 0}));
    EXPECT_FALSE(is_valid({0, -180.000001}));
    EXPECT_FALSE(is_valid({std::nan(""), 0}));
    EXPECT_FALSE(is_valid({0, std::numeric_limits<double>::infinity()}));
}

TEST(Geography, MembersSeeThreeDecimals) {
    EXPECT_EQ(rounded_for_members({14.62113, -90.52251}), (Position{14.621, -90.523}));
}

TEST(Geography, CoordinatesComeBackAsTheyWent) {
    for (const std::string_view text : {"14.621130", "-90.522410", "0.000001", "-180.000000"}) {
        const Coordinate coordinate = Coordinate::parse(text).value();
        EXPECT_EQ(coordinate_of(position_of(coordinate, coordinate).latitude), coordinate) << text;
    }
}

}  // namespace
}  // namespace segurifai::apps
