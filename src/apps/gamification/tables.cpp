#include "apps/gamification/tables.hpp"

#include <array>

namespace segurifai::gamification {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 6> kTables{
        &model::table_of<EducationalModule>(), &model::table_of<QuizQuestion>(),
        &model::table_of<Achievement>(),       &model::table_of<UserPoints>(),
        &model::table_of<UserAchievement>(),   &model::table_of<UserProgress>()};
    return kTables;
}

}  // namespace segurifai::gamification
