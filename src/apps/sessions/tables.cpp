#include "apps/sessions/tables.hpp"

#include <array>

namespace segurifai::sessions {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 5> kTables{
        &model::table_of<Session>(), &model::table_of<RefreshToken>(),
        &model::table_of<OneTimeCode>(), &model::table_of<Proof>(),
        &model::table_of<SignInFailure>()};
    return kTables;
}

}  // namespace segurifai::sessions
