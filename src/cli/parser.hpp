#pragma once

#include <span>
#include <string>

#include "cli/command.hpp"

namespace segurifai::cli {

/// The long name of an option: "--name" of "-n,--name".
[[nodiscard]] std::string long_name(const Option& option);

/// Reads what follows a command's name. After `--` everything is an argument, whatever it looks
/// like. Wrong use is one sentence, with the nearest option where one was misspelt.
[[nodiscard]] Outcome<Given> parse(const Command& command, std::span<const std::string> words);

/// Whether `-h` or `--help` stands among the words before `--`.
[[nodiscard]] bool asks_for_help(std::span<const std::string> words);

/// The candidate that `word` was most likely meant to be, or "" when none is near.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace segurifai::cli
