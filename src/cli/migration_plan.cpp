#include "cli/migration_plan.hpp"

#include <filesystem>

#include "migrate/plan.hpp"

namespace segurifai::cli {

bool is_missing_file(const sql::DatabaseUrl& url) {
    std::error_code unreadable;
    return url.engine == sql::Engine::kSqlite &&
           !std::filesystem::exists(url.location, unreadable) && !unreadable;
}

Outcome<Exit> print_plan(sql::Session& session, const migrate::MigrationGraph& history,
                         migrate::Executor& executor,
                         const std::vector<migrate::PlannedMigration>& planned,
                         Terminal& terminal) {
    if (planned.empty()) {
        terminal.line("Nothing to do: everything is applied.");
        return Exit::kOk;
    }
    std::vector<migrate::PlannedSteps> explained;
    for (const migrate::PlannedMigration& one : planned) {
        migrate::PlannedSteps entry{.planned = one};
        SEGURIFAI_TRY_AS(entry.steps, executor.steps(one));
        if (one.direction == migrate::Direction::kForwards) {
            SEGURIFAI_TRY_AS(const auto before,
                             history.state_after(history.ancestors(one.migration->id)));
            SEGURIFAI_TRY_AS(entry.findings, migrate::lint(*one.migration, before));
        }
        explained.push_back(std::move(entry));
    }
    SEGURIFAI_TRY_AS(const std::string text, migrate::explain_plan(session, explained));
    terminal.print(text);
    return Exit::kOk;
}

}  // namespace segurifai::cli
