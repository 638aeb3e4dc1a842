#include <fmt/format.h>

#include "apps/migrations.hpp"
#include "base/random.hpp"
#include "cli/drift.hpp"
#include "cli/examination/examination.hpp"
#include "migrate/executor.hpp"
#include "ops/backup/after_restore.hpp"

namespace segurifai::cli {

Result<void> examine_schema(const Examination& examination, sql::Session& session) {
    constexpr std::string_view kSchema = "schema";
    Findings& findings = examination.findings;
    SystemRandom random;
    SEGURIFAI_TRY_AS(const migrate::MigrationGraph history, apps::embedded_history());
    migrate::Executor executor(session, history, examination.context.clock, random);
    if (const auto same = executor.check_history(); !same) {
        findings.fault(kSchema, same.error().message, "segurifai showmigrations");
        return {};
    }
    SEGURIFAI_TRY_AS(const auto missing, executor.plan({}));
    if (!missing.empty()) {
        findings.fault(
            kSchema, fmt::format("{} migrations are not applied to this database.", missing.size()),
            "segurifai migrate");
        return {};
    }
    SEGURIFAI_TRY_AS(const bool is_settled, backup::is_settled(session));
    if (!is_settled)
        findings.fault(kSchema,
                       "It was brought back from a backup, and who was erased or signed out since "
                       "would be back; no server serves it.",
                       "segurifai restore --finish");
    SEGURIFAI_TRY_AS(const Comparison found, compare_tables(session, examination.context.registry));
    if (!found.drifts.empty())
        findings.fault(
            kSchema,
            fmt::format("{} differences between the tables and what they should be; the "
                        "first: {}: {}.",
                        found.drifts.size(), found.drifts.front().table, found.drifts.front().what),
            "segurifai checkdb");
    else if (is_settled)
        findings.well(kSchema, fmt::format("Every migration is applied, and {} tables are as they "
                                           "should be.",
                                           found.counts.tables));
    return {};
}

}  // namespace segurifai::cli
