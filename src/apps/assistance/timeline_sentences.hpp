#pragma once

#include <string_view>

#include "apps/assistance/tables.hpp"
#include "http/call.hpp"

namespace segurifai::assistance {

/// What a line of a timeline says to who reads it in `language`. The platform's own sentences are
/// stored in Spanish and have their English here, found by the type of the line and the whole
/// sentence; a note is the platform's when nobody wrote it and its metadata has a `kind`. What
/// people wrote, and what other programs stored, stays as it is. Lives as long as `line`.
[[nodiscard]] std::string_view message_in(http::Language language,
                                          const RequestUpdate& line) noexcept;

}  // namespace segurifai::assistance
