#pragma once

#include <sodium.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "ops/backup/files.hpp"
#include "security/key.hpp"

namespace segurifai::backup {

// A sealed file, format 1:
//
//   "SGFBAK01"                         magic
//   u8, characters                     id of the key, and its length before it
//   24 bytes                           header of libsodium's secretstream (XChaCha20-Poly1305)
//   u32, bytes                         a record, sealed, and its length before it; any number
//   u32, bytes                         the last record, empty, with the tag FINAL
//   32 bytes                           BLAKE2b of all before
//
// The first record is the file's header. Records cannot be changed, left out, put elsewhere or cut
// off unseen; the checksum shows damage also to somebody without the key.

inline constexpr std::size_t kRecordBytesMax = 8U << 20U;

/// Writes a sealed file. Nothing is durable before sync(), and nobody takes the file for whole
/// before finish().
class SealedWriter {
public:
    /// Makes the file `path` under exactly this name.
    [[nodiscard]] static Result<SealedWriter> make(Files& files, std::filesystem::path path,
                                                   const security::SigningKey& key,
                                                   std::string_view header);

    [[nodiscard]] Result<void> add(std::string_view record);
    [[nodiscard]] Result<void> sync();
    /// Ends the file and makes it durable. Returns its checksum in hexadecimal.
    [[nodiscard]] Result<std::string> finish();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
    SealedWriter(std::unique_ptr<OutputFile> file, std::filesystem::path path)
        : file_(std::move(file)), path_(std::move(path)) {}
    Result<void> append(std::string_view bytes);
    Result<void> seal(std::string_view record, unsigned char tag, std::string_view bound);

    std::unique_ptr<OutputFile> file_;
    std::filesystem::path path_;
    std::uint64_t size_ = 0;
    crypto_secretstream_xchacha20poly1305_state stream_{};
    crypto_generichash_state checksum_{};
    std::string sealed_;
};

/// Reads a sealed file. What is wrong with it is kCorrupt, with the file and the byte.
class SealedReader {
public:
    /// Reads the file's header too. kPermission when none of `keys` has the id that it names.
    [[nodiscard]] static Result<SealedReader> open(Files& files, std::filesystem::path path,
                                                   std::span<const security::SigningKey> keys);

    [[nodiscard]] const std::string& header() const noexcept { return header_; }
    /// The next record; nothing at the end of a whole file, whose checksum is right.
    [[nodiscard]] Result<std::optional<std::string>> next();
    /// Of a file read to its end.
    [[nodiscard]] const std::string& checksum() const noexcept { return checksum_text_; }

private:
    SealedReader(std::unique_ptr<InputFile> file, std::filesystem::path path)
        : file_(std::move(file)), path_(std::move(path)) {}
    Result<std::string> take(std::size_t size);
    Result<std::string> open_record(std::string_view bound, bool& is_last);
    [[nodiscard]] std::unexpected<Error> damaged(std::string_view what) const;

    std::unique_ptr<InputFile> file_;
    std::filesystem::path path_;
    std::uint64_t offset_ = 0;
    crypto_secretstream_xchacha20poly1305_state stream_{};
    crypto_generichash_state checksum_{};
    std::string header_;
    std::string checksum_text_;
};

}  // namespace segurifai::backup
