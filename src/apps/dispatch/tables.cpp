#include "apps/dispatch/tables.hpp"

#include <array>

namespace segurifai::dispatch {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 4> kTables{
        &model::table_of<Search>(), &model::table_of<Offer>(), &model::table_of<Assignment>(),
        &model::table_of<Decision>()};
    return kTables;
}

}  // namespace segurifai::dispatch
