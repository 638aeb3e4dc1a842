#include "apps/geography.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace segurifai::apps {
namespace {

constexpr double kEarthRadiusKm = 6371.0088;
constexpr double kMillionths = 1e6;
constexpr double kThousandths = 1e3;

constexpr double radians(double degrees) noexcept {
    return degrees * std::numbers::pi / 180.0;
}

constexpr double degrees(double radians) noexcept {
    return radians * 180.0 / std::numbers::pi;
}

Coordinate floor_of(double degrees) noexcept {
    return {static_cast<std::int64_t>(std::floor(degrees * kMillionths))};
}

Coordinate ceil_of(double degrees) noexcept {
    return {static_cast<std::int64_t>(std::ceil(degrees * kMillionths))};
}

}  // namespace

Position position_of(Coordinate latitude, Coordinate longitude) noexcept {
    return {static_cast<double>(latitude.unscaled) / kMillionths,
            static_cast<double>(longitude.unscaled) / kMillionths};
}

Coordinate coordinate_of(double degrees) noexcept {
    return {static_cast<std::int64_t>(std::llround(degrees * kMillionths))};
}

bool is_valid(const Position& position) noexcept {
    // A comparison with NaN is false, so this refuses what is not finite, too.
    return std::abs(position.latitude) <= 90.0 && std::abs(position.longitude) <= 180.0;
}

double distance_km(const Position& a, const Position& b) noexcept {
    const double lat_a = radians(a.latitude);
    const double lat_b = radians(b.latitude);
    const double sin_lat = std::sin((lat_b - lat_a) / 2);
    const double sin_lon = std::sin(radians(b.longitude - a.longitude) / 2);
    const double h = sin_lat * sin_lat + std::cos(lat_a) * std::cos(lat_b) * sin_lon * sin_lon;
    return 2 * kEarthRadiusKm * std::asin(std::min(1.0, std::sqrt(h)));
}

Box box_around(const Position& centre, double radius_km) noexcept {
    // The asine below is steep near a quarter of the Earth's girth; there the box is everything.
    const double angle = radius_km / kEarthRadiusKm;
    const double lat_delta = degrees(angle);
    const double south = std::max(-90.0, centre.latitude - lat_delta);
    const double north = std::min(90.0, centre.latitude + lat_delta);
    const Box all_longitudes{floor_of(south), {-180'000'000}, ceil_of(north), {180'000'000}};
    if (south <= -90.0 || north >= 90.0) return all_longitudes;
    const double lon_delta =
        degrees(std::asin(std::sin(angle) / std::cos(radians(centre.latitude))));
    const double west = centre.longitude - lon_delta;
    const double east = centre.longitude + lon_delta;
    if (west < -180.0 || east > 180.0) return all_longitudes;
    return {floor_of(south), floor_of(west), ceil_of(north), ceil_of(east)};
}

bool inside_service_area(const Position& position) noexcept {
    return position.latitude >= kServiceAreaSouthWest.latitude &&
           position.latitude <= kServiceAreaNorthEast.latitude &&
           position.longitude >= kServiceAreaSouthWest.longitude &&
           position.longitude <= kServiceAreaNorthEast.longitude;
}

Position rounded_for_members(const Position& position) noexcept {
    return {std::round(position.latitude * kThousandths) / kThousandths,
            std::round(position.longitude * kThousandths) / kThousandths};
}

}  // namespace segurifai::apps
