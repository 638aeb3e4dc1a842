#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/sessions/choices.hpp"
#include "base/error.hpp"
#include "base/phone.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "security/secrets.hpp"
#include "sql/database.hpp"

/// Codes sent to a phone, and the proofs that a right code gives (RULES §1).
namespace segurifai::sessions {

inline constexpr std::int64_t kCodeSeconds = 300;
inline constexpr std::int64_t kResendSeconds = 60;
inline constexpr int kCodeMissesMax = 5;
inline constexpr std::int64_t kProofSeconds = 600;

/// Stores a code of `hash` (security::code_hash) for phone and purpose, and ends the earlier ones.
/// Returns 0, or the seconds to wait (1 to `kResendSeconds`) when one was sent just now; then
/// nothing changes.
[[nodiscard]] Task<Result<std::int64_t>> store_code(sql::Transaction& transaction,
                                                    const http::Call& call, Phone phone,
                                                    CodePurpose purpose, std::string hash);

/// Whether `code` is the one sent last to that phone for that purpose; it is used up by this. A
/// wrong one is counted, and the fifth ends the code. Commit either way.
[[nodiscard]] Task<Result<bool>> try_code(sql::Transaction& transaction, const http::Call& call,
                                          Phone phone, CodePurpose purpose, std::string code);

/// Stores a proof of which only the hash is kept.
[[nodiscard]] Task<Result<void>> store_proof(sql::Transaction& transaction, const http::Call& call,
                                             Phone phone, CodePurpose purpose, std::string proof);

/// The phone that a proof stands for, while it may be used. A look before costly work: only
/// `use_proof` decides.
[[nodiscard]] Task<Result<std::optional<Phone>>> phone_of_proof(sql::Executor& executor, Instant at,
                                                                CodePurpose purpose,
                                                                std::string proof);

/// Uses a proof up. Its phone; nothing when it is unknown, for another purpose, old or used.
[[nodiscard]] Task<Result<std::optional<Phone>>> use_proof(sql::Transaction& transaction,
                                                           Instant at, CodePurpose purpose,
                                                           std::string proof);

}  // namespace segurifai::sessions
