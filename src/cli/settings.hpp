#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit.hpp"
#include "sql/engine.hpp"

namespace segurifai::cli {

/// What the environment says, read once at start:
/// - SEGURIFAI_DATA_DIR: the data folder; default `var` in the working folder
/// - SEGURIFAI_DATABASE_URL: default `sqlite:///<data folder>/segurifai.db`
/// - SEGURIFAI_SECRET_KEY: the server's keys; default `secrets.toml` in the data folder
/// - SEGURIFAI_TRUSTED_PROXIES: networks whose X-Forwarded-For is believed ("10.0.0.0/8,::1/128")
/// - SEGURIFAI_CORS_ORIGINS: origins whose pages may call, joined by commas
/// - SEGURIFAI_RATE_LIMITS: `off` for measurements
/// - SEGURIFAI_BACKUPS: `off` = the server makes none
/// - SEGURIFAI_BACKUP_REPOSITORY: the folder of the backups; default `backups` in the data folder
struct Settings {
    std::filesystem::path data_dir;
    std::optional<std::string> database_url = {};  ///< as given; parsed when a command needs it
    std::optional<std::string> secret_key = {};
    std::vector<std::string> trusted_proxies = {};
    std::vector<std::string> cors_origins = {};
    std::optional<std::string> rate_limits = {};
    std::optional<std::string> backups = {};
    std::optional<std::string> backup_repository = {};

    /// Looks a variable up: nothing when it is not set. An empty variable counts as not set.
    using Environment = std::function<std::optional<std::string>(const char* name)>;

    [[nodiscard]] static Settings from(const Environment& environment);
    [[nodiscard]] static Settings of_process();

    /// The database to work on: `override_url` (--database) before SEGURIFAI_DATABASE_URL before
    /// the embedded default. A URL that is none is wrong use.
    [[nodiscard]] Outcome<sql::DatabaseUrl> database(
        const std::optional<std::string>& override_url) const;

    /// The folder of the backups.
    [[nodiscard]] std::filesystem::path repository() const;
    /// The same, unless backups are off: then nothing.
    [[nodiscard]] std::optional<std::filesystem::path> repository_if_on() const;
    /// Whether a tool must leave the write-ahead log of `database` to the server, which ships it
    /// into backups: it is the installation's own, they are not off, and there is a repository.
    [[nodiscard]] bool keeps_log(const sql::DatabaseUrl& database) const;

    /// Makes the data folder (mode 0700) when there is none. Fails with a sentence when it is a
    /// file, or cannot be made or written to.
    [[nodiscard]] Result<void> make_data_dir() const;
};

}  // namespace segurifai::cli
