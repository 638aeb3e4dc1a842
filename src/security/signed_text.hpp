#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "security/key.hpp"

namespace segurifai::security {

/// A longer text is refused unread.
inline constexpr std::size_t kSignedTextSizeMax = 4096;
/// The most that fits into one.
inline constexpr std::size_t kSignedPayloadSizeMax = 3054;

/// Signs what a client carries for us and gives back unchanged, such as the place in a list. The
/// client can read it. Immutable; safe from every thread.
class TextSigner {
public:
    explicit TextSigner(const Key& key) : TextSigner(std::vector{key}) {}
    /// The first key signs; all open. Throws std::invalid_argument without a key.
    explicit TextSigner(const std::vector<Key>& keys);

    /// base64url(payload) "." base64url(a mark of 16 bytes: BLAKE2b (RFC 7693) under the key, over
    /// purpose and payload; a third of what HMAC-SHA256 costs, and each page of a list has three).
    /// A purpose is a name of ours, for example "cursor:assistance.requests". Throws
    /// std::length_error for a payload of more than `kSignedPayloadSizeMax` bytes.
    [[nodiscard]] std::string sign(std::string_view payload, std::string_view purpose) const;

    /// The payload of a text that `sign` made for the same purpose; nothing for any other text.
    [[nodiscard]] std::optional<std::string> open(std::string_view text,
                                                  std::string_view purpose) const;

    static constexpr std::size_t kMarkBytes = 16;  ///< nobody guesses one in 2^128

private:
    using Mark = std::array<std::uint8_t, kMarkBytes>;

    /// The hash under one key, begun once.
    class Marker {
    public:
        explicit Marker(const Key& key) noexcept;
        Marker(const Marker&) noexcept = default;
        Marker& operator=(const Marker&) noexcept = default;
        ~Marker();
        /// Over `purpose` and then `payload`, with the purpose's size before it, so that no two
        /// pairs feed the same bytes.
        [[nodiscard]] Mark mark(std::string_view purpose, std::string_view payload) const noexcept;

    private:
        crypto_generichash_state begun_;
    };

    std::vector<Marker> markers_;
};

}  // namespace segurifai::security
