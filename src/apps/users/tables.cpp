#include "apps/users/tables.hpp"

#include <array>

#include "apps/users/staff_tables.hpp"

namespace segurifai::users {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 3> kTables{
        &model::table_of<User>(), &model::table_of<StaffScope>(),
        &model::table_of<AccountSettings>()};
    return kTables;
}

}  // namespace segurifai::users
