#include "apps/users/tables.hpp"

#include <array>

#include "apps/users/archive_tables.hpp"
#include "apps/users/staff_tables.hpp"

namespace segurifai::users {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 4> kTables{
        &model::table_of<User>(), &model::table_of<StaffScope>(),
        &model::table_of<AccountSettings>(), &model::table_of<ArchivedAccount>()};
    return kTables;
}

}  // namespace segurifai::users
