#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "sql/postgres/libpq.hpp"

namespace segurifai::sql::postgres {

/// What a server's refusal means for whoever ran the statement.
struct Failure {
    Error error;
    std::string sqlstate;  ///< five characters; empty when no server said anything

    /// The same transaction, run again, may well succeed (DATABASE.md: 40001, 40P01, 55P03).
    [[nodiscard]] bool is_conflict() const noexcept;
    /// A lock was not free in time.
    [[nodiscard]] bool is_lock() const noexcept { return sqlstate == "55P03"; }
    /// This connection is of no use any more; another one may be (57P01, 25006, a closed socket).
    [[nodiscard]] bool is_lost() const noexcept;
    /// The connection's prepared statement is stale: the schema changed under it, or it is gone.
    [[nodiscard]] bool is_stale_plan() const noexcept { return stale_plan; }

    bool stale_plan = false;
};

/// Reads a failed result of `connection`. The message never carries a value of a row.
[[nodiscard]] Failure failure_of(const PGresult* result, const PGconn* connection);

/// A connection that broke without a word from the server.
[[nodiscard]] Failure lost_connection();

/// The text of libpq's last complaint about a connection, first line only, without "FATAL:".
[[nodiscard]] std::string complaint_of(const PGconn* connection);

}  // namespace segurifai::sql::postgres
