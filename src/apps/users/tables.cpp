#include "apps/users/tables.hpp"

#include <array>

namespace segurifai::users {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 1> kTables{&model::table_of<User>()};
    return kTables;
}

}  // namespace segurifai::users
