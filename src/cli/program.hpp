#pragma once

#include <span>
#include <string>

#include "cli/command.hpp"

namespace segurifai::cli {

/// Runs one command line (without the program's name) and gives the process's exit code. Prints
/// the failure, if there is one, as one sentence on standard error. Never throws.
[[nodiscard]] int run_program(std::span<const std::string> words, const Context& context) noexcept;

}  // namespace segurifai::cli
