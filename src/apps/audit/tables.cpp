#include "apps/audit/tables.hpp"

#include <array>

namespace segurifai::audit {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 2> kTables{&model::table_of<AuditEvent>(),
                                                                &model::table_of<AuditSegment>()};
    return kTables;
}

}  // namespace segurifai::audit
