#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "apps/gamification/choices.hpp"
#include "base/decimal.hpp"

namespace segurifai::gamification {

/// A level and the total points from which it is held (RULES §9).
struct LevelThreshold {
    Level level;
    std::int32_t points;
};

inline constexpr std::array kLevelThresholds{
    LevelThreshold{Level::kNovato, 0},      LevelThreshold{Level::kAprendiz, 100},
    LevelThreshold{Level::kConocedor, 250}, LevelThreshold{Level::kExperto, 500},
    LevelThreshold{Level::kMaestro, 1000},
};

/// The level that `points` (0 and more) give: `nivel` always matches `puntos_totales`.
[[nodiscard]] constexpr Level level_of(std::int32_t points) noexcept {
    Level level = kLevelThresholds.front().level;
    for (const LevelThreshold& threshold : kLevelThresholds)
        if (points >= threshold.points) level = threshold.level;
    return level;
}

/// The promotional code that reaching a level issues: personal, one use, a percentage, on any
/// plan and from any amount.
struct LevelReward {
    Level reached;
    std::int32_t percent;
    std::optional<Money> max_discount;  ///< nothing = the percentage alone decides
    std::int32_t valid_days;
    std::string_view code_prefix;  ///< followed by kRewardSuffixSize characters made by chance
};

inline constexpr std::size_t kRewardSuffixSize = 8;

inline constexpr std::array kLevelRewards{
    LevelReward{Level::kAprendiz, 2, std::nullopt, 30, "APR-"},
    LevelReward{Level::kConocedor, 3, std::nullopt, 30, "CON-"},
    LevelReward{Level::kExperto, 5, std::nullopt, 45, "EXP-"},
    LevelReward{Level::kMaestro, 7, Money{50'00}, 60, "MAE-"},
};

/// The credit (a REWARD) for the first module a member ever passes.
inline constexpr Money kFirstModuleReward{5'00};

}  // namespace segurifai::gamification
