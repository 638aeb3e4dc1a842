#include "security/sealed_text.hpp"

#include <sodium.h>

#include <span>

#include "security/encoding.hpp"

namespace segurifai::security {
namespace {

constexpr std::string_view kForm = "s1.";
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == Key::kSize);

std::uint8_t* bytes_in(std::string& text) noexcept {
    return reinterpret_cast<std::uint8_t*>(text.data());
}

}  // namespace

std::string seal(const SigningKey& key, std::string_view place, std::string_view text,
                 Random& random) {
    std::string packed(kNonceSize + text.size() + kTagSize, '\0');
    random.fill({bytes_in(packed), kNonceSize});
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        bytes_in(packed) + kNonceSize, nullptr, bytes_of(text).data(), text.size(),
        bytes_of(place).data(), place.size(), nullptr, bytes_in(packed), key.key.bytes().data());
    return std::string(kForm) + key.id + "." + base64url(bytes_of(packed));
}

std::optional<std::string_view> key_id_of_sealed(std::string_view sealed) noexcept {
    if (!sealed.starts_with(kForm)) return std::nullopt;
    sealed.remove_prefix(kForm.size());
    const std::string_view id = sealed.substr(0, sealed.find('.'));
    if (id.size() == sealed.size() || !is_key_id(id)) return std::nullopt;
    return id;
}

std::optional<std::string> unseal(const Key& key, std::string_view place, std::string_view sealed) {
    const auto id = key_id_of_sealed(sealed);
    if (!id) return std::nullopt;
    const auto packed = base64url_decode(sealed.substr(kForm.size() + id->size() + 1));
    if (!packed || packed->size() < kNonceSize + kTagSize) return std::nullopt;
    const auto nonce = bytes_of(*packed).first(kNonceSize);
    const auto body = bytes_of(*packed).subspan(kNonceSize);
    std::string text(body.size() - kTagSize, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            bytes_in(text), nullptr, nullptr, body.data(), body.size(), bytes_of(place).data(),
            place.size(), nonce.data(), key.bytes().data()) != 0)
        return std::nullopt;
    return text;
}

}  // namespace segurifai::security
