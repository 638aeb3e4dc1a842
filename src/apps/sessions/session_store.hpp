#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/keys.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "sql/database.hpp"

/// Sessions and their families of refresh tokens (RULES §1). A session lives as long as its last
/// refresh token, or until somebody ends it; whoever asks reads it anew, so an end holds at once.
namespace segurifai::sessions {

inline constexpr std::int64_t kSessionSeconds = 86'400;
/// A used refresh token gives its successor again for so long: the answer may have been lost.
inline constexpr std::int64_t kGraceSeconds = 20;

/// A session that is to be opened. Made before the transaction, so that a second run of its body
/// stores the same.
struct NewSession {
    SessionId id;
    users::UserId user_id;
    std::string refresh;  ///< the token itself; only its hash is stored
    std::string address;
    std::string device_name;
};

[[nodiscard]] NewSession plan_session(Clock& clock, Random& random, users::UserId user_id,
                                      std::string address, std::string device_name);

/// Stores the session, the first token of its family and the audit event. Three statements.
[[nodiscard]] Task<Result<void>> open_session(sql::Transaction& transaction, const http::Call& call,
                                              const NewSession& session);

/// Whose session a refresh token kept alive.
struct Renewal {
    SessionId session_id;
    users::UserId user_id;
};

/// Exchanges `token` for `successor` (security::successor_token of it), moves the end of the
/// session and records it. A token used within `kGraceSeconds` gives the same again; one used
/// longer ago ends the session, which is recorded too. Nothing when the token opens nothing; the
/// transaction commits either way.
[[nodiscard]] Task<Result<std::optional<Renewal>>> renew(sql::Transaction& transaction,
                                                         const http::Call& call, std::string token,
                                                         std::string successor);

/// Ends one session of `user_id` and records it; false when there is none that lives.
[[nodiscard]] Task<Result<bool>> end_session(sql::Transaction& transaction, const http::Call& call,
                                             SessionId session_id, users::UserId user_id);

/// Ends the session whose family has `token`, when it is one of `user_id`.
[[nodiscard]] Task<Result<void>> end_session_of_token(sql::Transaction& transaction,
                                                      const http::Call& call, std::string token,
                                                      users::UserId user_id);

/// Ends every living session of `user_id` but `except`; returns how many. The caller records why.
[[nodiscard]] Task<Result<std::int64_t>> end_sessions(sql::Transaction& transaction, Instant at,
                                                      users::UserId user_id,
                                                      std::optional<SessionId> except = {});

}  // namespace segurifai::sessions
