#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/keys.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "sql/session.hpp"

/// What the command line does to accounts. Blocking, over a tool's session that is in no
/// transaction; each is one transaction with its audit event.
namespace segurifai::users {

struct NewSuperuser {
    std::string email;
    std::string phone;  ///< in any usual spelling
    std::string first_name;
    std::string last_name;
    std::string password;
    bool must_change_password = false;  ///< a password made by the platform
};

/// Makes a member of staff with every scope. kInvalid with every fault by its field: an address or
/// number that is none or in use, a password that breaks a rule of RULES §1.
[[nodiscard]] Result<UserId> create_superuser_blocking(sql::Session& session, Clock& clock,
                                                       Random& random, NewSuperuser account);

/// Stores a hash (security::hash_password_blocking) for an active account and ends its sessions.
/// kNotFound when there is none with that e-mail address or phone.
[[nodiscard]] Result<void> set_password_blocking(sql::Session& session, Clock& clock,
                                                 std::string_view email_or_phone,
                                                 const std::string& hash);

/// What is wrong with a new password for that account: the sentences; empty when it may be set.
/// kNotFound as above.
[[nodiscard]] Result<std::vector<std::string>> password_sentences_blocking(
    sql::Session& session, std::string_view email_or_phone, std::string_view password);

}  // namespace segurifai::users
