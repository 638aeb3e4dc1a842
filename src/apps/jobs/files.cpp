#include "apps/jobs/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
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
    if (size > kFileBytesMax)
        return fail(Code::kTooLong, fmt::format("The job made a file of {} bytes; {} is the most.",
                                                size, kFileBytesMax));
    return {};
}

Result<std::string> read_file_blocking(const std::filesystem::path& path) {
    SEGURIFAI_TRY(check_file_blocking(path));
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (file.bad() || !file.is_open())
        return fail(Code::kInternal, fmt::format("{} cannot be read.", path.string()));
    return text;
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
