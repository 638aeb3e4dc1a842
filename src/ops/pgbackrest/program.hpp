#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace segurifai::pgbackrest {

/// The account a program runs as.
struct Owner {
    uid_t user = 0;
    gid_t group = 0;
};

/// As root, hands a file or folder to `owner`, as all beside a cluster's backups is; anybody else
/// is that owner already. kPermission.
[[nodiscard]] Result<void> give_to_owner(const std::filesystem::path& path, Owner owner);

/// How a program ended.
struct ProgramEnd {
    int status = 0;  ///< its exit status; 128 and the signal's number when a signal ended it
    std::string output;
    std::string errors;
};

/// What passes between a program and us while it runs. All of it is called on the caller's thread.
struct Exchange {
    /// Takes its standard output, piece by piece; without it ProgramEnd::output does. A failure
    /// ends the program, and is what run_program() returns.
    std::function<Result<void>(std::string_view)> output = {};
    /// Gives its standard input, piece by piece; an empty one is the end. Not asked any more when
    /// the program has read enough. A failure ends the program, and is what run_program() returns.
    std::function<Result<std::string>()> input = {};
    /// Asked a few times a second; once it says true the program is told to end (SIGTERM).
    std::function<bool()> stopped = {};
};

/// Runs `words` (the program first, looked up in PATH) to its end, without a shell. As root it runs
/// as `owner`, because a cluster's files are to stay its owner's; anybody else must be that owner
/// (kPermission). It is told to end when the calling thread dies. kNotFound when there is no such
/// program, kBusy when it was stopped.
[[nodiscard]] Result<ProgramEnd> run_program(std::vector<std::string> words, Owner owner,
                                             const Exchange& exchange = {});

}  // namespace segurifai::pgbackrest
