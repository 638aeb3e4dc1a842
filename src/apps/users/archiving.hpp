#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/keys.hpp"
#include "apps/users/archive_tables.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "model/cells.hpp"
#include "security/secrets.hpp"
#include "sql/database.hpp"
#include "sql/statement.hpp"

/// Deleting an account archives it (RULES §1): the row stays with its key, emptied of who it was;
/// that is kept sealed under a key of its own.
namespace segurifai::users {

/// What is decided before anything is written, so that a transaction's body that runs twice writes
/// the same.
struct Archiving {
    UserId user_id;
    Instant at;
    std::optional<UserId> by;  ///< nobody: the list of erasures
    std::string reason;        ///< at most 500 characters
    std::string email;         ///< stands in place of the address; unguessable
    std::string phone;         ///< likewise (account_phone.hpp)
    security::SigningKey own_key;
};

[[nodiscard]] Archiving plan_archiving(Random& random, UserId user_id, Instant at,
                                       std::optional<UserId> by, std::string reason);

/// What an account gives up.
struct Original {
    std::string email;
    std::string first_name;
    std::string last_name;
    std::string phone_number;
    std::optional<std::string> paq_wallet_id;
    std::optional<std::string> profile_picture;
    std::optional<std::string> wallet_id;  ///< of the linked wallet

    void read(model::Cells& cells);
};

/// Reads an Original of `$1` unless it is archived already, and holds the account.
[[nodiscard]] const sql::Query& original_query() noexcept;

/// One statement of archiving.
struct Write {
    std::reference_wrapper<const sql::Query> query;
    std::vector<sql::OwnedValue> params;
};

/// Every statement that archives, in order; the first changes the account's row. Sessions end, the
/// wallet link goes, a unit goes off duty. `secrets` seal the key.
[[nodiscard]] std::vector<Write> writes_of(const Archiving& archiving, const Original& original,
                                           const security::Secrets& secrets, Random& random);

/// Archives in `transaction`, with the audit event and `user.archived`. kNotFound when there is no
/// such account or it is archived; kOpenRequest while a request of the member is open or the unit
/// is at work; kPaymentPending.
[[nodiscard]] Task<Result<void>> archive_account(sql::Transaction& transaction,
                                                 const http::Call& call, Archiving archiving);

/// Who an archived account was, as canonical JSON. kGone once its key was destroyed; kCorrupt when
/// it does not open.
[[nodiscard]] Result<std::string> unseal_original(const ArchivedAccount& archived,
                                                  const security::Secrets& secrets);

/// users.me.archive: with the password, or a proof (CONFIRM) of the phone.
[[nodiscard]] Task<Result<void>> archive_own(http::Call& call, std::optional<std::string> password,
                                             std::optional<std::string> proof, std::string reason);

/// admin.user.archive, under the tag of users.me. kPermissionDenied for one's own account.
[[nodiscard]] Task<Result<void>> archive_other(http::Call& call, UserId user_id,
                                               std::string reason);

}  // namespace segurifai::users
