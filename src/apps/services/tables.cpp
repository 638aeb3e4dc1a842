#include "apps/services/tables.hpp"

#include <array>

#include "apps/services/grant_tables.hpp"

namespace segurifai::services {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 5> kTables{
        &model::table_of<ServiceCategory>(), &model::table_of<ServicePlan>(),
        &model::table_of<UserService>(), &model::table_of<SubscriptionGrant>(),
        &model::table_of<PayPerUsePrice>()};
    return kTables;
}

}  // namespace segurifai::services
