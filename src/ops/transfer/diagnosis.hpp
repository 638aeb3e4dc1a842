#pragma once

#include <map>

#include "base/error.hpp"
#include "model/registry.hpp"
#include "ops/transfer/intake.hpp"
#include "ops/transfer/spool.hpp"
#include "sql/session.hpp"

namespace segurifai::transfer {

/// Finds every row of a refused load that breaks a unique rule, a foreign key or a table's check,
/// against the other rows of the load and what is stored already, and adds them to `faults`. Works
/// on temporary copies in a transaction that is rolled back.
[[nodiscard]] Result<void> diagnose(sql::Session& session, const model::Registry& registry,
                                    std::map<const model::Table*, Spool>& spools,
                                    FaultList& faults);

}  // namespace segurifai::transfer
