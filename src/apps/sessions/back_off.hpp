#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "security/key.hpp"
#include "sql/database.hpp"

/// Slows down who guesses passwords, without letting a stranger lock a member out (RULES §1).
///
/// A try is counted before the password is looked at, so that many at once count as many, and
/// taken back when it was right. Three counts over `kWindowSeconds`:
/// - the account from one address: `kPairTriesMax`, then refused until the window moves on;
/// - one address, whatever the accounts: `kAddressTriesMax`, likewise;
/// - the account from everywhere: beyond `kAccountTriesFree` each further try waits for twice as
///   long as the one before, at most `kAccountWaitSecondsMax`. Addresses from which the account
///   has signed in before do not wait, so its owner is let in while others guess.
namespace segurifai::sessions {

inline constexpr std::int64_t kWindowSeconds = 900;
inline constexpr int kPairTriesMax = 5;
inline constexpr int kAddressTriesMax = 30;
inline constexpr std::int64_t kAccountTriesFree = 10;
inline constexpr std::int64_t kAccountWaitSecondsMax = 30;

/// One try: who is claimed to be, and from where. Subjects are keyed hashes, so that the table
/// names nobody.
struct Attempt {
    std::string pair;
    std::string account;
    std::string address_subject;
    users::UserId user_id;  ///< zeroes when there is no such account
    std::string address;
};

/// `name` is the account's key when there is one (so that its e-mail and its phone are one name),
/// else what was typed, in lower case. `key` is DerivedKeys::codes.
[[nodiscard]] Attempt attempt_of(const security::Key& key, std::string_view name,
                                 users::UserId user_id, std::string_view address);

struct Admission {
    std::int64_t retry_after_s = 0;  ///< 0 = admitted and counted; else refused and not counted
    std::int64_t address_failure = 0;
};

/// Admits and counts a try, or refuses it. Three statements, two when it is refused.
[[nodiscard]] Task<Result<Admission>> admit(sql::Transaction& transaction, Instant at,
                                            const Attempt& attempt);

/// Takes the tries of the account back, and from the address the one that was right: who owns one
/// account does not clean the address for guesses at others.
[[nodiscard]] Task<Result<void>> forgive(sql::Transaction& transaction, const Attempt& attempt,
                                         const Admission& admission);

/// How long an account with `tries` in the window waits after its last one, in seconds.
[[nodiscard]] std::int64_t account_wait_seconds(std::int64_t tries) noexcept;

}  // namespace segurifai::sessions
