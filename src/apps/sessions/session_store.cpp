#include "apps/sessions/session_store.hpp"

#include <array>
#include <utility>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/sessions/tables.hpp"
#include "base/guatemala.hpp"
#include "model/cells.hpp"
#include "model/store.hpp"
#include "security/opaque_token.hpp"
#include "sql/statement.hpp"

namespace segurifai::sessions {
namespace {

constexpr std::string_view kSessionTable = "sessions_session";

// Whoever changes the row has used the token; a second one waits for the first and changes none.
const sql::Query kUse{"sessions.refresh.use",
                      "UPDATE sessions_refreshtoken SET used_at = $2 "
                      "WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2"};

const sql::Query kFamily{"sessions.refresh.family",
                         "SELECT r.used_at, s.id, s.user_id, s.ended_at, s.expires_at "
                         "FROM sessions_refreshtoken AS r "
                         "JOIN sessions_session AS s ON s.id = r.session_id "
                         "WHERE r.token_hash = $1",
                         sql::Query::Kind::kPoint};

const sql::Query kSlide{"sessions.slide",
                        "UPDATE sessions_session SET last_seen = $2, expires_at = $3 "
                        "WHERE id = $1 AND ended_at IS NULL"};

const sql::Query kEnd{"sessions.end",
                      "UPDATE sessions_session SET ended_at = $3 "
                      "WHERE id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $3"};

const sql::Query kEndAll{"sessions.end_all",
                         "UPDATE sessions_session SET ended_at = $2 "
                         "WHERE user_id = $1 AND ended_at IS NULL"};

const sql::Query kEndOthers{"sessions.end_others",
                            "UPDATE sessions_session SET ended_at = $2 "
                            "WHERE user_id = $1 AND ended_at IS NULL AND id <> $3"};

struct Family {
    std::optional<Instant> used_at;
    SessionId session_id;
    users::UserId user_id;
    std::optional<Instant> ended_at;
    Instant expires_at;

    void read(model::Cells& cells) {
        cells.take(used_at);
        cells.take(session_id);
        cells.take(user_id);
        cells.take(ended_at);
        cells.take(expires_at);
    }
};

RefreshToken token_row(SessionId session_id, const std::string& token, Instant at) {
    RefreshToken row;
    row.session_id = session_id;
    row.token_hash = security::token_hash(token);
    row.expires_at = add_seconds(at, kSessionSeconds);
    return row;
}

audit::Change change_of(SessionId session_id, std::string_view action = {}) {
    audit::Change change;
    change.action = action;
    change.object_table = kSessionTable;
    change.object_id = session_id.value.to_string();
    return change;
}

Task<Result<void>> slide(sql::Transaction& transaction, const http::Call& call,
                         SessionId session_id) {
    const std::array params{sql::Value::uuid(session_id.value), sql::Value::instant(call.at),
                            sql::Value::instant(add_seconds(call.at, kSessionSeconds))};
    const auto slid = co_await transaction.run(kSlide, params);
    if (!slid) co_return std::unexpected(slid.error());
    co_return co_await audit::record(transaction, call, change_of(session_id));
}

/// Somebody has a token that its owner has exchanged: nobody knows who of the two is the owner.
Task<Result<void>> end_family(sql::Transaction& transaction, const http::Call& call,
                              const Family& family) {
    const std::array params{sql::Value::uuid(family.session_id.value),
                            sql::Value::uuid(family.user_id.value), sql::Value::instant(call.at)};
    const auto ended = co_await transaction.run(kEnd, params);
    if (!ended) co_return std::unexpected(ended.error());
    if (*ended == 0) co_return Result<void>();
    co_return co_await audit::record(transaction, call,
                                     change_of(family.session_id, "auth.token.reused"));
}

}  // namespace

NewSession plan_session(Clock& clock, Random& random, users::UserId user_id, std::string address,
                        std::string device_name) {
    NewSession session;
    session.id = SessionId{Uuid::make(clock, random)};
    session.user_id = user_id;
    session.refresh = security::make_token(random);
    session.address = std::move(address);
    session.device_name = std::move(device_name);
    return session;
}

Task<Result<void>> open_session(sql::Transaction& transaction, const http::Call& call,
                                const NewSession& session) {
    Session row;
    row.id = session.id;
    row.user_id = session.user_id;
    row.last_seen = call.at;
    row.expires_at = add_seconds(call.at, kSessionSeconds);
    row.address = session.address;
    row.device_name = session.device_name;
    SEGURIFAI_CO_TRY(co_await model::insert(transaction, call.platform.clock, row));
    RefreshToken token = token_row(session.id, session.refresh, call.at);
    SEGURIFAI_CO_TRY(co_await model::insert(transaction, call.platform.clock, token));
    audit::Change change = change_of(session.id);
    change.after = "{\"user_id\":\"" + session.user_id.value.to_string() + "\"}";
    co_return co_await audit::record(transaction, call, std::move(change));
}

Task<Result<std::optional<Renewal>>> renew(sql::Transaction& transaction, const http::Call& call,
                                           std::string token, std::string successor) {
    const std::string hash = security::token_hash(token);
    const std::array use{sql::Value::text(hash), sql::Value::instant(call.at)};
    const auto used = co_await transaction.run(kUse, use);
    if (!used) co_return std::unexpected(used.error());
    const std::array key{sql::Value::text(hash)};
    SEGURIFAI_CO_TRY_AS(const std::optional<Family> family,
                        co_await model::read_one<Family>(transaction, kFamily, key));
    const bool is_live = family && !family->ended_at && family->expires_at > call.at;
    if (!is_live || !family->used_at) co_return std::optional<Renewal>();
    const bool is_in_grace = call.at <= add_seconds(*family->used_at, kGraceSeconds);
    if (*used == 0 && !is_in_grace) {
        SEGURIFAI_CO_TRY(co_await end_family(transaction, call, *family));
        co_return std::optional<Renewal>();
    }
    // Also within the grace: a key that changed in between gives another successor.
    RefreshToken next = token_row(family->session_id, successor, call.at);
    SEGURIFAI_CO_TRY_AS(const bool is_new,
                        co_await model::insert_if_absent(transaction, call.platform.clock, next));
    if (is_new) SEGURIFAI_CO_TRY(co_await slide(transaction, call, family->session_id));
    co_return Renewal{family->session_id, family->user_id};
}

Task<Result<bool>> end_session(sql::Transaction& transaction, const http::Call& call,
                               SessionId session_id, users::UserId user_id) {
    const std::array params{sql::Value::uuid(session_id.value), sql::Value::uuid(user_id.value),
                            sql::Value::instant(call.at)};
    const auto ended = co_await transaction.run(kEnd, params);
    if (!ended) co_return std::unexpected(ended.error());
    if (*ended == 0) co_return false;
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, change_of(session_id)));
    co_return true;
}

Task<Result<void>> end_session_of_token(sql::Transaction& transaction, const http::Call& call,
                                        std::string token, users::UserId user_id) {
    const std::string hash = security::token_hash(token);
    const std::array key{sql::Value::text(hash)};
    SEGURIFAI_CO_TRY_AS(const std::optional<Family> family,
                        co_await model::read_one<Family>(transaction, kFamily, key));
    if (!family || family->user_id != user_id) co_return Result<void>();
    const auto ended = co_await end_session(transaction, call, family->session_id, user_id);
    if (!ended) co_return std::unexpected(ended.error());
    co_return Result<void>();
}

Task<Result<std::int64_t>> end_sessions(sql::Transaction& transaction, Instant at,
                                        users::UserId user_id, std::optional<SessionId> except) {
    const std::array params{sql::Value::uuid(user_id.value), sql::Value::instant(at),
                            sql::Value::uuid(except.value_or(SessionId()).value)};
    const sql::Params given(params);
    if (except) co_return co_await transaction.run(kEndOthers, given);
    co_return co_await transaction.run(kEndAll, given.first(2));
}

}  // namespace segurifai::sessions
