#pragma once

#include <cstddef>
#include <functional>

#include "base/error.hpp"
#include "model/table.hpp"
#include "sql/session.hpp"

/// What PostgreSQL looks at when a row goes that others may refer to. For each row of a table that
/// positions refer to it looks into every day of them (docs/adr/0027).
namespace segurifai::retention {

/// Whether this transaction may delete rows of `table` without those looks, until its end:
/// PostgreSQL allows it, each statement sees what was committed before it, the table has no trigger
/// of somebody else's, and no more refers to it than the `references` that the caller knows of.
[[nodiscard]] Result<bool> may_skip_reference_checks(sql::Session& session,
                                                     const model::Table& table,
                                                     std::size_t references);

/// Runs `deletion` without them, inside a transaction that holds the rows and has deleted or parted
/// all that refers to them. A failure fails the transaction.
[[nodiscard]] Result<void> without_reference_checks(sql::Session& session,
                                                    const std::function<Result<void>()>& deletion);

}  // namespace segurifai::retention
