#include "security/signed_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

#include "security/encoding.hpp"

namespace segurifai::security {
namespace {

constexpr std::size_t kMarkSize = base64url_size(TextSigner::kMarkBytes);
static_assert(base64url_size(kSignedPayloadSizeMax) + 1 + kMarkSize <= kSignedTextSizeMax);

void feed(crypto_generichash_state& state, std::string_view text) noexcept {
    crypto_generichash_update(&state, bytes_of(text).data(), text.size());
}

}  // namespace

TextSigner::Marker::Marker(const Key& key) noexcept {
    prepare_sodium();
    crypto_generichash_init(&begun_, key.bytes().data(), key.bytes().size(), kMarkBytes);
}

TextSigner::Marker::~Marker() {
    sodium_memzero(&begun_, sizeof begun_);
}

TextSigner::Mark TextSigner::Marker::mark(std::string_view purpose,
                                          std::string_view payload) const noexcept {
    crypto_generichash_state state = begun_;
    const std::array size{std::uint64_t{purpose.size()}};
    crypto_generichash_update(&state, reinterpret_cast<const std::uint8_t*>(size.data()),
                              sizeof size);
    feed(state, purpose);
    feed(state, payload);
    Mark mark;
    crypto_generichash_final(&state, mark.data(), mark.size());
    sodium_memzero(&state, sizeof state);
    return mark;
}

TextSigner::TextSigner(const std::vector<Key>& keys) {
    if (keys.empty()) throw std::invalid_argument("Signed texts need a key.");
    for (const Key& key : keys) markers_.emplace_back(key);
}

std::string TextSigner::sign(std::string_view payload, std::string_view purpose) const {
    if (payload.size() > kSignedPayloadSizeMax)
        throw std::length_error("A signed text holds at most 3054 bytes.");
    const std::size_t payload_size = base64url_size(payload.size());
    std::string text(payload_size + 1 + kMarkSize, '.');
    base64url_write(bytes_of(payload), text.data());
    base64url_write(markers_.front().mark(purpose, payload), text.data() + payload_size + 1);
    return text;
}

std::optional<std::string> TextSigner::open(std::string_view text, std::string_view purpose) const {
    if (text.size() > kSignedTextSizeMax || text.size() < 1 + kMarkSize) return std::nullopt;
    const std::size_t dot = text.size() - kMarkSize - 1;
    Mark mark;
    if (text[dot] != '.' || !base64url_read(text.substr(dot + 1), mark)) return std::nullopt;
    std::optional<std::string> payload = base64url_decode(text.substr(0, dot));
    if (!payload) return std::nullopt;
    const auto made_it = [&](const Marker& marker) {
        return crypto_verify_16(marker.mark(purpose, *payload).data(), mark.data()) == 0;
    };
    if (std::ranges::none_of(markers_, made_it)) return std::nullopt;
    return payload;
}

}  // namespace segurifai::security
