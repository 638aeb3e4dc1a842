#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <system_error>

namespace segurifai {

/// The whole of a file, also of one whose size is not known beforehand, as those of /proc.
/// Returns what the system said where it cannot be opened, or not be read to its end.
[[nodiscard]] std::expected<std::string, std::error_code> read_file(
    const std::filesystem::path& path);

}  // namespace segurifai
