#include "cli/commands.hpp"

namespace segurifai::cli {

std::vector<Command> all_commands([[maybe_unused]] const model::Registry& registry) {
    return {
        serve_command(),      createsuperuser_command(), changepassword_command(),
        check_command(),      doctor_command(),          loaddemo_command(),
        migrate_command(),    showmigrations_command(),  sqlmigrate_command(),
        purge_command(),      backup_command(),          restore_command(),
        audit_command(),      erasures_command(),        retention_command(),
        archive_command(),    loadreference_command(),   counts_command(),
        jobs_command(),       dbshell_command(),         dumpdata_command(),
        loaddata_command(),   checkdb_command(),         inspectdb_command(),
        docs_command(),       makemigrations_command(),  squashmigrations_command(),
        completion_command(),
    };
}

}  // namespace segurifai::cli
