#pragma once

#include "base/decimal.hpp"

namespace segurifai::apps {

/// A place on the Earth, in degrees. 0 is a valid coordinate.
struct Position {
    double latitude = 0;   ///< −90 to 90
    double longitude = 0;  ///< −180 to 180

    friend bool operator==(const Position&, const Position&) = default;
};

[[nodiscard]] Position position_of(Coordinate latitude, Coordinate longitude) noexcept;

/// `degrees` (finite, within ±180) with six decimals, the nearest.
[[nodiscard]] Coordinate coordinate_of(double degrees) noexcept;

/// Finite, and within the ranges above.
[[nodiscard]] bool is_valid(const Position& position) noexcept;

/// The great-circle distance, by the haversine formula on a sphere of 6371.0088 km (the mean radius
/// of IUGG). Within 0.5 % of the ellipsoid.
[[nodiscard]] double distance_km(const Position& a, const Position& b) noexcept;

/// A range of latitudes and longitudes, both ends included.
struct Box {
    Coordinate south;
    Coordinate west;
    Coordinate north;
    Coordinate east;
};

/// The smallest box that holds every position within `radius_km` (≥ 0) of `centre`, rounded
/// outwards: a filter for SQL before the distance is measured. All longitudes where the circle
/// holds a pole or crosses the 180th meridian.
[[nodiscard]] Box box_around(const Position& centre, double radius_km) noexcept;

/// Where the platform serves: Guatemala and a margin (SEED_DATA §7).
inline constexpr Position kServiceAreaSouthWest{13.70, -92.30};
inline constexpr Position kServiceAreaNorthEast{17.85, -88.15};

/// Whether a position can be served. The edges belong to the area.
[[nodiscard]] bool inside_service_area(const Position& position) noexcept;

/// Three decimals, about 110 m: what members see of units that are not theirs (API §2.5), and what
/// a share link shows of the destination (API §2.8).
[[nodiscard]] Position rounded_for_members(const Position& position) noexcept;

}  // namespace segurifai::apps
