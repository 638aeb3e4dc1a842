#include "apps/providers/tables.hpp"

#include <array>

namespace segurifai::providers {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 4> kTables{
        &model::table_of<Provider>(), &model::table_of<ProviderLocation>(),
        &model::table_of<ProviderLocationHistory>(), &model::table_of<ProviderReview>()};
    return kTables;
}

}  // namespace segurifai::providers
