#pragma once

#include <string>

#include "base/random.hpp"
#include "cli/command.hpp"

namespace segurifai::cli {

/// A password that a person gave, or that was made for them.
struct PasswordEntry {
    std::string password;
    bool made = false;  ///< by chance: it must be shown once, and changed at the first sign-in
};

/// The options of commands that take a password.
[[nodiscard]] Option password_stdin_option();

/// From the first line of standard input with `--password-stdin`; typed twice, unseen, at a
/// terminal; else made by chance. Never from the command line, which others can read. Wrong use
/// when the two differ or the line is empty.
[[nodiscard]] Outcome<PasswordEntry> enter_password(const Given& given, const Context& context,
                                                    Random& random);

}  // namespace segurifai::cli
