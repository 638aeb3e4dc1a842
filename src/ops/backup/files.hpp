#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace segurifai::backup {

/// A file being written. Closed without being synced when it goes.
class OutputFile {
public:
    virtual ~OutputFile() = default;
    [[nodiscard]] virtual Result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;
    [[nodiscard]] virtual Result<void> resize(std::uint64_t size) = 0;
    /// Makes the file `size` long, of zeros, its place on the disk taken: what is written there
    /// later is synced without the file system's own books. A file system that knows no such thing
    /// leaves the file as it is.
    [[nodiscard]] virtual Result<void> reserve(std::uint64_t size) = 0;
    /// fdatasync
    [[nodiscard]] virtual Result<void> sync() = 0;
};

/// A file being read.
class InputFile {
public:
    virtual ~InputFile() = default;
    [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
    /// Fills `out` from `offset`; fewer bytes are given at the end of the file only.
    [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                      std::span<char> out) = 0;
};

/// Everything that backups ask of the operating system about files, so that a test can make each
/// of these calls fail. Failures are kDiskFull, kReadOnly, kPermission or kNotFound, with the path
/// and the system's own words.
class Files {
public:
    virtual ~Files() = default;

    /// Makes a new file that only its owner may read. kConflict when there is one.
    [[nodiscard]] virtual Result<std::unique_ptr<OutputFile>> make(
        const std::filesystem::path& path) = 0;
    [[nodiscard]] virtual Result<std::unique_ptr<InputFile>> open(
        const std::filesystem::path& path) = 0;
    /// Replaces what has the name `to`.
    [[nodiscard]] virtual Result<void> rename(const std::filesystem::path& from,
                                              const std::filesystem::path& to) = 0;
    /// A file that is not there is removed already.
    [[nodiscard]] virtual Result<void> remove(const std::filesystem::path& path) = 0;
    /// Makes names given and taken in the folder durable.
    [[nodiscard]] virtual Result<void> sync_folder(const std::filesystem::path& path) = 0;
    /// Makes the folder, mode 0700, and those above it, where they are missing.
    [[nodiscard]] virtual Result<void> make_folder(const std::filesystem::path& path) = 0;
    /// The names in a folder, sorted. A folder that is not there is empty.
    [[nodiscard]] virtual Result<std::vector<std::string>> list(
        const std::filesystem::path& path) = 0;
};

/// The machine's own files.
class SystemFiles final : public Files {
public:
    Result<std::unique_ptr<OutputFile>> make(const std::filesystem::path& path) override;
    Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) override;
    Result<void> rename(const std::filesystem::path& from,
                        const std::filesystem::path& to) override;
    Result<void> remove(const std::filesystem::path& path) override;
    Result<void> sync_folder(const std::filesystem::path& path) override;
    Result<void> make_folder(const std::filesystem::path& path) override;
    Result<std::vector<std::string>> list(const std::filesystem::path& path) override;
};

/// A whole small file; kInvalid past `size_max` bytes.
[[nodiscard]] Result<std::string> read_whole(Files& files, const std::filesystem::path& path,
                                             std::size_t size_max);

/// Removes a file because of `why`, which it returns; with why it is still there if it is.
[[nodiscard]] Error remove_after(Files& files, const std::filesystem::path& path, Error why);

/// Gives a file of `text` its name once it is whole and on disk, replacing what was there. Where
/// that fails it leaves nothing.
[[nodiscard]] Result<void> write_whole(Files& files, const std::filesystem::path& path,
                                       std::string_view text);

}  // namespace segurifai::backup
