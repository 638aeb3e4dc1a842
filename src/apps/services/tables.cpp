#include "apps/services/tables.hpp"

#include <array>

namespace segurifai::services {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 3> kTables{&model::table_of<ServiceCategory>(),
                                                                &model::table_of<ServicePlan>(),
                                                                &model::table_of<UserService>()};
    return kTables;
}

}  // namespace segurifai::services
