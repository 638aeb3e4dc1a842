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
/// A failure is counted before it is told, and what a try gave is only told while the counts still
/// allow it, be it right or wrong: of many at once no more are answered than of as many in turn.
/// Who is right and has no failures writes nothing here. Three counts over `kWindowSeconds`:
/// - the account from one address, or one /64 of IPv6: `kPairTriesMax`, then refused until the
///   window moves on;
/// - one address (as above), whatever the accounts: `kAddressTriesMax`, likewise;
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

/// The seconds after which such a try may be made; 0 = now. A look before the costly comparison:
/// what counts is said by the two below.
[[nodiscard]] Task<Result<std::int64_t>> wait_before(sql::Executor& executor, Instant at,
                                                     const Attempt& attempt);

/// Counts a try that was wrong: 0, and it may be told; else the seconds as above, it is not
/// counted, and nothing of it may be told.
[[nodiscard]] Task<Result<std::int64_t>> count_failure(sql::Transaction& transaction, Instant at,
                                                       const Attempt& attempt);

/// Of a try that was right: 0, and the account's failures are forgiven; else the seconds as above,
/// and nothing of it may be told.
[[nodiscard]] Task<Result<std::int64_t>> count_success(sql::Transaction& transaction, Instant at,
                                                       const Attempt& attempt);

/// Takes the failures of the account back, those of the pair and those from everywhere. The
/// address keeps its own: who owns one account does not clean it for guesses at others.
[[nodiscard]] Task<Result<void>> forgive(sql::Transaction& transaction, const Attempt& attempt);

/// How long an account with `tries` in the window waits after its last one, in seconds.
[[nodiscard]] std::int64_t account_wait_seconds(std::int64_t tries) noexcept;

}  // namespace segurifai::sessions
