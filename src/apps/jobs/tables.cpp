#include "apps/jobs/tables.hpp"

#include <array>

namespace segurifai::jobs {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 2> kTables{&model::table_of<Job>(),
                                                                &model::table_of<ScheduledKind>()};
    return kTables;
}

}  // namespace segurifai::jobs
