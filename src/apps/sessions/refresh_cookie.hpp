#pragma once

#include <optional>
#include <string_view>

#include "http/answer.hpp"
#include "http/call.hpp"
#include "http/request.hpp"

/// The refresh token of a browser: in a cookie that its scripts cannot read (API §2.2).
namespace segurifai::sessions {

inline constexpr std::string_view kRefreshCookie = "__Host-refresh";

/// The cookie's value; nothing without one.
[[nodiscard]] std::optional<std::string_view> refresh_cookie(const http::Request& request) noexcept;

/// Whether the call comes from a page that may use the cookie: its Origin names the host (and port)
/// that the call was sent to, or stands exactly in the list of origins that may call (API §1.7).
/// Without an Origin it does not.
[[nodiscard]] bool is_of_trusted_origin(const http::Call& call) noexcept;

/// The cookie's value when it counts: sent by a page of such an origin. What any other page makes
/// a browser send is no word of its owner.
[[nodiscard]] std::optional<std::string_view> trusted_refresh_cookie(
    const http::Call& call) noexcept;

void set_refresh_cookie(http::Answer& answer, std::string_view token);
void clear_refresh_cookie(http::Answer& answer);

}  // namespace segurifai::sessions
