#include "apps/platform/tables.hpp"

#include <array>

namespace segurifai::platform {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 1> kTables{&model::table_of<IdempotencyKey>()};
    return kTables;
}

}  // namespace segurifai::platform
