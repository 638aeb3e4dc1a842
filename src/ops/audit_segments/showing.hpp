#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/uuid.hpp"
#include "ops/audit_segments/folder.hpp"
#include "ops/audit_segments/month.hpp"
#include "ops/audit_segments/segment_reader.hpp"
#include "security/secrets.hpp"
#include "sql/session.hpp"

namespace segurifai::audit_segments {

/// Which events are shown; what is not set does not matter.
struct EventFilter {
    std::optional<std::string> object_table = {};
    std::optional<std::string> object_id = {};
    std::optional<Uuid> actor_id = {};
};

/// Gives the events of a month to `sink`, oldest first, as canonical JSON: from its segment when it
/// is closed, else from the database. Memory does not depend on their number. Returns how many.
///
/// kNotFound when the segment was removed after its two years; kCorrupt, after the events before
/// that place, when the segment is not as it was written.
[[nodiscard]] Result<std::int64_t> show_events(sql::Session& session, Folder& folder,
                                               const security::Secrets& secrets, Month month,
                                               const EventFilter& filter, const EventSink& sink);

}  // namespace segurifai::audit_segments
