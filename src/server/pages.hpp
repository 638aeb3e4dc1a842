#pragma once

#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/call.hpp"

namespace segurifai::server {

/// What a page may load and do: our own style sheet, and nothing else.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

/// The style sheet of the pages.
[[nodiscard]] std::string_view style_sheet() noexcept;

/// The page at "/": what runs here, and where to go on. `base`: "http://127.0.0.1:8000", of this
/// server as its machine calls it.
[[nodiscard]] std::string start_page(http::Language language, std::string_view version,
                                     std::string_view base);

/// A word of API §1.5 and what it says, for the list of refusals.
struct RefusalLine {
    int status = 0;
    std::string_view code;
    std::string_view sentence;
};

/// Every word that an answer may have as its code: problems point at their places in the page.
[[nodiscard]] std::vector<RefusalLine> refusal_lines();

/// The documentation, made from the OpenAPI document. Works without scripts and outside files.
[[nodiscard]] std::string docs_page(const boost::json::value& document,
                                    std::span<const RefusalLine> refusals);

}  // namespace segurifai::server
