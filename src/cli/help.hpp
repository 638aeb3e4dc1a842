#pragma once

#include <span>
#include <string>

#include "cli/command.hpp"

namespace segurifai::cli {

/// "segurifai 0.1.0"
[[nodiscard]] std::string version_text();

/// What `segurifai help` prints: every command with its summary.
[[nodiscard]] std::string overview_text(std::span<const Command> commands);

/// What `segurifai help <command>` prints: use, description, options, examples, exit codes.
[[nodiscard]] std::string help_text(const Command& command);

}  // namespace segurifai::cli
