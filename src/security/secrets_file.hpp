#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"
#include "security/master_key.hpp"

namespace segurifai::security {

/// The keys of a text of `secrets.toml`: `[[keys]]` with `id` and `key`, and nothing else.
/// kInvalid, with every fault and no value.
[[nodiscard]] Result<std::vector<MasterKey>> parse_secrets(std::string_view text);

/// The keys of the file: a plain file of ours, not a link, that nobody else may read or write, of
/// at most 64 KiB. kNotFound when there is none, kPermission when it is another's.
[[nodiscard]] Result<std::vector<MasterKey>> read_secrets_file(const std::filesystem::path& path);

/// Makes the file, durable and readable by its owner only, with one random key. When another
/// process made it meanwhile, its file stays. Makes the folder, mode 0700, when it is missing.
[[nodiscard]] Result<void> make_secrets_file(const std::filesystem::path& path, Random& random);

}  // namespace segurifai::security
