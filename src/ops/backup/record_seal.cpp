#include "ops/backup/record_seal.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "security/encoding.hpp"

namespace segurifai::backup {
namespace {

using security::bytes_of;

static_assert(RecordSeal::kOverhead == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(security::Key::kSize == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(std::endian::native == std::endian::little);

unsigned char* raw(char* text) noexcept {
    return reinterpret_cast<unsigned char*>(text);
}

}  // namespace

RecordSeal::RecordSeal(const security::Key& key, std::string_view own) : key_(key) {
    static_assert(sizeof(Nonce) == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    std::ranges::copy(own.substr(0, kOwnBytes), own_.begin());
}

RecordSeal::Nonce RecordSeal::nonce_of(std::uint64_t number) const noexcept {
    Nonce nonce = own_;
    std::memcpy(nonce.data() + kOwnBytes, &number, sizeof number);
    return nonce;
}

void RecordSeal::seal(std::uint64_t number, std::string_view record, std::string_view bound,
                      std::string& out) const {
    const std::size_t before = out.size();
    const std::size_t size = before + record.size() + kOverhead;
    out.resize_and_overwrite(size, [&](char* bytes, std::size_t) {
        crypto_aead_xchacha20poly1305_ietf_encrypt(raw(bytes + before), nullptr,
                                                   bytes_of(record).data(), record.size(),
                                                   bytes_of(bound).data(), bound.size(), nullptr,
                                                   nonce_of(number).data(), key_.bytes().data());
        return size;
    });
}

bool RecordSeal::open(std::uint64_t number, std::string_view sealed, std::string_view bound,
                      std::string& record) const {
    bool is_genuine = false;
    const std::size_t size = sealed.size() - kOverhead;
    record.resize_and_overwrite(size, [&](char* bytes, std::size_t) {
        is_genuine = crypto_aead_xchacha20poly1305_ietf_decrypt(
                         raw(bytes), nullptr, nullptr, bytes_of(sealed).data(), sealed.size(),
                         bytes_of(bound).data(), bound.size(), nonce_of(number).data(),
                         key_.bytes().data()) == 0;
        return is_genuine ? size : 0;
    });
    return is_genuine;
}

}  // namespace segurifai::backup
