#include "apps/sessions/authenticator.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/sessions/scope_bits.hpp"
#include "model/cells.hpp"
#include "sql/statement.hpp"

namespace segurifai::sessions {
namespace {

// On the way of every call: two rows by their primary keys, and nothing that a member has not. It
// asks nothing of the moment, so calls of one session at the same time are one read.
const sql::Query kCaller{"sessions.caller",
                         "SELECT s.expires_at, u.role, u.is_superuser FROM sessions_session AS s "
                         "JOIN users_user AS u ON u.id = s.user_id "
                         "WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL "
                         "AND u.is_active",
                         sql::Query::Kind::kPoint};

const sql::Query kUnit{"sessions.caller_unit",
                       "SELECT id, status FROM providers_provider WHERE user_id = $1",
                       sql::Query::Kind::kPoint};

const std::string kStaffText = "SELECT " + std::string(kScopeBits) +
                               ", a.must_change_password FROM users_user AS u "
                               "LEFT JOIN users_accountsettings AS a ON a.user_id = u.id "
                               "WHERE u.id = $1";
const sql::Query kStaff{"sessions.caller_staff", kStaffText, sql::Query::Kind::kPoint};

// sessions stands below users and providers, whose words these are.
http::Kind kind_of(std::string_view role) noexcept {
    if (role == "ADMIN") return http::Kind::kStaff;
    if (role == "PROVIDER") return http::Kind::kUnit;
    return http::Kind::kMember;
}

struct Found {
    Instant expires_at;
    http::Caller caller;

    void read(model::Cells& cells) {
        std::string role;
        cells.take(expires_at);
        cells.take(role);
        cells.take(caller.superuser);
        caller.kind = kind_of(role);
    }
};

struct FoundUnit {
    std::int32_t id = 0;
    std::string status;

    void read(model::Cells& cells) {
        cells.take(id);
        cells.take(status);
    }
};

struct FoundStaff {
    std::int64_t scopes = 0;
    std::optional<bool> must_change_password;

    void read(model::Cells& cells) {
        cells.take(scopes);
        cells.take(must_change_password);
    }
};

void add_unit(http::Caller& caller, const std::optional<FoundUnit>& unit) {
    if (!unit) return;
    caller.provider_id = unit->id;
    caller.provider_active = unit->status == "ACTIVE";
}

/// Who the session and the account of a token are; with `wants_unit` a unit's caller too, unless
/// they are staff. All that needs nothing but the token goes together with it.
Task<Result<std::optional<Found>>> find_caller(sql::Database& database,
                                               const security::AccessClaims& claims,
                                               bool wants_unit, http::EarlyRead* early) {
    const std::array keys{sql::Value::uuid(claims.session), sql::Value::uuid(claims.user)};
    const sql::Params params(keys);
    const sql::Engine engine = database.engine();
    model::OneRow<Found> session;
    model::OneRow<FoundUnit> unit;
    std::vector<sql::Asked> asked;
    asked.reserve(3);
    asked.emplace_back(kCaller.on(engine), params, &session);
    if (wants_unit) asked.emplace_back(kUnit.on(engine), params.last(1), &unit);
    if (early != nullptr) asked.push_back(early->asked(engine, claims.user));
    SEGURIFAI_CO_TRY(co_await database.run_all(std::move(asked)));
    SEGURIFAI_CO_TRY_AS(auto found, session.take());
    SEGURIFAI_CO_TRY_AS(const auto found_unit, unit.take());
    if (found && found->caller.kind != http::Kind::kStaff) add_unit(found->caller, found_unit);
    co_return found;
}

Task<Result<void>> add_unit(sql::Database& database, http::Caller& caller) {
    const std::array params{sql::Value::uuid(caller.user_id)};
    SEGURIFAI_CO_TRY_AS(const auto unit,
                        co_await model::read_one<FoundUnit>(database, kUnit, params));
    add_unit(caller, unit);
    co_return Result<void>();
}

Task<Result<void>> add_staff(sql::Database& database, http::Caller& caller) {
    const std::array params{sql::Value::uuid(caller.user_id)};
    SEGURIFAI_CO_TRY_AS(const std::optional<FoundStaff> staff,
                        co_await model::read_one<FoundStaff>(database, kStaff, params));
    if (staff) {
        caller.scopes = static_cast<std::uint8_t>(staff->scopes);
        caller.must_change_password = staff->must_change_password.value_or(false);
    }
    co_return Result<void>();
}

}  // namespace

Task<Result<http::Caller>> SessionAuthenticator::authenticate(std::string_view token, Instant now,
                                                              bool wants_unit,
                                                              http::EarlyRead* early) {
    const auto claims = tokens_.verify(token, now);
    if (!claims) co_return refuse(Refusal::kTokenNotValid);
    SEGURIFAI_CO_TRY_AS(std::optional<Found> found,
                        co_await find_caller(database_, *claims, wants_unit, early));
    if (!found || found->expires_at <= now) co_return refuse(Refusal::kTokenNotValid);
    found->caller.user_id = claims->user;
    found->caller.session_id = claims->session;
    if (found->caller.kind == http::Kind::kStaff)
        SEGURIFAI_CO_TRY(co_await add_staff(database_, found->caller));
    else if (!wants_unit && found->caller.kind == http::Kind::kUnit)
        SEGURIFAI_CO_TRY(co_await add_unit(database_, found->caller));
    co_return found->caller;
}

}  // namespace segurifai::sessions
