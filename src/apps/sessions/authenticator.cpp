#include "apps/sessions/authenticator.hpp"

#include <array>
#include <cstdint>
#include <string>

#include "apps/sessions/cells.hpp"
#include "apps/sessions/scope_bits.hpp"
#include "sql/statement.hpp"

namespace segurifai::sessions {
namespace {

const std::string kCallerText =
    "SELECT u.role, u.is_superuser, p.id, p.status, " + std::string(kScopeBits) +
    ", a.must_change_password FROM sessions_session AS s JOIN users_user AS u ON u.id = s.user_id "
    "LEFT JOIN providers_provider AS p ON p.user_id = u.id "
    "LEFT JOIN users_accountsettings AS a ON a.user_id = u.id "
    "WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3 "
    "AND u.is_active";
const sql::Query kCaller{"sessions.caller", kCallerText, sql::Query::Kind::kPoint};

// sessions stands below users and providers, whose words these are.
http::Kind kind_of(std::string_view role) noexcept {
    if (role == "ADMIN") return http::Kind::kStaff;
    if (role == "PROVIDER") return http::Kind::kUnit;
    return http::Kind::kMember;
}

struct Found {
    http::Caller caller;

    void read(Cells& cells) {
        std::string role;
        std::optional<std::string> provider_status;
        std::int64_t scopes = 0;
        std::optional<bool> must_change_password;
        cells.take(role);
        cells.take(caller.superuser);
        cells.take(caller.provider_id);
        cells.take(provider_status);
        cells.take(scopes);
        cells.take(must_change_password);
        caller.kind = kind_of(role);
        caller.provider_active = provider_status == "ACTIVE";
        caller.scopes = static_cast<std::uint8_t>(scopes);
        caller.must_change_password = must_change_password.value_or(false);
    }
};

}  // namespace

Task<Result<http::Caller>> SessionAuthenticator::authenticate(std::string_view token, Instant now) {
    const auto claims = tokens_.verify(token, now);
    if (!claims) co_return refuse(Refusal::kTokenNotValid);
    const std::array params{sql::Value::uuid(claims->session), sql::Value::uuid(claims->user),
                            sql::Value::instant(now)};
    SEGURIFAI_CO_TRY_AS(std::optional<Found> found,
                        co_await read_one<Found>(database_, kCaller, params));
    if (!found) co_return refuse(Refusal::kTokenNotValid);
    found->caller.user_id = claims->user;
    found->caller.session_id = claims->session;
    co_return found->caller;
}

}  // namespace segurifai::sessions
