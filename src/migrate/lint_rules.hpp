#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/linter.hpp"
#include "migrate/sql_words.hpp"

namespace segurifai::migrate::rules {

/// What a rule looks at: one operation, and the schema just before it.
struct Subject {
    const Operation& operation;
    const SchemaState& before;
    const Migration& migration;
    const LiveTables& live;
    const std::set<std::string, std::less<>>& fresh;  ///< tables this migration itself made

    /// Whether the table exists before this migration: only then somebody uses it.
    [[nodiscard]] bool in_use(std::string_view table) const { return !fresh.contains(table); }
    [[nodiscard]] bool big(std::string_view table) const {
        return live.rows(table) >= live.online_from_rows;
    }
    /// The column as it is before an AlterColumn; nullptr when the operation is another.
    [[nodiscard]] const ColumnState* altered() const;
};

/// Why a rule applies to a subject; the severity only where it differs from the rule's.
struct Hit {
    std::string why;
    std::optional<Severity> severity = {};
};
using Hits = std::vector<Hit>;

/// One rule: what it is called, what it looks for, and what to do instead.
struct Rule {
    std::string_view name;
    Severity severity = Severity::kWarning;
    std::string_view about;
    Hits (*find)(const Subject& subject) = nullptr;
    std::vector<std::string> instead = {};
};

[[nodiscard]] std::span<const Rule> column_rules();
[[nodiscard]] std::span<const Rule> table_rules();
[[nodiscard]] std::span<const Rule> sql_rules();

/// A rule over a whole migration.
struct MigrationRule {
    std::string_view name;
    Severity severity = Severity::kWarning;
    std::string_view about;
    Hits (*find)(const Migration& migration, const LiveTables& live) = nullptr;
    std::vector<std::string> instead = {};
};
[[nodiscard]] std::span<const MigrationRule> migration_rules();

/// Whether an SQL text changes rows (UPDATE, DELETE, INSERT … SELECT, MERGE).
[[nodiscard]] bool changes_rows(std::string_view sql);

/// How the engine goes about it on a table of this size.
[[nodiscard]] std::string how(const Subject& subject, std::string_view table,
                              std::string_view online, std::string_view direct);

}  // namespace segurifai::migrate::rules
