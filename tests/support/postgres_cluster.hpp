#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "support/temporary_folder.hpp"

namespace segurifai::testing {

/// A private PostgreSQL in a temporary folder, owned by a user that is not root, reached by
/// loopback and by a socket in its folder. It ends, and its folder goes, with this object or with
/// the process, however that ends. Throws std::runtime_error with the server's log when the
/// server does not start.
class PostgresCluster {
public:
    /// kFull: fsync on, as in production, for benches. kArchiving: that, and ready to archive its
    /// log once it is told a command for it.
    enum class Durability { kNone, kFull, kArchiving };

    explicit PostgresCluster(Durability durability = Durability::kNone);
    ~PostgresCluster();
    PostgresCluster(const PostgresCluster&) = delete;
    PostgresCluster& operator=(const PostgresCluster&) = delete;

    /// The superuser's URL of a database of this cluster, over loopback or over the socket.
    [[nodiscard]] std::string url(std::string_view database = "postgres") const;
    [[nodiscard]] std::string socket_url(std::string_view database = "postgres") const;
    [[nodiscard]] int port() const noexcept { return port_; }

    /// Ends the server at once, as a crash does; the data stay. start() brings it back on the
    /// same port.
    void stop();
    void start();

private:
    void make_data_folder();
    bool start_once();
    bool wait_until_ready();
    [[nodiscard]] std::string log() const;

    TemporaryFolder folder_;
    Durability durability_;
    int port_ = 0;
    pid_t keeper_ = -1;  ///< the shell that runs the server and sweeps up after it
    int lifeline_ = -1;  ///< its standard input: the keeper acts when this end closes
};

/// The cluster that the whole process shares, started by its first use: its URL for `database`.
/// SEGURIFAI_TEST_POSTGRES names a running server (a superuser's URL) to use instead.
[[nodiscard]] std::string postgres_url(std::string_view database = "postgres");

/// An empty database with a name of its own on the shared cluster, dropped at the end.
class FreshPostgresDatabase {
public:
    FreshPostgresDatabase();
    ~FreshPostgresDatabase();
    FreshPostgresDatabase(const FreshPostgresDatabase&) = delete;
    FreshPostgresDatabase& operator=(const FreshPostgresDatabase&) = delete;

    [[nodiscard]] std::string url() const { return postgres_url(name_); }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    std::string name_;
};

[[nodiscard]] inline FreshPostgresDatabase fresh_postgres_database() {
    return FreshPostgresDatabase();
}

}  // namespace segurifai::testing
