#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sql/engine.hpp"

namespace segurifai::cli {

/// The engine's own interactive client, as it is to be started.
struct ShellCommand {
    std::vector<std::string> arguments;   ///< arguments[0] is the program
    std::optional<std::string> password;  ///< for PGPASSWORD: never among the arguments, which
                                          ///< everybody on the machine can list
};

/// How `dbshell` opens `url`; `more` goes to the client as it is.
[[nodiscard]] ShellCommand shell_command(const sql::DatabaseUrl& url,
                                         std::span<const std::string> more);

}  // namespace segurifai::cli
