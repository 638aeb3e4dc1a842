#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "apps/dispatch/choices.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "http/pipeline.hpp"
#include "http/wire_server.hpp"
#include "sql/engine.hpp"

namespace segurifai::server {

struct ServerOptions {
    sql::DatabaseUrl database;
    std::filesystem::path data_dir;            ///< exists
    std::optional<std::string> secret_key;     ///< SEGURIFAI_SECRET_KEY; nothing = secrets.toml
    std::optional<std::filesystem::path> log;  ///< nothing = standard error
    std::string version;
    http::WireOptions wire;
    http::PipelineOptions pipeline;
    dispatch::Policy policy = dispatch::Policy::kNearest;
    /// Where backups go, or are looked for on PostgreSQL; nothing = neither.
    std::optional<std::filesystem::path> backups;
    int hashing_threads = 0;  ///< passwords, 10 ms and 7 MiB each; 0 = half the cores, 1 at least
    int hashing_queue_limit = 256;  ///< sign-ins that may wait; more get 503
};

/// The whole program as a server: everything is made by start(), runs in run(), and ends with the
/// object.
class Server {
public:
    /// Opens the database, which must be migrated, makes secrets at the first start, binds the
    /// port and begins to look after searches. Fails with one sentence for the person at the
    /// console; kConflict when migrations are missing or the port is taken.
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options, Clock& clock,
                                                               Random& random);
    virtual ~Server() = default;

    [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;

    /// Serves until SIGTERM, SIGINT or stop(), then answers what is in flight and ends.
    virtual void run() = 0;
    /// From any thread, once or more.
    virtual void stop() noexcept = 0;
};

}  // namespace segurifai::server
