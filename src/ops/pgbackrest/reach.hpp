#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "ops/pgbackrest/program.hpp"

/// A repository is written by the owner of the cluster's files, whoever asks for it: the server
/// itself archives its log there.
namespace segurifai::pgbackrest {

/// The first folder on the way to `folder`, or `folder` itself, that `owner` may not enter, or not
/// write to where it ends. Nothing when the way is free, as far as there is one. What is judged
/// are the modes; the other groups that the owner may be in do not count.
[[nodiscard]] std::optional<std::filesystem::path> barred_from(const std::filesystem::path& folder,
                                                               Owner owner);

/// Whether neither a shell nor a configuration file reads anything else in `text`: letters, digits
/// and /._- alone.
[[nodiscard]] bool is_plain(std::string_view text);

/// Whether there is something at `path`; kPermission when we may not look,
/// kInternal with the system's words when it cannot be seen for another reason.
[[nodiscard]] Result<bool> is_present(const std::filesystem::path& path);

/// Makes what is missing of `folder` and of the way to it, for `owner` alone (0700). kPermission,
/// and nothing made, when something bars the owner from it; `folder` is absolute.
[[nodiscard]] Result<void> make_reachable(const std::filesystem::path& folder, Owner owner);

}  // namespace segurifai::pgbackrest
