#include "apps/audit/tables.hpp"

#include <array>

namespace segurifai::audit {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 1> kTables{&model::table_of<AuditEvent>()};
    return kTables;
}

}  // namespace segurifai::audit
