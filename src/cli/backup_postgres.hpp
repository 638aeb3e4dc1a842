#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "cli/command.hpp"

namespace segurifai::cli {

/// `segurifai backup WHAT` of a PostgreSQL database; `what` is one of the command's words.
[[nodiscard]] Outcome<Exit> run_postgres_backup(std::string_view what, const Given& given,
                                                const Context& context);

/// How they stand, for who only looks.
struct PostgresBackups {
    std::filesystem::path folder;         ///< of the repository
    std::filesystem::path barred;         ///< what keeps the cluster's owner from it; empty
    std::vector<std::string> complaints;  ///< what is late or broken; empty = all is well
    std::optional<Instant> last_full = {};
    std::optional<Instant> restorable_to = {};
};
/// kNotFound when none were set up; kUnsupported when the server's files are on another machine.
[[nodiscard]] Outcome<PostgresBackups> postgres_backups(const Given& given, const Context& context);

/// What `segurifai restore` goes back to.
struct RestoreWish {
    std::optional<Instant> at = {};        ///< nothing = the newest state
    std::string point = {};                ///< a named point
    std::optional<std::string> dump = {};  ///< a dump, to be opened; empty = the newest
};

/// `segurifai restore` of one.
[[nodiscard]] Outcome<Exit> run_postgres_restore(const RestoreWish& wish, const std::string& into,
                                                 const Given& given, const Context& context);

}  // namespace segurifai::cli
