#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "sql/session.hpp"

namespace segurifai::backup {

/// What has to happen to a restored database before anybody may work with it, because the world
/// went on after the moment that was restored.
struct RestoreStep {
    std::string_view name;  ///< "sign-in sessions end"
    /// Returns how many rows it changed. Runs in the transaction of all steps.
    Result<std::int64_t> (*run)(sql::Session& session, Instant now);
};

/// Every step, in the order in which they run. A new one is a line in after_restore.cpp.
[[nodiscard]] std::span<const RestoreStep> restore_steps() noexcept;

struct StepDone {
    std::string name;
    std::int64_t rows = 0;
};

/// A database of an earlier version may lack a table; there is nothing to do in it then.
[[nodiscard]] Result<bool> has_table(sql::Session& session, std::string_view table);

/// Runs every step in one transaction: all of them, or none and the first failure.
[[nodiscard]] Result<std::vector<StepDone>> run_restore_steps(sql::Session& session, Instant now);

// A database that was brought back is settled once all of that has happened, and nobody serves it
// before. In an SQLite file that a restore writes, the mark of an unsettled one is the header's
// application_id. A PostgreSQL cluster that was brought back, by whatever means, is on another
// timeline than the one it was settled on; so is a standby that became the server.

/// Where the mark is in an SQLite file, and what (SQLite reads it as a big-endian number).
inline constexpr std::uint64_t kSqliteMarkOffset = 68;
inline constexpr std::string_view kSqliteMarkBytes = "unst";

/// Whether it may be served. A PostgreSQL database that was never settled may: nobody has worked
/// with it yet.
[[nodiscard]] Result<bool> is_settled(sql::Session& session);

/// From here on it may be served. A server settles its database at the first start; after a
/// restore this is called last.
[[nodiscard]] Result<void> settle(sql::Session& session);

}  // namespace segurifai::backup
