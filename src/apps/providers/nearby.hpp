#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/providers/provider_view.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"

// Which units could come (API §2.5, providers.nearby).

namespace segurifai::providers {

inline constexpr std::int32_t kNearbyMax = 20;
/// As far as the last wave of dispatch looks.
inline constexpr double kNearbyKm = 50;

struct NearbyQuery {
    static constexpr std::string_view kShape = "NearbyQuery";
    Coordinate latitude;
    Coordinate longitude;
    std::string service_code;
    std::optional<std::int32_t> limit;
    static consteval auto fields() {
        return std::array{
            http::field<&NearbyQuery::latitude>("latitude", {.min = "-90", .max = "90"}),
            http::field<&NearbyQuery::longitude>("longitude", {.min = "-180", .max = "180"}),
            http::field<&NearbyQuery::service_code>("service_code", {.length = 40}),
            http::field<&NearbyQuery::limit>("limit", {.min = "1", .max = "20"})};
    }
};

struct PositionView {
    static constexpr std::string_view kShape = "UnitPosition";
    Coordinate latitude;
    Coordinate longitude;
    static consteval auto fields() {
        return std::array{http::field<&PositionView::latitude>("latitude"),
                          http::field<&PositionView::longitude>("longitude")};
    }
};

struct NearbyUnit {
    static constexpr std::string_view kShape = "NearbyUnit";
    Card provider;
    double distance_km = 0;  ///< by road, two decimals
    std::int32_t eta_minutes = 0;
    PositionView position;  ///< to three decimals for members
    static consteval auto fields() {
        return std::array{http::field<&NearbyUnit::provider>("provider"),
                          http::field<&NearbyUnit::distance_km>("distance_km"),
                          http::field<&NearbyUnit::eta_minutes>("eta_minutes"),
                          http::field<&NearbyUnit::position>("position")};
    }
};

/// providers.nearby: the eligible units, the quickest by road first. kOutsideArea; a fault of
/// `service_code` that is no service.
[[nodiscard]] Task<Result<std::vector<NearbyUnit>>> nearby(http::Call& call, NearbyQuery query);

}  // namespace segurifai::providers
