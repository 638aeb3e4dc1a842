#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "security/key.hpp"

namespace segurifai::backup {

/// How the records of one file are sealed: each by itself, with XChaCha20-Poly1305 under a nonce
/// of the file's own bytes and the record's number. So a record opens only in its file and in its
/// place, and many can be sealed or opened at once. Thread-safe.
class RecordSeal {
public:
    static constexpr std::size_t kOwnBytes = 16;  ///< by chance: no two files share them
    static constexpr std::size_t kOverhead = 16;  ///< bytes that a seal adds

    /// `own` has kOwnBytes.
    RecordSeal(const security::Key& key, std::string_view own);

    /// Appends the sealed record to `out`. No number is used twice in a file. `bound` is not in
    /// the record, but must be the same to open it.
    void seal(std::uint64_t number, std::string_view record, std::string_view bound,
              std::string& out) const;
    /// Puts the record in the place of `record`. False when it is not as it was sealed under this
    /// number; `record` is then of no use. `sealed` has kOverhead bytes at least.
    [[nodiscard]] bool open(std::uint64_t number, std::string_view sealed, std::string_view bound,
                            std::string& record) const;

private:
    using Nonce = std::array<unsigned char, kOwnBytes + sizeof(std::uint64_t)>;
    [[nodiscard]] Nonce nonce_of(std::uint64_t number) const noexcept;

    security::Key key_;
    Nonce own_{};  ///< the number is not set
};

}  // namespace segurifai::backup
