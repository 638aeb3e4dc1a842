#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace segurifai::security {

/// The bytes of a text.
[[nodiscard]] inline std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// How many characters `size` bytes take in base64url, which has no padding.
[[nodiscard]] constexpr std::size_t base64url_size(std::size_t size) noexcept {
    return size / 3 * 4 + (size % 3 == 0 ? 0 : size % 3 + 1);
}

/// How many bytes `size` characters of base64url hold; nothing when no text has that size.
[[nodiscard]] constexpr std::optional<std::size_t> base64url_decoded_size(
    std::size_t size) noexcept {
    if (size % 4 == 1) return std::nullopt;
    return size / 4 * 3 + (size % 4 == 0 ? 0 : size % 4 - 1);
}

/// RFC 4648 base64url without padding.
[[nodiscard]] std::string base64url(std::span<const std::uint8_t> bytes);
/// Writes exactly `base64url_size(bytes.size())` characters to `out`.
void base64url_write(std::span<const std::uint8_t> bytes, char* out) noexcept;

/// Reads what `base64url` writes and nothing else: no padding, no other alphabet, no spaces, and
/// no second spelling of the same bytes (unused bits are zero).
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);
/// The same without allocation. `out` has exactly the size that `base64url_decoded_size` says.
[[nodiscard]] bool base64url_read(std::string_view text, std::span<std::uint8_t> out) noexcept;

/// Two lower-case digits a byte.
[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);

/// Whether two texts are the same, in a time that depends on their sizes only.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace segurifai::security
