#pragma once

#include <optional>
#include <string_view>

#include "http/answer.hpp"
#include "http/request.hpp"

/// The refresh token of a browser: in a cookie that its scripts cannot read (API §2.2).
namespace segurifai::sessions {

inline constexpr std::string_view kRefreshCookie = "__Host-refresh";

/// The cookie's value; nothing without one.
[[nodiscard]] std::optional<std::string_view> refresh_cookie(const http::Request& request) noexcept;

/// Whether the request comes from a page of this very host: its Origin names the host (and port)
/// that the request was sent to. Without an Origin it does not.
[[nodiscard]] bool is_same_origin(const http::Request& request) noexcept;

void set_refresh_cookie(http::Answer& answer, std::string_view token);
void clear_refresh_cookie(http::Answer& answer);

}  // namespace segurifai::sessions
