#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/migration.hpp"
#include "migrate/step.hpp"

namespace segurifai::migrate {

enum class Severity : std::uint8_t {
    kNote,     ///< worth knowing; the safe form is used by itself
    kWarning,  ///< locks, rewrites or loses something; an author should look
    kError,    ///< would fail or break the release that is still running
};

/// One thing a migration would do that somebody should know before.
struct Finding {
    std::string rule;  ///< "adding-required-field", stable: migrations allow it by name
    Severity severity = Severity::kWarning;
    std::string operation;             ///< describe(operation)
    std::string why;                   ///< what would happen
    std::vector<std::string> instead;  ///< the safe sequence
};

/// Looks at one migration from the state before it. `live` tells which tables are big. Findings of
/// rules that the migration allows are left out: its author has looked. Fails with kConflict when
/// an operation does not fit the state.
[[nodiscard]] Result<std::vector<Finding>> lint(const Migration& migration,
                                                const SchemaState& before,
                                                const LiveTables& live = {});

/// Every rule by name with what it looks for: for help, completion and documentation.
struct RuleSummary {
    std::string_view name;
    std::string_view about;
};
[[nodiscard]] std::vector<RuleSummary> lint_rules();

/// "note", "warning", "error".
[[nodiscard]] std::string_view label(Severity severity) noexcept;

/// A finding as a person reads it: rule, operation, why, and the safe sequence, several lines.
[[nodiscard]] std::string to_text(const Finding& finding);

}  // namespace segurifai::migrate
