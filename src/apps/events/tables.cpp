#include "apps/events/tables.hpp"

#include <array>

namespace segurifai::events {

std::span<const model::Table* const> tables() noexcept {
    static constexpr std::array<const model::Table*, 1> kTables{&model::table_of<OutboxEvent>()};
    return kTables;
}

}  // namespace segurifai::events
