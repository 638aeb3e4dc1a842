#pragma once

#include <string>
#include <vector>

#include "http/answer.hpp"
#include "http/request.hpp"

namespace segurifai::http {

/// Which web pages of other origins may call (API §1.7): exactly those listed, no patterns. They
/// may use the refresh cookie as well, as far as browsers send it from there.
struct CorsOptions {
    std::vector<std::string> origins;  ///< "https://app.segurifai.gt", without a slash at the end
};

/// Adds the headers that let the page of a listed origin read this answer. Nothing for any other.
/// True when the request has a listed origin.
bool allow_origin(const CorsOptions& options, const Request& request, Answer& answer);

/// Whether this is a browser's question before a call (OPTIONS with Origin and
/// Access-Control-Request-Method).
[[nodiscard]] bool is_preflight(const Request& request) noexcept;

/// Answers such a question: 204, with what may be called when the origin is listed. `allow` are
/// the methods of the path.
void answer_preflight(const CorsOptions& options, const Request& request, std::string_view allow,
                      Answer& answer);

}  // namespace segurifai::http
