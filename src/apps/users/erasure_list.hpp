#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/keys.hpp"
#include "apps/platform.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/session.hpp"

/// Erasures outlive restores: who was archived, and whose key was destroyed, stands also in a list
/// outside the database, and is done again to a database that was restored to a time before.
namespace segurifai::users {

/// Below the data folder. Keep it with the backups of other things, not with the database's.
inline constexpr std::string_view kErasuresFile = "archive/erasures.ndjson";

struct Erasure {
    enum class Kind : std::uint8_t { kArchived, kKeyDestroyed };
    Kind kind = Kind::kArchived;
    UserId user_id;
    Instant at;

    friend bool operator==(const Erasure&, const Erasure&) = default;
};

/// Appends to the list, a line each: {"at":"…","done":"archived","user_id":"…"}. Durable when it
/// returns. Makes the file, for its owner only, and its folder. The same twice does no harm.
[[nodiscard]] Result<void> append_erasures_blocking(const std::string& path,
                                                    const std::vector<Erasure>& erasures);

struct ErasureList {
    std::vector<Erasure> erasures;
    std::int64_t unreadable =
        0;  ///< lines that are none: one cut short by a crash was written anew
};

/// The whole list; empty when there is no file.
[[nodiscard]] Result<ErasureList> read_erasures_blocking(const std::string& path);

/// Appends what the database has and the list has not, and notes that. Called after each archiving
/// and now and then, because the one before may have failed. Returns how many accounts.
[[nodiscard]] Task<Result<std::int64_t>> list_erasures(Platform& platform);
[[nodiscard]] Result<std::int64_t> list_erasures_blocking(sql::Session& session, Clock& clock,
                                                          const std::string& path);

}  // namespace segurifai::users
