#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/call.hpp"
#include "http/request.hpp"
#include "http/route.hpp"

/// What the other side can read and in which language (RFC 9110 §12).
namespace segurifai::http {

/// The two shapes of an error.
enum class ProblemShape : std::uint8_t { kPlain, kRfc9457 };

/// The better of the two languages by Accept-Language with its q-values; Spanish when it names
/// neither, and when both are equal.
[[nodiscard]] Language language_of(std::optional<std::string_view> accept_language) noexcept;

/// "es", "en".
[[nodiscard]] std::string_view code_of(Language language) noexcept;

struct Accepted {
    bool json = true;  ///< application/json, application/* or */*, or nothing was said
    bool any = true;   ///< there is something that we may have: at least one q above 0
    ProblemShape problem = ProblemShape::kPlain;
};
/// Reads Accept. application/problem+json speaks of errors and does not refuse JSON.
[[nodiscard]] Accepted accepted_of(std::optional<std::string_view> accept) noexcept;

/// Whether Accept allows `type` ("text/html"); its most specific range counts.
[[nodiscard]] bool accepts(std::optional<std::string_view> accept, std::string_view type) noexcept;

/// Whether a body of this Content-Type may be sent to a route: application/json, with charset
/// utf-8 or none; application/merge-patch+json as well for PATCH; multipart/form-data with a
/// boundary for forms.
[[nodiscard]] bool is_media_of(const Route& route, std::string_view content_type) noexcept;

}  // namespace segurifai::http
