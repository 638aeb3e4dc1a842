#pragma once

#include "cli/command.hpp"
#include "ops/backup/repository.hpp"

namespace segurifai::cli {

/// `--repository PATH`
[[nodiscard]] Option repository_option();

/// The keys of this installation's backups. Makes none: without its secrets no backup is readable.
[[nodiscard]] Outcome<std::vector<security::SigningKey>> backup_keys(const Context& context);

/// The folder that --repository, the environment or the default names.
[[nodiscard]] std::filesystem::path repository_folder(const Given& given, const Context& context);

/// The repository there, which exists.
[[nodiscard]] Outcome<backup::Repository> open_repository(const Given& given,
                                                          const Context& context,
                                                          backup::Files& files);

}  // namespace segurifai::cli
