#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/audit/service.hpp"
#include "apps/keys.hpp"
#include "apps/users/choices.hpp"
#include "base/error.hpp"
#include "base/phone.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/caller.hpp"
#include "model/cells.hpp"
#include "sql/database.hpp"

namespace segurifai::users {

/// An account as signing in and users.me need it, read in one statement: the row, its settings,
/// its scopes and whether a wallet is linked.
struct Account {
    UserId id;
    std::string email;
    std::string password;  ///< the stored hash
    std::string first_name;
    std::string last_name;
    Phone phone_number;
    Role role = Role::kUser;
    bool is_active = false;
    bool is_superuser = false;
    Instant date_joined;
    std::optional<Instant> last_login;
    std::string language = "es";
    std::optional<Instant> phone_verified_at;
    bool must_change_password = false;
    std::uint8_t scope_bits = 0;
    bool is_paq_linked = false;

    void read(model::Cells& cells);

    /// The scopes it holds, in the order of http::Scope; all for a superuser.
    [[nodiscard]] std::vector<http::Scope> scopes() const;
};

/// The account with that key, archived ones too.
[[nodiscard]] Task<Result<std::optional<Account>>> find_account(sql::Executor& executor, UserId id);

/// The account with that e-mail address, in any case of letters: addresses are stored in lower
/// case, and older ones as they were typed.
[[nodiscard]] Task<Result<std::optional<Account>>> find_account_by_email(sql::Executor& executor,
                                                                         std::string email);

[[nodiscard]] Task<Result<std::optional<Account>>> find_account_by_phone(sql::Executor& executor,
                                                                         Phone phone);

/// What an audit event tells of an account: `after` as canonical JSON.
[[nodiscard]] audit::Change change_of(UserId id, std::string after = "{}");

/// ASCII letters in lower case: how e-mail addresses are stored.
[[nodiscard]] std::string lower_case(std::string_view text);

/// "m***@example.com": what the audit trail keeps of an address.
[[nodiscard]] std::string masked_email(std::string_view email);

}  // namespace segurifai::users
