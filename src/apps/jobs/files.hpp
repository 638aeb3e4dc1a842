#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

/// The files that jobs make: one an attempt, in one folder, kept for a day.
namespace segurifai::jobs {

inline constexpr std::string_view kFilesFolder = "jobs";  ///< in the data folder
inline constexpr std::size_t kFileBytesMax = 1'000'000'000;
inline constexpr std::size_t kPieceBytesMax = 262'144;  ///< of a file, in memory while it is sent
inline constexpr std::size_t kFileNameMax = 120;
inline constexpr std::int64_t kFileKeptHours = 24;

/// Whether the file of a job that was done at `finished` is still there at `now`.
[[nodiscard]] bool is_kept(Instant finished, Instant now) noexcept;

/// Where the file of an attempt is. Each attempt has its own: one that was taken for dead may
/// still write.
[[nodiscard]] std::filesystem::path file_path(const std::filesystem::path& folder, JobId id,
                                              std::int32_t attempt);

/// kInvalid unless `name` is 1 to 120 letters, digits, '.', '-' and '_', and begins with a letter
/// or a digit.
[[nodiscard]] Result<void> check_file_name(std::string_view name);

/// "text/csv; charset=utf-8": what a name's ending says, "application/octet-stream" without one
/// that is known.
[[nodiscard]] std::string_view type_of(std::string_view name) noexcept;

/// Makes the folder, for its owner alone, where it is missing.
[[nodiscard]] Result<void> make_files_folder_blocking(const std::filesystem::path& folder);

/// kNotFound when there is no such file, kTooLong when it is larger than it may be.
[[nodiscard]] Result<void> check_file_blocking(const std::filesystem::path& path);

/// A file that is open: it may be removed meanwhile, and is read to its end all the same.
class OpenFile {
public:
    /// As check_file_blocking.
    [[nodiscard]] static Result<OpenFile> open_blocking(const std::filesystem::path& path);
    OpenFile(OpenFile&& other) noexcept
        : path_(std::move(other.path_)),
          file_(std::exchange(other.file_, -1)),
          size_(other.size_) {}
    OpenFile& operator=(OpenFile&& other) noexcept {
        path_.swap(other.path_);
        std::swap(file_, other.file_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~OpenFile();

    /// In bytes, when it was opened.
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    /// Up to kPieceBytesMax bytes from `offset` on. kCorrupt when it ends before its size.
    [[nodiscard]] Result<std::string> read_blocking(std::uint64_t offset) const;

private:
    OpenFile(std::filesystem::path path, int file, std::uint64_t size)
        : path_(std::move(path)), file_(file), size_(size) {}

    std::filesystem::path path_;
    int file_;
    std::uint64_t size_;
};

/// Removes the files that were last written a day ago or more; returns how many. Those of attempts
/// that failed are among them.
[[nodiscard]] Result<std::int64_t> remove_old_files_blocking(const std::filesystem::path& folder,
                                                             Instant now);

}  // namespace segurifai::jobs
