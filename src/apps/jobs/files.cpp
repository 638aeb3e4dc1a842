#include "apps/jobs/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace segurifai::jobs {
namespace {

constexpr std::int64_t kMicrosPerHour = 3'600'000'000;

constexpr std::array kTypes{
    std::pair<std::string_view, std::string_view>{".csv", "text/csv; charset=utf-8"},
    std::pair<std::string_view, std::string_view>{".json", "application/json"},
    std::pair<std::string_view, std::string_view>{".ndjson", "application/x-ndjson"},
    std::pair<std::string_view, std::string_view>{".txt", "text/plain; charset=utf-8"},
    std::pair<std::string_view, std::string_view>{".zip", "application/zip"},
};

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// What the system said about a file or folder.
std::unexpected<Error> failure(const std::filesystem::path& path, std::error_code error) {
    const Code code = error == std::errc::no_space_on_device          ? Code::kDiskFull
                      : error == std::errc::permission_denied         ? Code::kPermission
                      : error == std::errc::read_only_file_system     ? Code::kReadOnly
                      : error == std::errc::no_such_file_or_directory ? Code::kNotFound
                                                                      : Code::kInternal;
    return fail(code, fmt::format("{}: {}", path.string(), error.message()));
}

std::error_code last_error() {
    return {errno, std::generic_category()};
}

Result<void> refuse_large(std::uint64_t bytes) {
    if (bytes <= kFileBytesMax) return {};
    return fail(Code::kTooLong, fmt::format("The job made a file of {} bytes; {} is the most.",
                                            bytes, kFileBytesMax));
}

Instant written_at(std::filesystem::file_time_type time) {
    const auto system = std::chrono::file_clock::to_sys(time).time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(system).count()};
}

}  // namespace

bool is_kept(Instant finished, Instant now) noexcept {
    return now.micros - finished.micros < kFileKeptHours * kMicrosPerHour;
}

std::filesystem::path file_path(const std::filesystem::path& folder, JobId id,
                                std::int32_t attempt) {
    return folder / fmt::format("{}-{}", id.value, attempt);
}

Result<void> check_file_name(std::string_view name) {
    const bool is_sound = !name.empty() && name.size() <= kFileNameMax &&
                          is_alphanumeric(name.front()) && std::ranges::all_of(name, [](char c) {
                              return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
                          });
    if (is_sound) return {};
    return fail(Code::kInvalid, fmt::format("'{}' is no name for the file of a job.", name));
}

std::string_view type_of(std::string_view name) noexcept {
    for (const auto& [ending, type] : kTypes)
        if (name.ends_with(ending)) return type;
    return "application/octet-stream";
}

Result<void> make_files_folder_blocking(const std::filesystem::path& folder) {
    std::error_code error;
    const bool is_new = std::filesystem::create_directories(folder, error);
    if (!error && is_new)
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) return failure(folder, error);
    return {};
}

Result<void> check_file_blocking(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) return failure(path, error);
    return refuse_large(size);
}

Result<OpenFile> OpenFile::open_blocking(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return failure(path, last_error());
    OpenFile opened(path, file, 0);
    struct stat about{};
    if (::fstat(file, &about) != 0) return failure(path, last_error());
    opened.size_ = static_cast<std::uint64_t>(about.st_size);
    SEGURIFAI_TRY(refuse_large(opened.size_));
    return opened;
}

OpenFile::~OpenFile() {
    if (file_ >= 0) ::close(file_);
}

Result<std::string> OpenFile::read_blocking(std::uint64_t offset) const {
    std::string piece(std::min<std::uint64_t>(size_ - offset, kPieceBytesMax), '\0');
    std::size_t got = 0;
    while (got < piece.size()) {
        const ssize_t bytes = ::pread(file_, piece.data() + got, piece.size() - got,
                                      static_cast<off_t>(offset + got));
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes < 0) return failure(path_, last_error());
        if (bytes == 0)
            return fail(Code::kCorrupt, fmt::format("{} became shorter.", path_.string()));
        got += static_cast<std::size_t>(bytes);
    }
    return piece;
}

Result<std::int64_t> remove_old_files_blocking(const std::filesystem::path& folder, Instant now) {
    std::error_code error;
    std::filesystem::directory_iterator at(folder, error);
    if (error == std::errc::no_such_file_or_directory) return 0;  // no job has made one yet
    std::int64_t removed = 0;
    for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
        const auto time = at->last_write_time(error);
        if (error) break;
        if (is_kept(written_at(time), now)) continue;
        if (std::filesystem::remove(at->path(), error)) ++removed;
        if (error) break;
    }
    if (error) return failure(folder, error);
    return removed;
}

}  // namespace segurifai::jobs
