#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "migrate/executor.hpp"
#include "migrate/linter.hpp"
#include "migrate/step.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {

/// How large a live table is, as the engine's statistics say; nothing is counted.
struct TableSize {
    std::int64_t rows = 0;
    std::int64_t bytes =
        0;  ///< with indexes; 0 where the engine does not tell (some SQLite builds)
};
using TableSizes = std::map<std::string, TableSize, std::less<>>;

/// The sizes of all tables of the session's database, in one statement on PostgreSQL. SQLite: rows
/// by the largest rowid, which is never less than the rows of a table that only grows.
[[nodiscard]] Result<TableSizes> table_sizes(sql::Session& session);

/// Rows a second of the three ways a step goes through a table. From 5,000,000 rows on 2 cores:
/// a rewrite took 20 s, SET NOT NULL 10.3 s, one UPDATE of all rows 87 s.
struct Rates {
    double rewrite = 250'000;
    double scan = 485'000;
    double update = 57'000;
};

/// What a step goes through on a live database.
struct StepEstimate {
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
    double seconds = 0;  ///< rough; waiting for a lock not included
};

/// What a step costs on tables of this size; 0 seconds for what is done in the catalogue alone.
[[nodiscard]] StepEstimate estimate(const Step& step, const TableSizes& sizes,
                                    const Rates& rates = {});

/// One planned migration with its steps and what the linter says of it.
struct PlannedSteps {
    PlannedMigration planned;
    std::vector<Step> steps;
    std::vector<Finding> findings;
};

/// The plan as a person reads it: per migration its label, per step what it locks, reads or
/// writes, on how many rows and bytes, and how long that takes about; then the findings.
[[nodiscard]] std::string explain_plan(std::span<const PlannedSteps> plan, const TableSizes& sizes,
                                       sql::Engine engine);

/// The same with the sizes of a live database.
[[nodiscard]] Result<std::string> explain_plan(sql::Session& session,
                                               std::span<const PlannedSteps> plan);

/// What a lock means for traffic: "reads and writes wait".
[[nodiscard]] std::string_view in_words(Lock lock) noexcept;

}  // namespace segurifai::migrate
