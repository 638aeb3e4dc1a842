#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace segurifai::http {

/// A text as people send it, made into the one the platform keeps (API §1.4): trimmed of spaces
/// (also U+00A0) and line feeds at both ends, in NFC; empty when none of it can be seen, as U+200B.
/// `text` is well-formed UTF-8. The answer lies in `text` where nothing but the ends changed, else
/// in `buffer`. Nothing when it has a control character that is no line feed.
[[nodiscard]] std::optional<std::string_view> tidy_text(std::string_view text, std::string& buffer);

}  // namespace segurifai::http
