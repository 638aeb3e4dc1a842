#include "apps/sessions/refresh_cookie.hpp"

#include <algorithm>
#include <string>

#include "apps/sessions/session_store.hpp"

namespace segurifai::sessions {
namespace {

constexpr std::string_view kAttributes = "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=";

std::string_view trimmed(std::string_view text) noexcept {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

bool is_same_host(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(a, b, {}, lower, lower);
}

void set_cookie(http::Answer& answer, std::string_view value, std::int64_t seconds) {
    std::string cookie(kRefreshCookie);
    cookie.append("=").append(value).append(kAttributes).append(std::to_string(seconds));
    answer.set("Set-Cookie", std::move(cookie));
}

}  // namespace

std::optional<std::string_view> refresh_cookie(const http::Request& request) noexcept {
    std::string_view rest = request.header(http::Header::kCookie).value_or(std::string_view());
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        const std::string_view pair = trimmed(rest.substr(0, end));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == kRefreshCookie)
            return pair.substr(equals + 1);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::nullopt;
}

bool is_same_origin(const http::Request& request) noexcept {
    const auto origin = request.header(http::Header::kOrigin);
    const auto host = request.header(http::Header::kHost);
    if (!origin || !host || host->empty()) return false;
    const std::size_t scheme = origin->find("://");
    if (scheme == std::string_view::npos) return false;
    return is_same_host(origin->substr(scheme + 3), *host);
}

void set_refresh_cookie(http::Answer& answer, std::string_view token) {
    set_cookie(answer, token, kSessionSeconds);
}

void clear_refresh_cookie(http::Answer& answer) {
    set_cookie(answer, {}, 0);
}

}  // namespace segurifai::sessions
