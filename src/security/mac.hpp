#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "security/key.hpp"

namespace segurifai::security {

using MacBytes = std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES>;

/// HMAC-SHA256 (RFC 2104) under one key, begun once: each use copies the begun state, which saves
/// half of the hashing for short texts. Safe to use from every thread.
class Mac {
public:
    explicit Mac(const Key& key) noexcept;
    Mac(const Mac&) noexcept = default;
    Mac& operator=(const Mac&) noexcept = default;
    ~Mac();

    [[nodiscard]] MacBytes of(std::string_view text) const noexcept;

    /// Over `purpose` and then `text`, with the purpose's size before it, so that no two pairs
    /// feed the same bytes. A MAC made for one purpose never passes for another.
    [[nodiscard]] MacBytes of(std::string_view purpose, std::string_view text) const noexcept;

private:
    crypto_auth_hmacsha256_state begun_;
};

}  // namespace segurifai::security
