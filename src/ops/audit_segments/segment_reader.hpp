#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "ops/audit_segments/folder.hpp"
#include "ops/audit_segments/manifest.hpp"

namespace segurifai::audit_segments {

/// One thing that is not as it was written, and where.
struct Finding {
    std::string file = {};   ///< as a person finds it; empty: in the database
    std::int64_t frame = 0;  ///< counted from 1; 0: not in a frame
    std::int64_t line = 0;   ///< counted from 1 over the whole segment; 0: not at a line
    std::string what;        ///< a sentence

    friend bool operator==(const Finding&, const Finding&) = default;
};

/// "var/archive/audit/2026-11.zst, frame 2, line 118: …"
[[nodiscard]] std::string to_string(const Finding& finding);

/// Gets one event after the other, as canonical JSON. An error ends the reading and is returned.
using EventSink = std::function<Result<void>(std::string_view event)>;

/// Reads a segment from its beginning to its end and says what first differs from its manifest;
/// nothing when it is what was written. Memory does not depend on its size. An event is given to
/// `sink` (which may be empty) only when the whole of its frame was found right.
[[nodiscard]] Result<std::optional<Finding>> check_segment(Folder& folder, const Manifest& manifest,
                                                           const EventSink& sink);

}  // namespace segurifai::audit_segments
