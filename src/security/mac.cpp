#include "security/mac.hpp"

#include "security/encoding.hpp"

namespace segurifai::security {
namespace {

void feed(crypto_auth_hmacsha256_state& state, std::string_view text) noexcept {
    crypto_auth_hmacsha256_update(&state, bytes_of(text).data(), text.size());
}

void feed_sized(crypto_auth_hmacsha256_state& state, std::string_view text) noexcept {
    std::array<std::uint8_t, 8> size{};
    for (std::size_t i = 0; i < size.size(); ++i)
        size[i] = static_cast<std::uint8_t>((std::uint64_t{text.size()} >> (8 * i)) & 0xFF);
    crypto_auth_hmacsha256_update(&state, size.data(), size.size());
    feed(state, text);
}

MacBytes finish(crypto_auth_hmacsha256_state& state) noexcept {
    MacBytes mac;
    crypto_auth_hmacsha256_final(&state, mac.data());
    sodium_memzero(&state, sizeof state);
    return mac;
}

}  // namespace

Mac::Mac(const Key& key) noexcept {
    crypto_auth_hmacsha256_init(&begun_, key.bytes().data(), key.bytes().size());
}

Mac::~Mac() {
    sodium_memzero(&begun_, sizeof begun_);
}

MacBytes Mac::of(std::string_view text) const noexcept {
    crypto_auth_hmacsha256_state state = begun_;
    feed(state, text);
    return finish(state);
}

MacBytes Mac::of(std::string_view purpose, std::string_view text) const noexcept {
    crypto_auth_hmacsha256_state state = begun_;
    feed_sized(state, purpose);
    feed(state, text);
    return finish(state);
}

}  // namespace segurifai::security
