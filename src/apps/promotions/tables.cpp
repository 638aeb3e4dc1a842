#include "apps/promotions/tables.hpp"

#include <array>

namespace segurifai::promotions {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 2> kTables{&model::table_of<PromoCode>(),
                                                                &model::table_of<PromoCodeUsage>()};
    return kTables;
}

}  // namespace segurifai::promotions
