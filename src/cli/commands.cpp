#include "cli/commands.hpp"

namespace segurifai::cli {

std::vector<Command> all_commands([[maybe_unused]] const model::Registry& registry) {
    return {
        loadreference_command(), counts_command(),   dbshell_command(),
        dumpdata_command(),      loaddata_command(), completion_command(),
    };
}

}  // namespace segurifai::cli
