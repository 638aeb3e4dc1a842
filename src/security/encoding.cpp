#include "security/encoding.hpp"

#include <sodium.h>

#include <array>

namespace segurifai::security {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kForeign = 0xFF;  // its high bits mark a group that holds one

constexpr std::array<std::uint8_t, 256> kValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kForeign);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i)
        values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

std::uint32_t value_of(char c) noexcept {
    return kValues[static_cast<std::uint8_t>(c)];
}

constexpr std::uint8_t low_byte(std::uint32_t value) noexcept {
    return static_cast<std::uint8_t>(value & 0xFF);
}

}  // namespace

void base64url_write(std::span<const std::uint8_t> bytes, char* out) noexcept {
    const auto put = [&out](std::uint32_t value) { *out++ = kAlphabet[value & 63]; };
    while (bytes.size() >= 3) {
        const std::uint32_t group = (std::uint32_t{bytes[0]} << 16) |
                                    (std::uint32_t{bytes[1]} << 8) | std::uint32_t{bytes[2]};
        put(group >> 18);
        put(group >> 12);
        put(group >> 6);
        put(group);
        bytes = bytes.subspan(3);
    }
    if (bytes.size() == 1) {
        put(std::uint32_t{bytes[0]} >> 2);
        put(std::uint32_t{bytes[0]} << 4);
    } else if (bytes.size() == 2) {
        const std::uint32_t group = (std::uint32_t{bytes[0]} << 8) | std::uint32_t{bytes[1]};
        put(group >> 10);
        put(group >> 4);
        put(group << 2);
    }
}

std::string base64url(std::span<const std::uint8_t> bytes) {
    std::string text(base64url_size(bytes.size()), '\0');
    base64url_write(bytes, text.data());
    return text;
}

bool base64url_read(std::string_view text, std::span<std::uint8_t> out) noexcept {
    if (base64url_decoded_size(text.size()) != out.size()) return false;
    std::uint32_t foreign = 0;
    std::uint8_t* to = out.data();
    const char* from = text.data();
    for (const char* end = from + text.size() / 4 * 4; from != end; from += 4, to += 3) {
        const std::uint32_t a = value_of(from[0]);
        const std::uint32_t b = value_of(from[1]);
        const std::uint32_t c = value_of(from[2]);
        const std::uint32_t d = value_of(from[3]);
        foreign |= a | b | c | d;
        to[0] = low_byte((a << 2) | (b >> 4));
        to[1] = low_byte((b << 4) | (c >> 2));
        to[2] = low_byte((c << 6) | d);
    }
    std::uint32_t unused = 0;
    if (text.size() % 4 >= 2) {
        const std::uint32_t a = value_of(from[0]);
        const std::uint32_t b = value_of(from[1]);
        foreign |= a | b;
        to[0] = low_byte((a << 2) | (b >> 4));
        unused = b & 0x0F;
        if (text.size() % 4 == 3) {
            const std::uint32_t c = value_of(from[2]);
            foreign |= c;
            to[1] = low_byte((b << 4) | (c >> 2));
            unused = c & 0x03;
        }
    }
    return foreign < 64 && unused == 0;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    const std::optional<std::size_t> size = base64url_decoded_size(text.size());
    if (!size) return std::nullopt;
    std::string bytes(*size, '\0');
    const std::span<std::uint8_t> out(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size());
    if (!base64url_read(text, out)) return std::nullopt;
    return bytes;
}

std::string hex(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace segurifai::security
