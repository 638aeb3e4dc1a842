#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace segurifai::pgbackrest {

/// The account a program runs as.
struct Owner {
    uid_t user = 0;
    gid_t group = 0;
};

/// How a program ended.
struct ProgramEnd {
    int status = 0;  ///< its exit status
    std::string output;
    std::string errors;
};

/// Runs `words` (the program first, looked up in PATH) to its end, without a shell and without
/// input. As root it runs as `owner`, because a cluster's files are to stay its owner's; anybody
/// else must be that owner (kPermission). kNotFound when there is no such program.
[[nodiscard]] Result<ProgramEnd> run_program(std::vector<std::string> words, Owner owner);

}  // namespace segurifai::pgbackrest
