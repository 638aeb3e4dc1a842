#include "apps/sessions/refresh_cookie.hpp"

#include <algorithm>
#include <string>

#include "apps/sessions/session_store.hpp"

namespace segurifai::sessions {
namespace {

// Strict: browsers send it to us from pages of our own site only, that is of the same registrable
// domain over https, so https://app.example.gt may be listed beside https://api.example.gt. A page
// of another site gets no cookie from us and takes the token in the body: SameSite=None would let
// every site on the web have it sent, with the check of the Origin as the only wall, and browsers
// that hold back cookies of third parties would not keep it anyway.
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

bool is_of_trusted_origin(const http::Call& call) noexcept {
    if (call.is_of_listed_origin) return true;
    const auto origin = call.request.header(http::Header::kOrigin);
    const auto host = call.request.header(http::Header::kHost);
    if (!origin || !host || host->empty()) return false;
    const std::size_t scheme = origin->find("://");
    if (scheme == std::string_view::npos) return false;
    return is_same_host(origin->substr(scheme + 3), *host);
}

std::optional<std::string_view> trusted_refresh_cookie(const http::Call& call) noexcept {
    return is_of_trusted_origin(call) ? refresh_cookie(call.request) : std::nullopt;
}

void set_refresh_cookie(http::Answer& answer, std::string_view token) {
    set_cookie(answer, token, kSessionSeconds);
}

void clear_refresh_cookie(http::Answer& answer) {
    set_cookie(answer, {}, 0);
}

}  // namespace segurifai::sessions
