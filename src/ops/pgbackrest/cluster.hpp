#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "ops/pgbackrest/program.hpp"
#include "sql/session.hpp"

namespace segurifai::pgbackrest {

/// Where a PostgreSQL server keeps its data, and how it is reached on its own machine.
struct Cluster {
    std::filesystem::path data;      ///< data_directory
    std::filesystem::path settings;  ///< config_file, which Debian keeps outside of the data
    std::filesystem::path socket;    ///< the folder of its first socket
    std::filesystem::path programs;  ///< where pg_ctl and the like of its version are
    int port = 0;
    std::string user;      ///< its first superuser: as whom its owner is let in on the socket
    std::string database;  ///< the one we are in
    Owner owner;           ///< of the data
    std::uint64_t log_parts = 256;  ///< log files in 4 GiB of the log
};

/// What the server of `session` says of itself. kUnsupported when its data are not on this machine,
/// or it has no socket; kPermission when the account may not ask.
[[nodiscard]] Result<Cluster> cluster_of(sql::Session& session);

/// How far the server's log is in the archive.
struct Archiver {
    bool is_on = false;                ///< archive_mode and our archive_command
    std::int64_t failed = 0;           ///< attempts since statistics began
    bool fails_now = false;            ///< the last attempt failed
    std::int64_t bytes_waiting = 0;    ///< of whole log files that are not yet archived
    std::int64_t timeout_seconds = 0;  ///< after which a log file goes that is not full; 0 = never
    std::optional<Instant> last;       ///< when a log file was archived last
    Instant started;                   ///< when the server was: after a crash it knows no `last`
};

[[nodiscard]] Result<Archiver> archiver_of(sql::Session& session);

}  // namespace segurifai::pgbackrest
