#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace segurifai::security {

/// A longer password is never hashed: it matches nothing.
inline constexpr std::size_t kPasswordSizeMax = 1024;
/// In characters (code points).
inline constexpr std::size_t kPasswordCharactersMin = 12;
inline constexpr std::size_t kPasswordCharactersMax = 128;

/// Hashes with argon2id (7 MiB, 5 rounds, a random salt of 16 bytes: docs/adr/0032) in the form
/// that Django's Argon2PasswordHasher stores: "argon2$argon2id$v=19$m=7168,t=5,p=1$salt$hash".
/// Blocks for about 10 ms: call it in a WorkerPool. Throws std::length_error above
/// `kPasswordSizeMax` bytes, which `password_faults` refuses before, and std::bad_alloc without
/// that memory.
[[nodiscard]] std::string hash_password_blocking(std::string_view password);

struct PasswordVerdict {
    bool matches = false;
    bool needs_upgrade = false;  ///< it matches, and is not stored the way we store: hash it anew

    friend bool operator==(const PasswordVerdict&, const PasswordVerdict&) = default;
};

/// Compares a password with what is stored: Django's "argon2$argon2id$…" and "argon2$argon2i$…" of
/// up to 256 MiB and 16 rounds, and "pbkdf2_sha256$iterations$salt$hash" of up to 2,000,000 rounds.
/// Anything else (empty, "!…" of an account without a password) matches nothing, and costs as much
/// as a wrong password, so that time tells nobody which accounts have one. Blocks, as hashing does.
/// What Django stored, or this program before docs/adr/0032, takes its own time until it is hashed
/// anew.
/// Throws std::bad_alloc when the memory that the hash asks for is not there.
[[nodiscard]] PasswordVerdict verify_password_blocking(std::string_view encoded,
                                                       std::string_view password);

/// A stored password that nobody knows, made at first use (which blocks as a hash does). Verify
/// against it when there is no account, so that the answer takes as long as a wrong password.
[[nodiscard]] const std::string& decoy_hash();

/// What is wrong with a new password (RULES §1).
enum class PasswordFault : std::uint8_t {
    kTooShort,        ///< fewer than `kPasswordCharactersMin` characters
    kTooLong,         ///< more than `kPasswordCharactersMax` characters
    kCommon,          ///< in the list of common passwords, or one of them dressed up
    kResemblesPerson  ///< holds a part of the person's name or e-mail address, or is part of it
};

/// A stable label, for example "too_short".
[[nodiscard]] std::string_view label(PasswordFault fault) noexcept;
/// What to tell the person.
[[nodiscard]] std::string_view sentence_in_spanish(PasswordFault fault) noexcept;
[[nodiscard]] std::string_view sentence_in_english(PasswordFault fault) noexcept;

/// Everything wrong with a new password, in the order of `PasswordFault`; nothing when it may be
/// set. `resembles` is what people know of its owner: names, e-mail (its domain is not looked at),
/// each in UTF-8. Letters compare without case and accents, and digits that stand for letters are
/// read as these. Takes microseconds.
[[nodiscard]] std::vector<PasswordFault> password_faults(
    std::string_view password, std::span<const std::string_view> resembles);

}  // namespace segurifai::security
