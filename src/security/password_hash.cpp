#include <openssl/evp.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/random.hpp"
#include "security/encoding.hpp"
#include "security/key.hpp"
#include "security/opaque_token.hpp"
#include "security/password.hpp"

namespace segurifai::security {
namespace {

// Django's name of the algorithm, before the PHC text.
constexpr std::string_view kDjangoArgon2 = "argon2";
constexpr std::string_view kOurs = "argon2$argon2id$v=19$m=7168,t=5,p=1$";
constexpr unsigned long long kRounds = 5;
constexpr std::size_t kMemoryBytes = std::size_t{7168} * 1024;

// What a stored hash may ask of us, whoever stored it.
constexpr std::size_t kEncodedSizeMax = 512;
constexpr std::uint32_t kMemoryKibMax = 256 * 1024;
constexpr std::uint32_t kRoundsMax = 16;
constexpr std::uint32_t kLanesMax = 16;
constexpr std::uint32_t kPbkdf2IterationsMax = 2'000'000;

constexpr std::string_view kPbkdf2 = "pbkdf2_sha256$";
constexpr std::size_t kPbkdf2Bytes = 32;
constexpr std::size_t kPbkdf2SaltMax = 128;

/// Takes a number up to and with the character after it; nothing when it is not within 1 to `max`.
std::optional<std::uint32_t> take_number(std::string_view& text, char after, std::uint32_t max) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end == text.data() + text.size() || *end != after)
        return std::nullopt;
    if (value < 1 || value > max) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return value;
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

/// Whether a PHC text asks for no more memory and time than we give.
bool is_affordable(std::string_view phc) {
    return (take(phc, "$argon2id$") || take(phc, "$argon2i$")) && take(phc, "v=19$m=") &&
           take_number(phc, ',', kMemoryKibMax) && take(phc, "t=") &&
           take_number(phc, ',', kRoundsMax) && take(phc, "p=") && take_number(phc, '$', kLanesMax);
}

/// Nothing when `encoded` is no argon2 hash that we would verify.
std::optional<bool> verify_argon2(std::string_view encoded, std::string_view password) {
    if (!take(encoded, kDjangoArgon2) || !is_affordable(encoded)) return std::nullopt;
    const std::string phc(encoded);  // libsodium reads up to a zero
    const auto verify = phc.starts_with("$argon2id$") ? crypto_pwhash_argon2id_str_verify
                                                      : crypto_pwhash_argon2i_str_verify;
    errno = 0;
    if (verify(phc.c_str(), password.data(), password.size()) == 0) return true;
    if (errno == ENOMEM) throw std::bad_alloc();  // says nothing about the password
    return false;
}

/// Nothing when `encoded` is no PBKDF2 hash that we would verify.
std::optional<bool> verify_pbkdf2(std::string_view encoded, std::string_view password) {
    if (!take(encoded, kPbkdf2)) return std::nullopt;
    const auto iterations = take_number(encoded, '$', kPbkdf2IterationsMax);
    if (!iterations) return std::nullopt;
    const std::size_t dollar = encoded.find('$');
    if (dollar == std::string_view::npos || dollar == 0 || dollar > kPbkdf2SaltMax)
        return std::nullopt;
    const std::string_view salt = encoded.substr(0, dollar);
    const std::string_view expected = encoded.substr(dollar + 1);

    std::array<std::uint8_t, kPbkdf2Bytes> hash{};
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(salt).data(),
                          static_cast<int>(salt.size()), static_cast<int>(*iterations),
                          EVP_sha256(), static_cast<int>(hash.size()), hash.data()) != 1)
        throw std::bad_alloc();  // its one way to fail with these arguments
    constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL;
    std::array<char, sodium_base64_ENCODED_LEN(kPbkdf2Bytes, kVariant)> text{};
    sodium_bin2base64(text.data(), text.size(), hash.data(), hash.size(), kVariant);
    return equal_in_constant_time(expected, {text.data(), text.size() - 1});
}

}  // namespace

std::string hash_password_blocking(std::string_view password) {
    if (password.size() > kPasswordSizeMax)
        throw std::length_error("A password has at most 1024 bytes.");
    prepare_sodium();
    std::array<char, crypto_pwhash_argon2id_STRBYTES> phc{};
    if (crypto_pwhash_argon2id_str(phc.data(), password.data(), password.size(), kRounds,
                                   kMemoryBytes) != 0)
        throw std::bad_alloc();
    return std::string(kDjangoArgon2).append(phc.data());
}

PasswordVerdict verify_password_blocking(std::string_view encoded, std::string_view password) {
    if (password.size() > kPasswordSizeMax) return {};
    prepare_sodium();
    std::optional<bool> matches;
    if (encoded.size() <= kEncodedSizeMax && !encoded.contains('\0')) {
        matches = verify_argon2(encoded, password);
        if (!matches) matches = verify_pbkdf2(encoded, password);
    }
    if (!matches) {
        (void)verify_argon2(decoy_hash(), password);  // only for the time it takes
        return {};
    }
    return {.matches = *matches, .needs_upgrade = *matches && !encoded.starts_with(kOurs)};
}

const std::string& decoy_hash() {
    static const std::string hash = [] {
        SystemRandom random;
        std::string password = make_token(random);
        std::string encoded = hash_password_blocking(password);
        wipe(password);
        return encoded;
    }();
    return hash;
}

}  // namespace segurifai::security
