#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cli/examination/findings.hpp"

namespace segurifai::cli {

/// What a file system has left.
struct Space {
    std::uint64_t bytes_free = 0;  ///< for whoever is not root
    std::uint64_t bytes = 0;
    std::uint64_t files_free = 0;
    std::uint64_t files = 0;  ///< 0 = it does not count files
};

/// Nothing when the place cannot be looked at.
[[nodiscard]] std::optional<Space> space_of(const std::filesystem::path& place);

/// A fault below 10 MB, or below 2 % where that is less than 1 GB; a warning below 1 GB or 5 %.
/// The same shares of files.
[[nodiscard]] Level judge(const Space& space) noexcept;

/// "80.1 of 251.9 GB and 97 % of the files free"
[[nodiscard]] std::string text_of(const Space& space);

/// A sentence when the disk of that place is as good as full; empty when it is not, or cannot be
/// looked at.
[[nodiscard]] std::string complaint_of_room(const std::filesystem::path& place);

/// The name of the file system of that type (statfs), when it is one whose files other machines
/// change, or whose locks and shared memory are not this machine's alone; empty for any other.
[[nodiscard]] std::string_view network_file_system(std::int64_t type) noexcept;

/// Whether the place is on such a file system; its name.
[[nodiscard]] std::string_view network_file_system_of(const std::filesystem::path& place) noexcept;

}  // namespace segurifai::cli
