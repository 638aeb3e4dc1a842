#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "apps/jobs/kind.hpp"
#include "base/error.hpp"
#include "sql/engine.hpp"

namespace segurifai::server {

/// Where an installation keeps what its jobs work on.
struct Installation {
    sql::DatabaseUrl database;
    std::filesystem::path data_dir;
    std::optional<std::string> secret_key;  ///< SEGURIFAI_SECRET_KEY; nothing = secrets.toml
    std::optional<std::filesystem::path> backups = {};  ///< their folder; nothing = none are made
};

/// Every kind of job of the program, as it runs there.
[[nodiscard]] Result<jobs::Kinds> all_job_kinds(const Installation& installation);

}  // namespace segurifai::server
