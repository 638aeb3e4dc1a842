#include "migrate/linter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "migrate/lint_rules.hpp"

namespace segurifai::migrate {

namespace rules {

const ColumnState* Subject::altered() const {
    const auto* alter = std::get_if<AlterColumn>(&operation);
    if (alter == nullptr) return nullptr;
    const TableState* table = before.find(alter->table);
    return table == nullptr ? nullptr : table->find_column(alter->column.number);
}

std::string how(const Subject& subject, std::string_view table, std::string_view online,
                std::string_view direct) {
    const std::int64_t rows = subject.live.rows(table);
    if (!subject.big(table)) return std::string(direct);
    return fmt::format("{} ({} has about {} rows)", online, table, rows);
}

}  // namespace rules

namespace {

using namespace rules;

template <class AnyRule>
void report(const AnyRule& rule, Hits hits, const std::string& operation,
            std::span<const std::string> allow, std::vector<Finding>& findings) {
    if (std::ranges::find(allow, rule.name) != allow.end()) return;
    for (Hit& hit : hits)
        findings.push_back({.rule = std::string(rule.name),
                            .severity = hit.severity.value_or(rule.severity),
                            .operation = operation,
                            .why = std::move(hit.why),
                            .instead = rule.instead});
}

/// Keeps the names of the tables that the migration made itself.
void follow(const Operation& operation, std::set<std::string, std::less<>>& fresh) {
    if (const auto* create = std::get_if<CreateTable>(&operation)) fresh.insert(create->table.name);
    if (const auto* rename = std::get_if<RenameTable>(&operation))
        if (fresh.erase(rename->from) > 0) fresh.insert(rename->to);
}

}  // namespace

Result<std::vector<Finding>> lint(const Migration& migration, const SchemaState& before,
                                  const LiveTables& live) {
    const std::span<const std::string> allow = migration.allow;
    std::vector<Finding> findings;
    SchemaState state = before;
    std::set<std::string, std::less<>> fresh;
    for (const Operation& operation : migration.operations) {
        const Subject subject{operation, state, migration, live, fresh};
        const std::string about = describe(operation);
        for (const auto set : {column_rules(), table_rules(), sql_rules()})
            for (const Rule& rule : set) report(rule, rule.find(subject), about, allow, findings);
        SEGURIFAI_TRY(apply(state, operation));
        follow(operation, fresh);
    }
    for (const MigrationRule& rule : migration_rules())
        report(rule, rule.find(migration, live), "the migration as a whole", allow, findings);
    return findings;
}

std::vector<RuleSummary> lint_rules() {
    std::vector<RuleSummary> summaries;
    for (const auto set : {column_rules(), table_rules(), sql_rules()})
        for (const Rule& rule : set) summaries.push_back({rule.name, rule.about});
    for (const MigrationRule& rule : migration_rules())
        summaries.push_back({rule.name, rule.about});
    std::ranges::sort(summaries, {}, &RuleSummary::name);
    return summaries;
}

std::string_view label(Severity severity) noexcept {
    switch (severity) {
        case Severity::kNote: return "note";
        case Severity::kWarning: return "warning";
        case Severity::kError: return "error";
    }
    return "note";
}

std::string to_text(const Finding& finding) {
    std::string text = fmt::format("{}[{}]: {}\n  {}\n", label(finding.severity), finding.rule,
                                   finding.operation, finding.why);
    for (std::size_t i = 0; i < finding.instead.size(); ++i)
        fmt::format_to(std::back_inserter(text), "    {}. {}\n", i + 1, finding.instead[i]);
    return text;
}

}  // namespace segurifai::migrate
