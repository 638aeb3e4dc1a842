#pragma once

#include "base/error.hpp"
#include "ops/retention/retention.hpp"
#include "sql/session.hpp"

namespace segurifai::retention {

/// Deletes the archived requests whose `purge_at` is `now` or earlier, with the files of their
/// documents. What stays of them is their number beside the payments and reviews they had. kCorrupt
/// when one does not unpack: its files are not known then, and it stays.
[[nodiscard]] Result<Line> purge_archive(sql::Session& session, Instant now,
                                         const Options& options);

}  // namespace segurifai::retention
