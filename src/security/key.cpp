#include "security/key.hpp"

#include <sodium.h>

#include <stdexcept>

namespace segurifai::security {
namespace {

constexpr std::size_t kKeyIdMax = 32;

}  // namespace

void prepare_sodium() {
    static const bool is_ready = sodium_init() >= 0;
    if (!is_ready) throw std::runtime_error("libsodium does not start on this machine.");
}

void wipe(std::span<std::uint8_t> bytes) noexcept {
    sodium_memzero(bytes.data(), bytes.size());
}

void wipe(std::string& text) noexcept {
    sodium_memzero(text.data(), text.size());
    text.clear();
}

bool is_key_id(std::string_view id) noexcept {
    const auto is_allowed = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    return !id.empty() && id.size() <= kKeyIdMax && std::ranges::all_of(id, is_allowed);
}

}  // namespace segurifai::security
