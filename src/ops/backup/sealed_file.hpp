#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "ops/backup/files.hpp"
#include "ops/backup/record_seal.hpp"
#include "security/key.hpp"

namespace segurifai::backup {

// A sealed file, format 2:
//
//   "SGFBAK02"                         magic
//   u8, characters                     id of the key, and its length before it
//   16 bytes                           the file's own, by chance
//   u32, bytes                         a record, sealed, and its length before it; any number
//   u32, bytes                         the last record, sealed: the only empty one
//   16 bytes                           XXH3 of all before
//
// Record 0 is the file's header, bound to all before it. Records cannot be changed, left out, put
// elsewhere or cut off unseen: their seals see to that (record_seal.hpp). The checksum shows an
// accident also to somebody without the key, and tells two whole files apart: whoever cannot seal
// cannot make a whole file, with this checksum or another.

inline constexpr std::size_t kRecordBytesMax = 8U << 20U;

/// The sum of a file's bytes, as they come.
class FileChecksum {
public:
    static constexpr std::size_t kBytes = 16;

    FileChecksum();
    ~FileChecksum();
    FileChecksum(FileChecksum&&) noexcept;
    FileChecksum& operator=(FileChecksum&&) noexcept;
    void add(std::string_view bytes) noexcept;
    /// kBytes of what came until now.
    [[nodiscard]] std::string value() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// How a sealed file grows.
enum class Growth : std::uint8_t {
    kAsWritten,
    kAhead,  ///< its place is taken some megabytes ahead, so that each of many syncs is a short one
};

/// Writes a sealed file. Nothing is durable before sync(), and nobody takes the file for whole
/// before finish().
class SealedWriter {
public:
    /// Makes the file `path` under exactly this name.
    [[nodiscard]] static Result<SealedWriter> make(Files& files, std::filesystem::path path,
                                                   const security::SigningKey& key,
                                                   std::string_view header,
                                                   Growth growth = Growth::kAsWritten);

    /// What the records after the header, from 1, are sealed with.
    [[nodiscard]] const RecordSeal& seal() const noexcept { return seal_; }
    /// The record whose number is next. It is not empty before it is sealed.
    [[nodiscard]] Result<void> add(std::string_view sealed);
    [[nodiscard]] Result<void> sync();
    /// Ends the file and makes it durable. Returns its checksum in hexadecimal.
    [[nodiscard]] Result<std::string> finish();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
    SealedWriter(std::unique_ptr<OutputFile> file, std::filesystem::path path, RecordSeal seal,
                 Growth growth)
        : file_(std::move(file)), path_(std::move(path)), seal_(std::move(seal)), growth_(growth) {}
    Result<void> append(std::string_view bytes);

    std::unique_ptr<OutputFile> file_;
    std::filesystem::path path_;
    RecordSeal seal_;
    Growth growth_;
    std::uint64_t records_ = 0;   ///< added
    std::uint64_t size_ = 0;      ///< written
    std::uint64_t reserved_ = 0;  ///< of the file; behind what is written are zeros
    FileChecksum checksum_;
};

/// A record as it stands in a file.
struct SealedRecord {
    std::uint64_t number = 0;
    std::uint64_t end = 0;  ///< the byte of the file after it
    std::string bytes;
};

/// Reads a sealed file. What is wrong with it is kCorrupt, with the file and the byte.
class SealedReader {
public:
    /// Reads the file's header too. kPermission when none of `keys` has the id that it names.
    [[nodiscard]] static Result<SealedReader> open(Files& files, std::filesystem::path path,
                                                   std::span<const security::SigningKey> keys);

    [[nodiscard]] const std::string& header() const noexcept { return header_; }
    /// Puts the next record, still sealed, in the place of `record`. False at the end of a whole
    /// file, whose checksum is right.
    [[nodiscard]] Result<bool> next(SealedRecord& record);
    [[nodiscard]] const RecordSeal& seal() const noexcept { return seal_; }
    /// That a record does not open.
    [[nodiscard]] std::unexpected<Error> forged(const SealedRecord& record) const;
    /// Of a file read to its end.
    [[nodiscard]] const std::string& checksum() const noexcept { return checksum_text_; }

private:
    SealedReader(std::unique_ptr<InputFile> file, std::filesystem::path path, RecordSeal seal,
                 FileChecksum checksum, std::uint64_t offset)
        : file_(std::move(file)),
          path_(std::move(path)),
          seal_(std::move(seal)),
          checksum_(std::move(checksum)),
          offset_(offset) {}
    Result<void> take(SealedRecord& record);
    Result<void> check_end();

    std::unique_ptr<InputFile> file_;
    std::filesystem::path path_;
    RecordSeal seal_;
    FileChecksum checksum_;
    std::uint64_t offset_;
    std::uint64_t records_ = 0;  ///< read
    std::string header_;
    std::string checksum_text_;
};

}  // namespace segurifai::backup
