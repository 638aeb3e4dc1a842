#pragma once

#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/authenticator.hpp"
#include "http/caller.hpp"
#include "security/access_token.hpp"
#include "sql/database.hpp"

namespace segurifai::sessions {

/// Who asks, read from the living session and the active account at the time of the call and not
/// from the token (API §1.2). A member's point reads are one wait for the database, and a unit's
/// where the operation looks at it; staff wait twice. Safe from every io thread.
class SessionAuthenticator final : public http::Authenticator {
public:
    /// Both outlive this.
    SessionAuthenticator(sql::Database& database, const security::AccessTokens& tokens)
        : database_(database), tokens_(tokens) {}

    /// kTokenNotValid alike for a token that is not ours or old, a session that ended, an account
    /// that is archived.
    [[nodiscard]] Task<Result<http::Caller>> authenticate(
        std::string_view token, Instant now, bool wants_unit = true,
        http::EarlyRead* early = nullptr) override;

private:
    sql::Database& database_;
    const security::AccessTokens& tokens_;
};

}  // namespace segurifai::sessions
