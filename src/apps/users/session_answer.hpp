#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/sessions/choices.hpp"
#include "apps/sessions/session_store.hpp"
#include "apps/users/account.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"

namespace segurifai::users {

/// Who signed in.
struct SessionUser {
    static constexpr std::string_view kShape = "SessionUser";
    UserId id;
    Role role = Role::kUser;
    std::string first_name;
    std::vector<http::Scope> scopes;
    /// Given, and true, when the account can do nothing but set a new password.
    http::Maybe<bool> password_change_required;

    static consteval auto fields() {
        return std::array{
            http::field<&SessionUser::id>("id"),
            http::field<&SessionUser::role>("role"),
            http::field<&SessionUser::first_name>("first_name", {.length = 150}),
            http::field<&SessionUser::scopes>("scopes"),
            http::field<&SessionUser::password_change_required>("password_change_required"),
        };
    }
};

/// The session answer of API §2.2. `refresh` is left out when it goes into the cookie.
struct SessionAnswer {
    static constexpr std::string_view kShape = "Session";
    std::string access;
    http::Maybe<std::string> refresh;
    std::int32_t expires_in = 0;
    std::int32_t refresh_expires_in = 0;
    SessionUser user;

    static consteval auto fields() {
        return std::array{
            http::field<&SessionAnswer::access>("access", {.length = 1024}),
            http::field<&SessionAnswer::refresh>("refresh", {.length = 64}),
            http::field<&SessionAnswer::expires_in>("expires_in"),
            http::field<&SessionAnswer::refresh_expires_in>("refresh_expires_in"),
            http::field<&SessionAnswer::user>("user"),
        };
    }
};

/// The answer for a session that is stored; with `kCookie` the refresh token is set as the cookie.
[[nodiscard]] SessionAnswer session_answer(http::Call& call, const Account& account,
                                           sessions::SessionId session_id,
                                           const std::string& refresh,
                                           sessions::Transport transport);

}  // namespace segurifai::users
