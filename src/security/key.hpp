#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace segurifai::security {

/// Makes libsodium choose the fastest code for this machine. Cheap after the first time; whatever
/// calls libsodium for a password or a key calls this first. Thread-safe.
void prepare_sodium();

/// Overwrites secret bytes in a way that the compiler keeps.
void wipe(std::span<std::uint8_t> bytes) noexcept;
void wipe(std::string& text) noexcept;

/// 32 secret bytes. Every copy wipes itself when it ends.
class Key {
public:
    static constexpr std::size_t kSize = 32;

    explicit Key(std::span<const std::uint8_t, kSize> bytes) noexcept {
        std::ranges::copy(bytes, bytes_.begin());
    }
    Key(const Key&) noexcept = default;
    Key& operator=(const Key&) noexcept = default;
    ~Key() { wipe(bytes_); }

    [[nodiscard]] std::span<const std::uint8_t, kSize> bytes() const noexcept { return bytes_; }

private:
    std::array<std::uint8_t, kSize> bytes_;
};

/// A key and the name by which a token says that it was signed with it.
struct SigningKey {
    std::string id;  ///< 1 to 32 characters of A-Z a-z 0-9 _ -
    Key key;
};

/// Whether `id` may name a key.
[[nodiscard]] bool is_key_id(std::string_view id) noexcept;

}  // namespace segurifai::security
