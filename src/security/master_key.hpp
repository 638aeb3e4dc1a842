#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "security/secrets.hpp"

namespace segurifai::security {

inline constexpr std::size_t kMasterKeyBytesMin = 32;
inline constexpr std::size_t kMasterKeyBytesMax = 256;

/// A master key as its owner wrote it. Wipes itself.
struct MasterKey {
    std::string id;
    std::string bytes;  ///< `kMasterKeyBytesMin` to `kMasterKeyBytesMax`

    MasterKey(std::string its_id, std::string its_bytes)
        : id(std::move(its_id)), bytes(std::move(its_bytes)) {}
    MasterKey(const MasterKey&) = default;
    MasterKey(MasterKey&&) = default;
    MasterKey& operator=(const MasterKey&) = default;
    MasterKey& operator=(MasterKey&&) = default;
    ~MasterKey() { wipe(bytes); }
};

/// The bytes of a written key; or what is wrong with it, as the end of a sentence that begins with
/// the name of the place it was written in ("is not base64url").
[[nodiscard]] std::expected<std::string, std::string> read_master_key(std::string_view text);

/// What makes bytes guessable, as the end of such a sentence; nothing for random bytes.
[[nodiscard]] std::optional<std::string> weakness_of(std::string_view bytes);

/// An id for a key that was given without one: the same for the same key, and telling nothing.
[[nodiscard]] std::string id_of(std::string_view bytes);

/// Derives every key from every master key. kInvalid for no key, too many, or an id twice.
[[nodiscard]] Result<Secrets> derive(std::span<const MasterKey> masters);

}  // namespace segurifai::security
