#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/users/account.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"

namespace segurifai::users {

/// The caller's own account (API §2.3).
struct Me {
    static constexpr std::string_view kShape = "Me";
    UserId id;
    std::string email;
    std::string first_name;
    std::string last_name;
    Phone phone_number;
    bool phone_verified = false;
    Role role = Role::kUser;
    std::vector<http::Scope> scopes;
    bool paq_linked = false;
    std::optional<std::string> profile_picture;
    bool mfa_enabled = false;
    std::string language;
    Instant date_joined;
    std::optional<Instant> last_login;

    static consteval auto fields() {
        return std::array{
            http::field<&Me::id>("id"),
            http::field<&Me::email>("email", {.length = 254}),
            http::field<&Me::first_name>("first_name", {.length = 150}),
            http::field<&Me::last_name>("last_name", {.length = 150}),
            http::field<&Me::phone_number>("phone_number", {.length = 20}),
            http::field<&Me::phone_verified>("phone_verified"),
            http::field<&Me::role>("role"),
            http::field<&Me::scopes>("scopes"),
            http::field<&Me::paq_linked>("paq_linked"),
            http::field<&Me::profile_picture>("profile_picture", {.length = 200}),
            http::field<&Me::mfa_enabled>("mfa_enabled"),
            http::field<&Me::language>("language", {.length = 2}),
            http::field<&Me::date_joined>("date_joined"),
            http::field<&Me::last_login>("last_login"),
        };
    }
};

[[nodiscard]] Me me_of(const Account& account);

/// What of an account its owner may change here. Absent = unchanged.
struct ProfileChange {
    std::optional<std::string> first_name;
    std::optional<std::string> last_name;
    std::optional<std::string> language;
    std::optional<std::string> email;
    std::optional<std::string> password;  ///< needed with `email`
};

/// users.me.update, under the tag of what is stored. A new e-mail address wants the password and
/// is told to the old one.
[[nodiscard]] Task<Result<Me>> change_profile(http::Call& call, ProfileChange change);

}  // namespace segurifai::users
