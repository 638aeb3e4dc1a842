#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "ops/backup/files.hpp"
#include "ops/backup/log_reader.hpp"
#include "sql/session.hpp"

namespace segurifai::backup {

inline constexpr std::uint64_t kLogBytesMax = 1U << 30U;

/// What cannot be shipped waits in SQLite's log, and nobody may bring the log into the database
/// file meanwhile. That has an end: a log of `bytes_max` is given up, before a full disk of the
/// backups fills that of the database. Used by one thread at a time.
class LogLimit {
public:
    LogLimit(const sql::DatabaseUrl& database, std::uint64_t bytes_max);

    /// Whether the log is that long; what an older and longer one left in its file counts for
    /// nothing.
    [[nodiscard]] Result<bool> is_reached();
    /// Why it is given up, in a sentence.
    [[nodiscard]] std::string reason() const;

private:
    SystemFiles files_;  // a log that the backups' own files cannot be written beside
    LogReader log_;
    const std::uint64_t bytes_max_;
};

struct BroughtLog {
    std::uint32_t frames = 0;  ///< of the log, that are in the file now
    bool is_whole = false;     ///< that is all of it
};

/// Brings into the database file what no reader stands in the way of.
[[nodiscard]] Result<BroughtLog> bring_log_into_file(sql::Session& session);

/// Brings all of it in, so that the next commit begins the log anew: the last of it under the write
/// lock, or a busy writer would always be ahead. What a reader stands in the way of, or a writer
/// who leaves the lock to nobody, is for the next time. `locking` has PRAGMA busy_timeout=0.
[[nodiscard]] Result<void> give_up_log(sql::Session& locking, sql::Session& checkpointing);

}  // namespace segurifai::backup
