#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace segurifai::http {

/// What is sent back. The connection adds Date, Content-Length, Connection and the security
/// headers, and leaves the body out for HEAD.
struct Answer {
    int status = 200;
    std::string_view content_type = "application/json";  ///< empty = no body, no header
    std::string body;
    /// Further headers. Names are constants; values hold no CR or LF (whoever sets one from what
    /// came in has checked it).
    std::vector<std::pair<std::string_view, std::string>> headers;
    bool close = false;  ///< end the connection after this answer

    void set(std::string_view name, std::string value) {
        headers.emplace_back(name, std::move(value));
    }
};

/// "OK" for 200 and so on; empty for a status that is not ours.
[[nodiscard]] std::string_view reason_of(int status) noexcept;

}  // namespace segurifai::http
