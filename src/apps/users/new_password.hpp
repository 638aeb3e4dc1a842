#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/keys.hpp"
#include "apps/sessions/choices.hpp"
#include "apps/users/session_answer.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "sql/database.hpp"
#include "sql/value.hpp"

namespace segurifai::users {

/// What names and address of its owner a password may not resemble.
struct Owner {
    std::string_view email;
    std::string_view first_name;
    std::string_view last_name;
};

/// Every rule of RULES §1 that a new password breaks, as faults of the field `path`.
[[nodiscard]] std::vector<Fault> new_password_faults(std::string_view path,
                                                     std::string_view password, const Owner& owner);

/// The rules that need no owner, as a validator of a field: so that they are told together with
/// what else is wrong with an input.
[[nodiscard]] std::optional<std::string> new_password_fault(const sql::Value& value);

/// Stores a hash, ends every session and records it. Three statements and the audit event.
[[nodiscard]] Task<Result<void>> store_password(sql::Transaction& transaction,
                                                const http::Call& call, UserId user_id,
                                                std::string hash);

/// auth.password_reset. The proof says whose. kCodeInvalid for a proof that is not for this, for a
/// phone without an active account, and the second time; faults of `new_password` leave the proof
/// unused. While the account has a password that the platform made, that one is such a fault.
[[nodiscard]] Task<Result<void>> reset_password(http::Call& call, std::string proof,
                                                std::string new_password);

/// users.password. Every session ends, this one too, and a new one is opened in its place. The
/// present password is no new one.
[[nodiscard]] Task<Result<SessionAnswer>> change_password(http::Call& call,
                                                          std::string old_password,
                                                          std::string new_password,
                                                          sessions::Transport transport);

}  // namespace segurifai::users
