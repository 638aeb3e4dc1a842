#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "ops/audit_segments/folder.hpp"
#include "ops/audit_segments/live_events.hpp"
#include "ops/audit_segments/month.hpp"
#include "security/secrets.hpp"

namespace segurifai::audit_segments {

/// Which events of closed months are looked for, and how far.
struct Browse {
    bool newest_first = true;
    std::optional<EventKey> after =
        {};                           ///< in that direction, without it; nothing = from its start
    Instant from{kInstantMinMicros};  ///< no event outside [from, to] is wanted
    Instant to{kInstantMaxMicros};
    Instant as_of;               ///< now: segments whose two years are over may be gone
    std::size_t events_max = 1;  ///< 1 and more
    std::size_t frames_max = 8;  ///< frames, a megabyte of text each, that are looked through
    /// Whether an event, as canonical JSON, is wanted.
    std::function<Result<bool>(std::string_view event)> is_wanted;
};

struct Browsed {
    std::vector<std::string> events;  ///< canonical JSON, in the direction asked for
    /// How far it was looked when frames_max ended it; nothing when it came to the end of the
    /// months, or found events_max events.
    std::optional<EventKey> stopped_at;
};

/// Events of segments, a page at a time: it goes to the frame where `after` is and reads on from
/// there, so that a page costs the same wherever it is. `months`: closed ones whose segments are
/// there, oldest first. Each frame is compared with its manifest, which is under the keys of
/// `secrets`: kCorrupt and archive_damaged, with the month, when it is not what was written, or
/// when a file is missing before its time. A segment that was removed meanwhile because its two
/// years are over is passed over. Blocking.
[[nodiscard]] Result<Browsed> browse(Folder& folder, const security::Secrets& secrets,
                                     std::span<const Month> months, const Browse& asked);

}  // namespace segurifai::audit_segments
