#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"
#include "security/key.hpp"

namespace segurifai::security {

inline constexpr std::string_view kSecretsFileName = "secrets.toml";
inline constexpr std::string_view kSecretKeyVariable = "SEGURIFAI_SECRET_KEY";
inline constexpr std::size_t kMasterKeysMax = 16;

/// What one master key gives: keys that have nothing to do with each other, so that one of them
/// found out says nothing of the others.
struct DerivedKeys {
    std::string id;  ///< the master key's; the `kid` of access tokens and the mark of sealed texts
    Key access_tokens;
    Key successors;  ///< successor_token
    Key codes;       ///< code_hash
    Key cursors;     ///< TextSigner
    Key sealing;     ///< XChaCha20-Poly1305 of what is stored sealed
    Key backups;     ///< the files of a backup repository
    Key archives;    ///< HMAC-SHA256 of the manifests of what is archived
};

/// Every secret of the server, read once at start. Several master keys are a rotation: the first
/// signs and seals, all verify and open.
struct Secrets {
    std::vector<DerivedKeys> keys;  ///< at least one

    [[nodiscard]] const DerivedKeys& current() const { return keys.front(); }
    [[nodiscard]] std::vector<SigningKey> access_token_keys() const;
    [[nodiscard]] std::vector<Key> cursor_keys() const;
    [[nodiscard]] std::vector<SigningKey> backup_keys() const;
};

/// The secrets of SEGURIFAI_SECRET_KEY: one master key, or several with commas between, each at
/// least 32 bytes in base64url. Keys get ids of their own, the same on every node.
/// Code::kNotFound without a value; kInvalid for a short, misspelt or weak one. The sentence says
/// how to make a good one, and never holds the value.
[[nodiscard]] Result<Secrets> secrets_from(const std::optional<std::string>& env_value);

/// The secrets of `data_dir`/secrets.toml, which is made with one random master key when it is
/// missing (of two processes at once, both get the same). kPermission when it is not a file of
/// ours that only we may read; kInvalid when it cannot be understood; kDiskFull and the like when
/// it cannot be written.
[[nodiscard]] Result<Secrets> load_or_make_secrets(const std::filesystem::path& data_dir,
                                                   Random& random);

/// What is wrong with the secrets that the server would start with, in sentences for its owner:
/// those of `env_value` when it is set, else the file's. Makes nothing. Empty when all is well.
[[nodiscard]] std::vector<std::string> secret_weaknesses(
    const std::optional<std::string>& env_value, const std::filesystem::path& data_dir);

}  // namespace segurifai::security
