#include "apps/paq_wallet/tables.hpp"

#include <array>

namespace segurifai::paq_wallet {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 2> kTables{&model::table_of<PaqWalletLink>(),
                                                                &model::table_of<PaqTransaction>()};
    return kTables;
}

}  // namespace segurifai::paq_wallet
