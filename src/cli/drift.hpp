#pragma once

#include <vector>

#include "cli/command.hpp"
#include "migrate/inspect.hpp"

namespace segurifai::cli {

/// A database beside the program's tables.
struct Comparison {
    migrate::LiveCounts counts;  ///< what there should be
    std::vector<migrate::Drift> drifts;
};

/// On PostgreSQL the tables as they should be are made in a scratch schema, inside a transaction
/// that is rolled back.
[[nodiscard]] Result<Comparison> compare_tables(sql::Session& session,
                                                const model::Registry& registry);

/// Prints every difference between a database and the program's tables, and what was compared.
/// Exit::kFaults when there is any.
[[nodiscard]] Outcome<Exit> print_drift(sql::Session& session, const Context& context);

}  // namespace segurifai::cli
