#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/uuid.hpp"
#include "model/codec.hpp"

namespace segurifai::http {

/// What a member of staff may do (RULES §1). A superuser has every scope.
enum class Scope : std::uint8_t { kOperations, kFinance, kContent, kSupport, kAuditor };

/// What an account is for.
enum class Kind : std::uint8_t { kAnonymous, kMember, kUnit, kStaff };

/// Who asks, as read from the live session at the time of the call.
struct Caller {
    Kind kind = Kind::kAnonymous;
    bool superuser = false;
    std::uint8_t scopes = 0;  ///< bit i = Scope(i)
    Uuid user_id{};
    Uuid session_id{};
    std::optional<std::int32_t> provider_id;  ///< the account's provider row; also while PENDING
    bool provider_active = false;
    /// Its password was made by the platform: nothing but access and a new password until then.
    bool must_change_password = false;

    [[nodiscard]] bool signed_in() const noexcept { return kind != Kind::kAnonymous; }
    [[nodiscard]] bool has(Scope scope) const noexcept {
        return superuser || (scopes & (1U << static_cast<unsigned>(scope))) != 0;
    }
};

}  // namespace segurifai::http

namespace segurifai::model {

template <>
inline constexpr std::array kWords<http::Scope>{
    std::string_view("OPERATIONS"), std::string_view("FINANCE"), std::string_view("CONTENT"),
    std::string_view("SUPPORT"), std::string_view("AUDITOR")};

}  // namespace segurifai::model
