#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/error.hpp"
#include "sql/engine.hpp"

namespace segurifai::sql {

/// The present state of an SQLite database, held by a read transaction as long as this lives. No
/// checkpoint, of any process, goes past it, and if part of the log was not in the file yet when
/// it began, the log does not restart. Used by one thread at a time.
class HeldState {
public:
    virtual ~HeldState() = default;
    HeldState() = default;
    HeldState(const HeldState&) = delete;
    HeldState& operator=(const HeldState&) = delete;

    /// Bytes of the database file, without what is only in the log, through SQLite's own
    /// descriptor: closing another one would drop the locks of the process. Zeros past the end.
    [[nodiscard]] virtual Result<void> read(std::uint64_t offset, std::span<std::byte> out) = 0;
    /// Makes durable what any connection has written into the database file. SQLite does so itself,
    /// but only when a checkpoint has brought in the whole log.
    [[nodiscard]] virtual Result<void> sync_file() = 0;

    /// Holds nothing any more, until hold_again(). To do so is cheaper than to begin with another
    /// HeldState, which reads the schema first.
    [[nodiscard]] virtual Result<void> let_go() = 0;
    /// Holds what is the present state now. After a failure it holds nothing.
    [[nodiscard]] virtual Result<void> hold_again() = 0;
};

/// Begins to hold the state of an existing SQLite file, whose log is kept meanwhile and after.
/// Fails as open_session() does, and with kUnsupported for PostgreSQL.
[[nodiscard]] Result<std::unique_ptr<HeldState>> hold_state(const DatabaseUrl& url);

}  // namespace segurifai::sql
