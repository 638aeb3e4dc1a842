#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace segurifai::audit_segments {

/// A file being written, from its beginning.
class NewFile {
public:
    virtual ~NewFile() = default;
    [[nodiscard]] virtual Result<void> append(std::string_view bytes) = 0;
    /// Returns once everything appended is on the disk.
    [[nodiscard]] virtual Result<void> sync() = 0;
};

/// A file being read, from its beginning unless told otherwise.
class StoredFile {
public:
    virtual ~StoredFile() = default;
    [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
    /// Goes on reading at that many bytes from the beginning.
    [[nodiscard]] virtual Result<void> seek(std::uint64_t offset) = 0;
    /// Fills the buffer as far as there is something; 0 at the end.
    [[nodiscard]] virtual Result<std::size_t> read(std::span<char> buffer) = 0;
};

/// Held for as long as the object lives, and by a process no longer than it lives.
class FolderLock {
public:
    virtual ~FolderLock() = default;
};

/// The one folder that segments and manifests live in, and every effect on the disk they have: a
/// test puts one in its place that fails or dies at any of them. Names are plain file names.
class Folder {
public:
    enum class Hold : std::uint8_t { kShared, kAlone };

    virtual ~Folder() = default;

    /// Fails with kConflict when somebody else holds it in a way that this one may not share.
    [[nodiscard]] virtual Result<std::unique_ptr<FolderLock>> lock(Hold hold) = 0;
    /// Begins a file, in place of what had that name. Only its owner may read it.
    [[nodiscard]] virtual Result<std::unique_ptr<NewFile>> create(const std::string& name) = 0;
    /// kNotFound when there is none.
    [[nodiscard]] virtual Result<std::unique_ptr<StoredFile>> open(const std::string& name) = 0;
    /// Gives a file another name, in place of what had it, at once.
    [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    /// Removing what is not there is no failure.
    [[nodiscard]] virtual Result<void> remove(const std::string& name) = 0;
    /// Returns once the names given and taken are on the disk.
    [[nodiscard]] virtual Result<void> sync() = 0;
    /// Every name, sorted.
    [[nodiscard]] virtual Result<std::vector<std::string>> names() = 0;
    /// A name as a person finds the file.
    [[nodiscard]] virtual std::string shown(const std::string& name) const = 0;
};

/// A folder of the disk. It is made, for its owner only, by the first lock.
[[nodiscard]] std::unique_ptr<Folder> disk_folder(std::filesystem::path path);

/// The first `bytes_max` bytes of a file, which are the whole of any that was written here.
[[nodiscard]] Result<std::string> read_whole(Folder& folder, const std::string& name,
                                             std::size_t bytes_max);

}  // namespace segurifai::audit_segments
