#pragma once

#include <vector>

#include "cli/command.hpp"
#include "migrate/executor.hpp"

namespace segurifai::cli {

/// Whether the URL names an SQLite file that does not exist.
[[nodiscard]] bool is_missing_file(const sql::DatabaseUrl& url);

/// Prints planned migrations with their labels, their steps and what those cost on this database,
/// and the linter's findings.
[[nodiscard]] Outcome<Exit> print_plan(sql::Session& session,
                                       const migrate::MigrationGraph& history,
                                       migrate::Executor& executor,
                                       const std::vector<migrate::PlannedMigration>& planned,
                                       Terminal& terminal);

}  // namespace segurifai::cli
