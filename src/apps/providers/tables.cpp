#include "apps/providers/tables.hpp"

#include <array>

#include "apps/providers/fleet_tables.hpp"

namespace segurifai::providers {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 6> kTables{
        &model::table_of<Provider>(),
        &model::table_of<ProviderLocation>(),
        &model::table_of<ProviderLocationHistory>(),
        &model::table_of<ProviderReview>(),
        &model::table_of<Vehicle>(),
        &model::table_of<Capability>()};
    return kTables;
}

}  // namespace segurifai::providers
