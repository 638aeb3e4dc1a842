#pragma once

#include <string_view>

/// When a request ended, in SQL, for statements over many requests; visible_request.hpp has
/// ended_at() for one.
namespace segurifai::assistance {

/// True for an ended request `r`.
inline constexpr std::string_view kEndedSql = "r.status IN ('COMPLETED', 'CANCELLED')";

/// The instant at which the ended request `r` ended: its last change of status. Rows that came
/// from elsewhere may have no timeline.
inline constexpr std::string_view kEndedAtSql =
    "COALESCE((SELECT MAX(u.created_at) FROM assistance_requestupdate u WHERE u.request_id = r.id "
    "AND u.update_type = 'STATUS_CHANGE'), r.completed_at, r.updated_at)";

}  // namespace segurifai::assistance
