#include "base/uuid.hpp"

#include "base/clock.hpp"
#include "base/random.hpp"

namespace segurifai {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

/// The value of each hexadecimal digit; kNoDigit for every other character.
constexpr std::uint8_t kNoDigit = 16;
constexpr auto kNibbles = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(kNoDigit);
    for (std::uint8_t value = 0; value < 16; ++value) {
        const char digit = kHex[value];
        table[static_cast<unsigned char>(digit)] = value;
        if (digit >= 'a') table[static_cast<unsigned char>(digit - 'a' + 'A')] = value;
    }
    return table;
}();

constexpr bool dash_follows(std::size_t byte) noexcept {
    return byte == 3 || byte == 5 || byte == 7 || byte == 9;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        const unsigned high = kNibbles[static_cast<unsigned char>(text[at])];
        const unsigned low = kNibbles[static_cast<unsigned char>(text[at + 1])];
        if (high == kNoDigit || low == kNoDigit) return std::nullopt;
        uuid.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
        if (dash_follows(i) && text[at++] != '-') return std::nullopt;
    }
    return uuid;
}

Uuid Uuid::make(Clock& clock, Random& random) {
    // RFC 9562 §5.7: 48 bits of Unix milliseconds, version, 74 random bits, variant.
    Uuid uuid;
    random.fill(uuid.bytes);
    const auto milliseconds = static_cast<std::uint64_t>(clock.now().micros / 1000);
    for (std::size_t i = 0; i < 6; ++i)
        uuid.bytes[i] = static_cast<std::uint8_t>(milliseconds >> (8 * (5 - i)));
    uuid.bytes[6] = static_cast<std::uint8_t>(0x70 | (uuid.bytes[6] & 0x0f));
    uuid.bytes[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes[8] & 0x3f));
    return uuid;
}

void Uuid::write(char* out) const noexcept {
    for (std::size_t i = 0; i < 16; ++i) {
        *out++ = kHex[bytes[i] >> 4];
        *out++ = kHex[bytes[i] & 0x0f];
        if (dash_follows(i)) *out++ = '-';
    }
}

std::string Uuid::to_string() const {
    std::string text(36, '\0');
    write(text.data());
    return text;
}

}  // namespace segurifai
