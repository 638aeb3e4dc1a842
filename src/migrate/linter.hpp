#pragma once

#include <cstdint>
#include <string>
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
    std::string rule;        ///< "adding-required-field", stable, for --allow and documentation
    Severity severity = Severity::kWarning;
    std::string operation;   ///< describe(operation)
    std::string why;         ///< what would happen
    std::vector<std::string> instead;  ///< the safe sequence
};

/// Looks at one migration from the state before it. `live` tells which tables are big.
[[nodiscard]] Result<std::vector<Finding>> lint(const Migration& migration,
                                                const SchemaState& before,
                                                const LiveTables& live = {});

/// What a step would hold and cost on a live PostgreSQL.
struct StepEstimate {
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
    double seconds = 0;  ///< rough: rewrite and scan rates measured on this kind of machine
};

}  // namespace segurifai::migrate
