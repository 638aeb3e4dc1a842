#include <fmt/format.h>

#include <array>

#include "migrate/lint_rules.hpp"

namespace segurifai::migrate::rules {

namespace {

/// Rows changed in a transaction that has already locked tables for a schema change.
Hits backfill_with_schema_change(const Migration& migration, const LiveTables&) {
    bool schema = false;
    bool rows = false;
    for (const Operation& operation : migration.operations) {
        const auto* run = std::get_if<RunSql>(&operation);
        schema = schema || (run == nullptr && !std::holds_alternative<CreateTable>(operation));
        rows =
            rows || (run != nullptr && (changes_rows(run->sqlite) || changes_rows(run->postgres)));
    }
    if (!schema || !rows) return {};
    return {{"The locks of the schema change are held for as long as the rows are changed."}};
}

/// Several large tables: one lock after the other is held until the migration ends.
Hits several_big_tables(const Migration& migration, const LiveTables& live) {
    std::set<std::string, std::less<>> big;
    for (const Operation& operation : migration.operations) {
        const std::string_view table = table_of(operation);
        if (!table.empty() && live.rows(table) >= live.online_from_rows) big.emplace(table);
    }
    if (big.size() < 2) return {};
    std::string names;
    for (const std::string& table : big) names += (names.empty() ? "" : ", ") + table;
    return {
        {fmt::format("{} are locked one after the other and all held to the end: traffic that "
                     "takes them in another order deadlocks with the migration.",
                     names)}};
}

}  // namespace

std::span<const MigrationRule> migration_rules() {
    static const std::array kRules{
        MigrationRule{"backfill-with-schema-change",
                      Severity::kWarning,
                      "rows and schema changed in one migration",
                      backfill_with_schema_change,
                      {"change the schema in one migration", "change the rows in the next one"}},
        MigrationRule{"several-big-tables",
                      Severity::kWarning,
                      "more than one large table changed in one migration",
                      several_big_tables,
                      {"write a migration for each table"}},
    };
    return kRules;
}

}  // namespace segurifai::migrate::rules
