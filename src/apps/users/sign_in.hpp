#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/sessions/back_off.hpp"
#include "apps/sessions/choices.hpp"
#include "apps/users/account.hpp"
#include "apps/users/session_answer.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "http/call.hpp"

namespace segurifai::users {

/// A password that was looked at, and what must be stored with what it allows.
struct CheckedPassword {
    bool matches = false;
    std::optional<std::string> upgraded;  ///< the same password, hashed the way we store it
};

/// Compares `password` with the account's, or with a password that nobody knows when there is no
/// account: in the same time, with the same statements. A wrong one, or one of an archived account,
/// is counted; a right one forgives the account's failures. `name` is what was typed.
/// kTooManyAttempts, with Retry-After in the answer, before anything is hashed, or when the limit
/// was reached meanwhile: whatever the caller does next then tells nothing of the password.
[[nodiscard]] Task<Result<CheckedPassword>> check_password(http::Call& call,
                                                           std::optional<Account> account,
                                                           std::string name, std::string password);

/// Whether `password` is the account's, on the worker pool. Neither limited nor counted: only for
/// who has proven to be its owner otherwise.
[[nodiscard]] Task<Result<bool>> is_present_password(http::Call& call, const Account& account,
                                                     std::string password);

/// Hashes a new password on the worker pool.
[[nodiscard]] Task<Result<std::string>> hash_password(http::Call& call, std::string password);

/// What a person signs in with.
struct Credentials {
    std::optional<std::string> email;
    std::optional<Phone> phone;
    std::string password;
    std::string device_name;
    sessions::Transport transport = sessions::Transport::kBody;
};

/// auth.token. One refusal for an unknown account, a wrong password and an archived account. One
/// transaction stores session, family, last_login, a better hash and the audit events.
[[nodiscard]] Task<Result<SessionAnswer>> sign_in(http::Call& call, Credentials credentials);

/// Sets `last_login`, and the hash when there is a new one, of an active account whose hash is
/// still the one that was compared. False when it changed meanwhile.
[[nodiscard]] Task<Result<bool>> mark_signed_in(sql::Transaction& transaction, Instant at,
                                                const Account& account,
                                                const std::optional<std::string>& upgraded);

}  // namespace segurifai::users
