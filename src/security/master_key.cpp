#include "security/master_key.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <bitset>

#include "security/encoding.hpp"

namespace segurifai::security {
namespace {

static_assert(crypto_kdf_KEYBYTES == Key::kSize);

/// Which key is derived. Numbers are for ever: another number is another key.
enum class Use : std::uint64_t {
    kAccessTokens = 1,
    kSuccessors = 2,
    kCodes = 3,
    kCursors = 4,
    kSealing = 5,
    kId = 6,
    kBackups = 7,
    kArchives = 8,
};

constexpr char kContext[crypto_kdf_CONTEXTBYTES + 1] = "segurifa";
// Of 32 random bytes, about 30 are different; fewer than 16 happens to nobody.
constexpr std::size_t kDifferentBytesMin = 16;

using KeyBytes = std::array<std::uint8_t, Key::kSize>;

Key derive_one(const KeyBytes& master, Use use) {
    KeyBytes bytes;
    crypto_kdf_derive_from_key(bytes.data(), bytes.size(), static_cast<std::uint64_t>(use),
                               kContext, master.data());
    const Key key(bytes);
    wipe(bytes);
    return key;
}

/// 32 bytes are the key itself; more are hashed to 32.
KeyBytes shorten(std::string_view bytes) {
    KeyBytes master;
    if (bytes.size() == master.size()) {
        std::ranges::copy(bytes_of(bytes), master.begin());
    } else {
        crypto_generichash(master.data(), master.size(), bytes_of(bytes).data(), bytes.size(),
                           nullptr, 0);
    }
    return master;
}

DerivedKeys derive_all(const MasterKey& given) {
    KeyBytes master = shorten(given.bytes);
    DerivedKeys keys{.id = given.id,
                     .access_tokens = derive_one(master, Use::kAccessTokens),
                     .successors = derive_one(master, Use::kSuccessors),
                     .codes = derive_one(master, Use::kCodes),
                     .cursors = derive_one(master, Use::kCursors),
                     .sealing = derive_one(master, Use::kSealing),
                     .backups = derive_one(master, Use::kBackups),
                     .archives = derive_one(master, Use::kArchives)};
    wipe(master);
    return keys;
}

}  // namespace

std::expected<std::string, std::string> read_master_key(std::string_view text) {
    if (text.size() > base64url_size(kMasterKeyBytesMax))
        return std::unexpected("is longer than 256 bytes");
    std::optional<std::string> bytes = base64url_decode(text);
    if (!bytes) return std::unexpected("is not base64url without padding");
    if (bytes->size() < kMasterKeyBytesMin) {
        wipe(*bytes);
        return std::unexpected("is shorter than 32 bytes");
    }
    return std::move(*bytes);
}

std::optional<std::string> weakness_of(std::string_view bytes) {
    const auto is_typed = [](char c) { return c >= ' ' && c <= '~'; };
    if (std::ranges::all_of(bytes, is_typed)) return "spells a text that somebody typed";
    std::bitset<256> seen;
    for (const std::uint8_t byte : bytes_of(bytes)) seen.set(byte);
    if (seen.count() < kDifferentBytesMin) return "repeats a few bytes";
    const auto step = static_cast<std::uint8_t>(bytes[1] - bytes[0]);
    const auto breaks = [step](char a, char b) { return static_cast<std::uint8_t>(b - a) != step; };
    if (std::ranges::adjacent_find(bytes, breaks) == bytes.end()) return "counts up or down";

    // A default that somebody wrote straight into the place of the base64url.
    std::string text = base64url(bytes_of(bytes));
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    constexpr std::array<std::string_view, 9> kWords{"change",  "secret",   "password",
                                                     "default", "insecure", "segurifai",
                                                     "django",  "example",  "qwerty"};
    const bool holds_word =
        std::ranges::any_of(kWords, [&](std::string_view word) { return text.contains(word); });
    wipe(text);
    if (holds_word) return "holds a word, as defaults do";
    return std::nullopt;
}

std::string id_of(std::string_view bytes) {
    KeyBytes master = shorten(bytes);
    const Key key = derive_one(master, Use::kId);
    wipe(master);
    return hex(key.bytes().first<4>());
}

Result<Secrets> derive(std::span<const MasterKey> masters) {
    prepare_sodium();
    if (masters.empty()) return fail(Code::kInvalid, "There is no secret key.");
    if (masters.size() > kMasterKeysMax)
        return fail(Code::kInvalid, "There are more than 16 secret keys; remove the oldest.");
    Secrets secrets;
    for (const MasterKey& master : masters) {
        const auto is_same = [&](const DerivedKeys& other) { return other.id == master.id; };
        if (std::ranges::any_of(secrets.keys, is_same))
            return fail(Code::kInvalid,
                        "Two secret keys have the id " + master.id + "; give each its own.");
        secrets.keys.push_back(derive_all(master));
    }
    return secrets;
}

std::vector<SigningKey> Secrets::access_token_keys() const {
    std::vector<SigningKey> signing;
    for (const DerivedKeys& key : keys) signing.push_back({key.id, key.access_tokens});
    return signing;
}

std::vector<Key> Secrets::cursor_keys() const {
    std::vector<Key> cursors;
    for (const DerivedKeys& key : keys) cursors.push_back(key.cursors);
    return cursors;
}

std::vector<SigningKey> Secrets::backup_keys() const {
    std::vector<SigningKey> backups;
    for (const DerivedKeys& key : keys) backups.push_back({key.id, key.backups});
    return backups;
}

}  // namespace segurifai::security
