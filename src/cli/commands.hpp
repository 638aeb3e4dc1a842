#pragma once

#include <vector>

#include "cli/command.hpp"

namespace segurifai::cli {

/// Every command, in the order `segurifai help` lists them. The registry gives the apps and
/// tables that completion offers; commands that want it take it as their function's argument.
[[nodiscard]] std::vector<Command> all_commands(const model::Registry& registry);

// One function a file: cli/<name>.cpp.
[[nodiscard]] Command serve_command();
[[nodiscard]] Command createsuperuser_command();
[[nodiscard]] Command changepassword_command();
[[nodiscard]] Command check_command();
[[nodiscard]] Command doctor_command();
[[nodiscard]] Command loaddemo_command();
[[nodiscard]] Command migrate_command();
[[nodiscard]] Command showmigrations_command();
[[nodiscard]] Command sqlmigrate_command();
[[nodiscard]] Command purge_command();
[[nodiscard]] Command retention_command();
[[nodiscard]] Command archive_command();
[[nodiscard]] Command audit_command();
[[nodiscard]] Command backup_command();
[[nodiscard]] Command restore_command();
[[nodiscard]] Command erasures_command();
[[nodiscard]] Command checkdb_command();
[[nodiscard]] Command inspectdb_command();
[[nodiscard]] Command docs_command();
[[nodiscard]] Command completion_command();
[[nodiscard]] Command counts_command();
[[nodiscard]] Command jobs_command();
[[nodiscard]] Command dbshell_command();
[[nodiscard]] Command loadreference_command();
[[nodiscard]] Command dumpdata_command();
[[nodiscard]] Command loaddata_command();
[[nodiscard]] Command makemigrations_command();
[[nodiscard]] Command squashmigrations_command();

}  // namespace segurifai::cli
