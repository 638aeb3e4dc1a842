#include "apps/assistance/tables.hpp"

#include <array>

namespace segurifai::assistance {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 3> kTables{
        &model::table_of<AssistanceRequest>(), &model::table_of<RequestUpdate>(),
        &model::table_of<RequestDocument>()};
    return kTables;
}

}  // namespace segurifai::assistance
