#pragma once

#include <functional>

#include "base/error.hpp"
#include "model/registry.hpp"
#include "sql/session.hpp"

/// What PostgreSQL looks at when a row goes that others may refer to. For each row of a table that
/// positions refer to it looks into every day of them (docs/adr/0027).
namespace segurifai::retention {

/// Whether a session may delete rows of `table` without those looks: PostgreSQL allows it, each
/// statement sees what was committed before it, the table has no trigger of somebody else's, and
/// nothing refers to it that `registry` does not know.
[[nodiscard]] Result<bool> may_skip_reference_checks(sql::Session& session,
                                                     const model::Registry& registry,
                                                     const model::Table& table);

/// Runs `deletion` without them, inside a transaction that holds the rows and has deleted or parted
/// all that refers to them. A failure fails the transaction.
[[nodiscard]] Result<void> without_reference_checks(sql::Session& session,
                                                    const std::function<Result<void>()>& deletion);

}  // namespace segurifai::retention
