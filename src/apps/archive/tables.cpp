#include "apps/archive/tables.hpp"

#include <array>

namespace segurifai::archive {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 3> kTables{&model::table_of<ArchivedRequest>(),
                                                                &model::table_of<LegalHold>(),
                                                                &model::table_of<RequestLink>()};
    return kTables;
}

}  // namespace segurifai::archive
