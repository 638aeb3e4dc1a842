#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "sql/postgres/libpq.hpp"

namespace segurifai::sql::postgres {

/// What every connection of ours is set to. 0 = no limit.
struct ConnectionSettings {
    std::chrono::milliseconds statement_timeout{0};
    std::chrono::milliseconds lock_timeout{0};
    std::chrono::milliseconds idle_in_transaction_timeout{0};
    bool read_only = false;
    /// For statements that look rows up: plans through an index wherever there is one, whatever the
    /// statistics say. A prepared statement keeps its plan, and one made while a table was new
    /// would read the whole of it long after it has grown.
    bool by_index = false;
    /// For lists: plans are made once for all values of the parameters. Planning one costs more
    /// than reading a page, and which values are rare is written into the statement (model/filter).
    bool plans_once = false;
};

/// Where to connect and how, as libpq's keywords and values.
class ConnectTarget {
public:
    /// Reads a `postgresql://` URI. Fails with kInvalid; the message does not repeat the URI, which
    /// may hold a password.
    [[nodiscard]] static Result<ConnectTarget> parse(const std::string& uri,
                                                     const ConnectionSettings& settings);

    /// The host's name when it must be looked up first: libpq's own look-up blocks. Empty for an
    /// address, a socket's folder, a list of hosts, or where `hostaddr` was given.
    [[nodiscard]] std::string name_to_resolve() const;

    /// Begins to connect; the caller polls. `address` is what name_to_resolve() led to, or "".
    /// Never null. SQLSTATEs appear in its error messages until finish_connecting().
    [[nodiscard]] ConnectionPtr start(const std::string& address = {}) const;

private:
    std::vector<std::pair<std::string, std::string>> words_;
};

/// After a poll said PGRES_POLLING_OK.
void finish_connecting(PGconn* connection) noexcept;

/// Why connecting failed, in a sentence that says where and what to check.
[[nodiscard]] Error connect_error(const PGconn* connection);
[[nodiscard]] Error connect_timed_out(const PGconn* connection);

/// Connects and waits. Never on an io thread.
[[nodiscard]] Result<ConnectionPtr> connect_blocking(const ConnectTarget& target,
                                                     std::chrono::milliseconds timeout);

}  // namespace segurifai::sql::postgres
