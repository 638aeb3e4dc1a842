#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "security/key.hpp"

namespace segurifai::security {

/// 32 random bytes are 43 characters of base64url.
inline constexpr std::size_t kTokenSize = 43;
inline constexpr std::size_t kCodeDigits = 6;

/// A new unguessable token: a refresh token, a ticket, an API key. Only its `token_hash` is stored.
[[nodiscard]] std::string make_token(Random& random);

/// Whether `text` has the form that `make_token` gives, so that nothing else reaches the database.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// What is stored of a token: SHA-256 in 64 lower-case hex digits. A token is random, so it needs
/// neither salt nor a slow hash.
[[nodiscard]] std::string token_hash(std::string_view token);

/// The refresh token that follows `token` in its family: 43 characters, the same every time, so
/// that a client whose answer was lost gets the same one again, though only hashes are stored.
/// Without `key` (DerivedKeys::successors) nobody derives it, not even from the token before.
[[nodiscard]] std::string successor_token(const Key& key, std::string_view token);

/// A one-time code: six digits, each of the million as likely as the others.
[[nodiscard]] std::string make_code(Random& random);

/// What is stored of a code: HMAC-SHA256 under `key` (DerivedKeys::codes) in 64 hex digits, bound
/// to the phone and the purpose. With a key, because a million codes are tried in a second.
[[nodiscard]] std::string code_hash(const Key& key, std::string_view phone,
                                    std::string_view purpose, std::string_view code);

/// `size` characters that are not taken for each other when read aloud: A to Z without I and O,
/// and 2 to 9 (5 bits each). For the numbers of requests.
[[nodiscard]] std::string make_readable_suffix(Random& random, std::size_t size);

/// A password for an account that we make: four groups of four such characters in small letters,
/// "k7mp-x3qd-9wtr-h4vn", 80 bits. Breaks no rule of `password_faults`.
[[nodiscard]] std::string make_password(Random& random);

}  // namespace segurifai::security
