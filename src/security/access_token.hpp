#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/uuid.hpp"
#include "security/key.hpp"
#include "security/mac.hpp"

namespace segurifai::security {

/// How long an access token opens doors (RULES §1).
inline constexpr std::int64_t kAccessTokenSeconds = 3600;
/// A longer text is refused unread.
inline constexpr std::size_t kAccessTokenSizeMax = 1024;
/// How far ahead another node's clock may be when it wrote `iat`.
inline constexpr std::int64_t kIssuedAheadSecondsMax = 60;

/// What a token says. Times are whole seconds.
struct AccessClaims {
    Uuid user;
    Uuid session;
    Instant issued;
    Instant expires;

    friend bool operator==(const AccessClaims&, const AccessClaims&) = default;
};

/// Why a token was refused: for counters and logs. The client is told only that it is not valid.
enum class TokenFault : std::uint8_t {
    kTooLong,       ///< more than `kAccessTokenSizeMax` bytes
    kMalformed,     ///< not three parts of canonical base64url, or a header that is not ours
    kUnknownKey,    ///< our header, naming a key that we do not have (any more)
    kBadSignature,  ///< signed with another key, or changed since
    kBadClaims,     ///< well signed, but not the claims that `issue` writes
    kExpired,       ///< `exp` is now or earlier; there is no leeway
    kNotYetValid,   ///< `iat` is more than `kIssuedAheadSecondsMax` ahead
};

/// A stable label for metrics and logs, for example "expired".
[[nodiscard]] std::string_view label(TokenFault fault) noexcept;

/// Writes and reads access tokens: JWTs signed with HS256, header `{"alg","kid","typ"}` and claims
/// `{"iss","sub","sid","iat","exp"}` in exactly this order and spelling, so that no second text
/// says the same and no other algorithm can be asked for. Immutable; safe from every thread.
class AccessTokens {
public:
    /// The first key signs; all verify. Throws std::invalid_argument without a key, with an id
    /// that is no `is_key_id`, or with the same id twice.
    explicit AccessTokens(const std::vector<SigningKey>& keys);

    /// A token for `user` in `session`, valid from `now` (seconds, rounded down) for
    /// `kAccessTokenSeconds`. Throws std::invalid_argument when `now` is not in 1970 to 9999.
    [[nodiscard]] std::string issue(const Uuid& user, const Uuid& session, Instant now) const;

    /// The claims of a token that we signed and that is valid at `now`. Each thread remembers the
    /// tokens it found to be signed lately: the signature is most of the work, and a token comes
    /// again and again.
    [[nodiscard]] std::expected<AccessClaims, TokenFault> verify(std::string_view token,
                                                                 Instant now) const noexcept;

private:
    /// The claims of a token that we signed, whatever the time.
    [[nodiscard]] std::expected<AccessClaims, TokenFault> read(
        std::string_view token) const noexcept;

    struct Signer {
        std::string header;  ///< in base64url, with the dot after it
        Mac mac;
    };
    std::vector<Signer> signers_;
    std::uint64_t number_;  ///< among all that were made
};

}  // namespace segurifai::security
