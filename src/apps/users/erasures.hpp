#pragma once

#include <cstdint>
#include <string>

#include "apps/keys.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "security/secrets.hpp"
#include "sql/session.hpp"

namespace segurifai::users {

struct ErasuresApplied {
    std::int64_t archived = 0;    ///< accounts that were archived again
    std::int64_t destroyed = 0;   ///< keys that were destroyed again
    std::int64_t done = 0;        ///< lines of which nothing was left to do
    std::int64_t unknown = 0;     ///< accounts that the database does not have
    std::int64_t unreadable = 0;  ///< lines that are none
};

/// Does again what the list of erasures says, to a database that was restored to a time before:
/// run before it may serve. An open request or payment holds nothing up: the person was archived.
/// Each account is a transaction of its own; again is nothing.
[[nodiscard]] Result<ErasuresApplied> apply_erasures_blocking(sql::Session& session, Clock& clock,
                                                              Random& random,
                                                              const security::Secrets& secrets,
                                                              const std::string& path);

/// Destroys the key of an archived account: from then on nobody reads who it was. The list at
/// `path` is told first, durably, so that no restore brings the key back, whatever happens in
/// between. kNotFound when it is not archived or has no key any more.
[[nodiscard]] Result<void> destroy_key_blocking(sql::Session& session, Clock& clock,
                                                const std::string& path, UserId user_id);

}  // namespace segurifai::users
