#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/decimal.hpp"

// What a unit earns with a job (RULES §7).

namespace segurifai::dispatch {

struct BaseEarning {
    std::string_view service_code;
    Money base;
};

inline constexpr std::array kBaseEarnings{
    BaseEarning{"LOCKSMITH", {75'00}},  BaseEarning{"FUEL", {50'00}},
    BaseEarning{"TYRE", {60'00}},       BaseEarning{"JUMP_START", {45'00}},
    BaseEarning{"AMBULANCE", {150'00}}, BaseEarning{"TOW", {200'00}},
};
/// Every other service.
inline constexpr Money kOtherBaseEarning{50'00};

inline constexpr Decimal<6, 2> kFreeDistance{3'00};   ///< km within the base
inline constexpr std::int64_t kCentavosPerKm = 5'00;  ///< beyond it

struct Earnings {
    Money base;
    Money distance_bonus;

    [[nodiscard]] constexpr Money total() const noexcept {
        return {base.unscaled + distance_bonus.unscaled};
    }
    friend bool operator==(const Earnings&, const Earnings&) = default;
};

/// The earnings of a job: by service code, and Q5 for each km beyond 3. `distance` is the road
/// estimate as stored with the offer or assignment, so that the same amount always comes out of
/// the same row; a hundredth of a km is 5 centavos, and nothing is left to round.
[[nodiscard]] constexpr Earnings earnings(std::string_view service_code,
                                          Decimal<6, 2> distance) noexcept {
    const auto* const found =
        std::ranges::find(kBaseEarnings, service_code, &BaseEarning::service_code);
    const std::int64_t beyond =
        std::max<std::int64_t>(0, distance.unscaled - kFreeDistance.unscaled);
    static_assert(kCentavosPerKm % 100 == 0);
    return {.base = found == kBaseEarnings.end() ? kOtherBaseEarning : found->base,
            .distance_bonus = {beyond * (kCentavosPerKm / 100)}};
}

}  // namespace segurifai::dispatch
