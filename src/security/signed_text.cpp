#include "security/signed_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

#include "security/encoding.hpp"

namespace segurifai::security {
namespace {

constexpr std::size_t kMarkBytes = 16;  // of the 32: nobody guesses one in 2^128
constexpr std::size_t kMarkSize = base64url_size(kMarkBytes);
static_assert(base64url_size(kSignedPayloadSizeMax) + 1 + kMarkSize <= kSignedTextSizeMax);

using Mark = std::array<std::uint8_t, kMarkBytes>;

Mark mark_of(const Mac& mac, std::string_view purpose, std::string_view payload) noexcept {
    const MacBytes whole = mac.of(purpose, payload);
    Mark mark;
    std::copy_n(whole.begin(), mark.size(), mark.begin());
    return mark;
}

}  // namespace

TextSigner::TextSigner(const std::vector<Key>& keys) {
    if (keys.empty()) throw std::invalid_argument("Signed texts need a key.");
    for (const Key& key : keys) macs_.emplace_back(key);
}

std::string TextSigner::sign(std::string_view payload, std::string_view purpose) const {
    if (payload.size() > kSignedPayloadSizeMax)
        throw std::length_error("A signed text holds at most 3054 bytes.");
    const std::size_t payload_size = base64url_size(payload.size());
    std::string text(payload_size + 1 + kMarkSize, '.');
    base64url_write(bytes_of(payload), text.data());
    base64url_write(mark_of(macs_.front(), purpose, payload), text.data() + payload_size + 1);
    return text;
}

std::optional<std::string> TextSigner::open(std::string_view text, std::string_view purpose) const {
    if (text.size() > kSignedTextSizeMax || text.size() < 1 + kMarkSize) return std::nullopt;
    const std::size_t dot = text.size() - kMarkSize - 1;
    Mark mark;
    if (text[dot] != '.' || !base64url_read(text.substr(dot + 1), mark)) return std::nullopt;
    std::optional<std::string> payload = base64url_decode(text.substr(0, dot));
    if (!payload) return std::nullopt;
    const auto made_it = [&](const Mac& mac) {
        return crypto_verify_16(mark_of(mac, purpose, *payload).data(), mark.data()) == 0;
    };
    if (std::ranges::none_of(macs_, made_it)) return std::nullopt;
    return payload;
}

}  // namespace segurifai::security
