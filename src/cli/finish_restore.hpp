#pragma once

#include <vector>

#include "cli/command.hpp"
#include "ops/backup/after_restore.hpp"
#include "sql/session.hpp"

namespace segurifai::cli {

/// What a restored database needs before anybody may work with it: the steps of every restore, and
/// the erasures of this installation's list, which were perhaps made after the moment restored to.
/// After all of them it is settled, and may be served (backup::is_settled).
/// A list that cannot be read wholly is kCorrupt, and so is one that is missing although the
/// database has accounts that stand on it: a person who was erased would be back.
[[nodiscard]] Result<std::vector<backup::StepDone>> finish_restore(sql::Session& session,
                                                                   const Context& context);

}  // namespace segurifai::cli
