#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"

namespace segurifai::backup {

/// Where a commit ends in SQLite's write-ahead log.
struct LogPosition {
    std::array<std::uint32_t, 2> salts{};     ///< of the log's header: which log
    std::uint32_t frame = 0;                  ///< the commit's last frame, from 1; 0 = before all
    std::array<std::uint32_t, 2> checksum{};  ///< of everything up to there

    friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

/// A transaction, or a group of them, that was committed together.
struct Commit {
    std::uint64_t txid = 0;   ///< counted from 1 in its generation; 0 = where the generation begins
    Instant at;               ///< when it was seen, which is after it happened; never goes back
    std::uint32_t pages = 0;  ///< the database's size after it
    LogPosition log;

    friend bool operator==(const Commit&, const Commit&) = default;
};

}  // namespace segurifai::backup
