#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "apps/jobs/kind.hpp"
#include "base/error.hpp"
#include "security/secrets.hpp"
#include "sql/engine.hpp"

namespace segurifai::server {

/// Where an installation keeps what its jobs work on.
struct Installation {
    sql::DatabaseUrl database;
    std::filesystem::path data_dir;
    std::optional<std::string> secret_key;  ///< SEGURIFAI_SECRET_KEY; nothing = secrets.toml
    bool keep_log = false;  ///< SQLite: backups take the log, and nobody else may shorten it
    std::optional<std::filesystem::path> backups =
        {};              ///< their repository; nothing = switched off
    bool ships = false;  ///< this process writes the backups of its SQLite database
};

/// Those of SEGURIFAI_SECRET_KEY, or of secrets.toml, which is made where it is missing.
[[nodiscard]] Result<security::Secrets> secrets_of(const Installation& installation);

/// Every kind of job of the program, as it runs there.
[[nodiscard]] Result<jobs::Kinds> all_job_kinds(const Installation& installation);

}  // namespace segurifai::server
