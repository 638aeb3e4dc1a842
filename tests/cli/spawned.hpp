#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace segurifai::testing {

/// A run of the built program, over.
struct Spawned {
    int exit = -1;  ///< the exit code, or 128 + the signal that ended it
    std::string output;
    std::string error;
};

struct Surroundings {
    std::filesystem::path folder;                       ///< where it runs
    std::map<std::string, std::string> variables = {};  ///< added to PATH, which is all it has
    std::string output_file = {};                       ///< standard output goes there, when named
    std::string input_file = {};  ///< standard input comes from there, likewise
};

/// Runs `segurifai` with the arguments and waits for it. Its standard input is empty when no file
/// is named, and it sees none of this process's SEGURIFAI_* variables. Throws std::runtime_error
/// when it cannot start.
[[nodiscard]] Spawned run_segurifai(const std::vector<std::string>& arguments,
                                    const Surroundings& surroundings);

}  // namespace segurifai::testing
