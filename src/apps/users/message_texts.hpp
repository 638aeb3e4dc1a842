#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/users/account.hpp"
#include "http/call.hpp"

/// What the platform writes to people outside of it, every text in both languages, and in which of
/// them somebody is written to (API §1.4, RULES §10).
namespace segurifai::users {

/// The language that the account has chosen; Spanish until it did.
[[nodiscard]] http::Language language_of(const Account& account) noexcept;

/// For a message to an address that may be nobody's: the language of the account, and without one
/// that of the call.
[[nodiscard]] http::Language language_of(const std::optional<Account>& account,
                                         const http::Call& call) noexcept;

/// An SMS with a one-time code.
[[nodiscard]] std::string code_text(http::Language language, std::string_view code);

/// A mail to the address that an account no longer has.
[[nodiscard]] std::string email_changed_text(http::Language language);

}  // namespace segurifai::users
