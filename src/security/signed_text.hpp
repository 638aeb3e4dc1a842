#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "security/key.hpp"
#include "security/mac.hpp"

namespace segurifai::security {

/// A longer text is refused unread.
inline constexpr std::size_t kSignedTextSizeMax = 4096;
/// The most that fits into one.
inline constexpr std::size_t kSignedPayloadSizeMax = 3054;

/// Signs what a client carries for us and gives back unchanged, such as the place in a list. The
/// client can read it. Immutable; safe from every thread.
class TextSigner {
public:
    explicit TextSigner(const Key& key) : macs_{Mac(key)} {}
    /// The first key signs; all open. Throws std::invalid_argument without a key.
    explicit TextSigner(const std::vector<Key>& keys);

    /// base64url(payload) "." base64url(the first 16 bytes of HMAC-SHA256 over purpose and
    /// payload). A purpose is a name of ours, for example "cursor:assistance.requests". Throws
    /// std::length_error for a payload of more than `kSignedPayloadSizeMax` bytes.
    [[nodiscard]] std::string sign(std::string_view payload, std::string_view purpose) const;

    /// The payload of a text that `sign` made for the same purpose; nothing for any other text.
    [[nodiscard]] std::optional<std::string> open(std::string_view text,
                                                  std::string_view purpose) const;

private:
    std::vector<Mac> macs_;
};

}  // namespace segurifai::security
