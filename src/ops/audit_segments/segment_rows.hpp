#pragma once

#include <map>
#include <optional>
#include <string>

#include "apps/audit/tables.hpp"
#include "base/error.hpp"
#include "ops/audit_segments/manifests.hpp"
#include "sql/session.hpp"

namespace segurifai::audit_segments {

// The rows of audit_segment: what the database knows of the files.

using SegmentRows = std::map<Month, audit::AuditSegment>;

[[nodiscard]] Result<SegmentRows> read_rows(sql::Session& session);

/// In what a row and the manifest of its month differ, as a sentence; nothing when they agree.
[[nodiscard]] std::optional<std::string> difference(const audit::AuditSegment& row,
                                                    const Link& link);

/// Writes the row of a closed month unless there is one.
[[nodiscard]] Result<void> record_row(sql::Session& session, const Link& link);

/// Notes that a segment's file goes.
[[nodiscard]] Result<void> record_removal(sql::Session& session, audit::AuditSegment row,
                                          Instant at);

}  // namespace segurifai::audit_segments
