#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "security/key.hpp"

namespace segurifai::security {

/// Seals what is stored and nobody without the key may read or change: XChaCha20-Poly1305 under a
/// nonce made by chance. `place` is where it is stored, "table|column|row": a sealed text that was
/// moved to another place does not open. `key_id` stands in it readable (is_key_id).
///
/// "s1." key id "." base64url(24 bytes of nonce, then ciphertext and 16 bytes of tag)
[[nodiscard]] std::string seal(const SigningKey& key, std::string_view place, std::string_view text,
                               Random& random);

/// The id of the key that a sealed text says it was sealed with; nothing when it is none.
[[nodiscard]] std::optional<std::string_view> key_id_of_sealed(std::string_view sealed) noexcept;

/// What was sealed with that key for that place; nothing for any other text.
[[nodiscard]] std::optional<std::string> unseal(const Key& key, std::string_view place,
                                                std::string_view sealed);

}  // namespace segurifai::security
