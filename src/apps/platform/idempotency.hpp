#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "sql/database.hpp"

/// The answers kept under Idempotency-Keys (API §1.6): who called what with which key, and what
/// they were told.
namespace segurifai::platform {

/// How long a key counts.
inline constexpr std::int64_t kIdempotencySeconds = 86'400;

/// A keyed call: what its stored answer is found by.
struct KeyedCall {
    std::string caller;     ///< the account's id, or "address:" and the address of a stranger
    std::string operation;  ///< with the path's parameters, at most 80 characters
    std::string key;        ///< Idempotency-Key as it was sent
    std::string body_hash;  ///< SHA-256 of operation and body in hexadecimal
    Instant at{};           ///< of this call
    Instant since{};        ///< keys stored at this instant or earlier do not count
};

/// The identity of a call of a keyed route. kIdempotencyKeyRequired (a refusal) without the header.
/// The boundary of a form does not count as part of its body: a browser makes a new one each time.
[[nodiscard]] Result<KeyedCall> keyed_call(const http::Call& call);

/// An answer as it is kept.
struct KeptAnswer {
    std::int32_t status = 0;
    std::string headers;  ///< a JSON object
    std::string body;     ///< empty when there was none
    std::string body_hash;
};

/// The answer kept for this key, if it counts. One point read.
[[nodiscard]] Task<Result<std::optional<KeptAnswer>>> find_kept(sql::Executor& executor,
                                                                const KeyedCall& keyed);

/// Keeps `answer` in the transaction of its effect, as its last statement. Replaces what no longer
/// counts; when another call that counts has taken the key, the transaction does not commit.
[[nodiscard]] Task<Result<void>> keep(sql::Transaction& transaction, const KeyedCall& keyed,
                                      const KeptAnswer& answer);

/// The headers of `answer` from `first` on as a JSON object. kInternal for a header that
/// `replay` does not know.
[[nodiscard]] Result<std::string> kept_headers(const http::Answer& answer, std::size_t first);

/// Makes the kept answer the answer of `call`, with Idempotency-Replayed. A key that was used
/// with another body is refused with kIdempotencyKeyReused.
[[nodiscard]] Result<void> replay(const KeyedCall& keyed, const KeptAnswer& kept, http::Call& call);

/// Removes up to `limit` keys that no longer count; returns how many. For the housekeeping timer.
[[nodiscard]] Task<Result<std::int64_t>> forget_old_keys(sql::Database& database, Instant now,
                                                         std::int64_t limit);

}  // namespace segurifai::platform
