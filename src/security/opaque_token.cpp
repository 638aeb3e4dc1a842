#include "security/opaque_token.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "security/encoding.hpp"
#include "security/mac.hpp"
#include "security/password.hpp"

namespace segurifai::security {
namespace {

constexpr std::string_view kReadable = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
static_assert(kReadable.size() == 32);  // a power of two, so that every character is as likely

constexpr std::size_t kTokenBytes = 32;
static_assert(base64url_size(kTokenBytes) == kTokenSize);

constexpr std::size_t kPasswordGroups = 4;
constexpr std::size_t kPasswordGroupSize = 4;

}  // namespace

std::string make_token(Random& random) {
    std::array<std::uint8_t, kTokenBytes> bytes;
    random.fill(bytes);
    std::string token = base64url(bytes);
    wipe(bytes);
    return token;
}

bool is_token(std::string_view text) noexcept {
    std::array<std::uint8_t, kTokenBytes> bytes;
    return base64url_read(text, bytes);
}

std::string token_hash(std::string_view token) {
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> hash;
    crypto_hash_sha256(hash.data(), bytes_of(token).data(), token.size());
    return hex(hash);
}

std::string successor_token(const Key& key, std::string_view token) {
    return base64url(Mac(key).of("refresh successor", token));
}

std::string make_code(Random& random) {
    constexpr std::uint32_t kCodes = 1'000'000;
    constexpr std::uint32_t kFair = UINT32_MAX / kCodes * kCodes;  // above it, low codes gain
    std::uint32_t number = 0;
    do {
        std::array<std::uint8_t, 4> bytes;
        random.fill(bytes);
        number = std::uint32_t{bytes[0]} | (std::uint32_t{bytes[1]} << 8) |
                 (std::uint32_t{bytes[2]} << 16) | (std::uint32_t{bytes[3]} << 24);
    } while (number >= kFair);
    const std::string digits = std::to_string(number % kCodes);
    return std::string(kCodeDigits - digits.size(), '0') + digits;
}

std::string code_hash(const Key& key, std::string_view phone, std::string_view purpose,
                      std::string_view code) {
    // Sizes first, so that no other phone, purpose and code feed the same bytes.
    std::string context = std::to_string(purpose.size());
    context.append(" ").append(purpose);
    context.append(" ").append(std::to_string(phone.size())).append(" ").append(phone);
    return hex(Mac(key).of(context, code));
}

std::string make_readable_suffix(Random& random, std::size_t size) {
    std::string text(size, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    for (char& c : text) c = kReadable[static_cast<std::uint8_t>(c) % kReadable.size()];
    return text;
}

std::string make_password(Random& random) {
    for (;;) {
        std::string password;
        for (std::size_t group = 0; group < kPasswordGroups; ++group) {
            if (group > 0) password += '-';
            password += make_readable_suffix(random, kPasswordGroupSize);
        }
        for (char& c : password)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        // One in a great many reads like a common password; then another is made.
        if (password_faults(password, {}).empty()) return password;
    }
}

}  // namespace segurifai::security
