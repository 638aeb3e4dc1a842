#pragma once

#include <string>
#include <string_view>

namespace segurifai::server {

/// Text as it stands in HTML, in an element or in an attribute's double quotes.
inline void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
}

[[nodiscard]] inline std::string escaped(std::string_view text) {
    std::string out;
    append_escaped(out, text);
    return out;
}

}  // namespace segurifai::server
