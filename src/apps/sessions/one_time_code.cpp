#include "apps/sessions/one_time_code.hpp"

#include <algorithm>
#include <array>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/sessions/tables.hpp"
#include "base/guatemala.hpp"
#include "model/cells.hpp"
#include "model/store.hpp"
#include "security/encoding.hpp"
#include "security/opaque_token.hpp"
#include "sql/statement.hpp"

namespace segurifai::sessions {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

// On PostgreSQL two who ask at once stand in line; SQLite has one writer.
const sql::Query kHold{"sessions.code.hold", "SELECT $1, $2",
                       "SELECT pg_advisory_xact_lock(hashtextextended($1 || $2, 1))",
                       sql::Query::Kind::kPoint};

const sql::Query kLast{"sessions.code.last",
                       "SELECT id, code_hash, created_at, expires_at, ended_at "
                       "FROM sessions_onetimecode WHERE phone = $1 AND purpose = $2 "
                       "ORDER BY id DESC LIMIT 1",
                       sql::Query::Kind::kPoint};

const sql::Query kEndEarlier{"sessions.code.end_earlier",
                             "UPDATE sessions_onetimecode SET ended_at = $3 "
                             "WHERE phone = $1 AND purpose = $2 AND ended_at IS NULL"};

const sql::Query kUse{"sessions.code.use",
                      "UPDATE sessions_onetimecode SET ended_at = $2 "
                      "WHERE id = $1 AND ended_at IS NULL AND expires_at > $2"};

// One statement, so that guesses at the same moment are each counted.
const sql::Query kMiss{"sessions.code.miss",
                       "UPDATE sessions_onetimecode SET misses = misses + 1, "
                       "ended_at = CASE WHEN misses + 1 >= 5 THEN $2 ELSE ended_at END "
                       "WHERE id = $1 AND ended_at IS NULL"};
static_assert(kCodeMissesMax == 5, "the statement above");

const sql::Query kProofPhone{"sessions.proof.phone",
                             "SELECT phone FROM sessions_proof WHERE token_hash = $1 "
                             "AND purpose = $2 AND used_at IS NULL AND expires_at > $3",
                             sql::Query::Kind::kPoint};

const sql::Query kUseProof{"sessions.proof.use",
                           "UPDATE sessions_proof SET used_at = $3 WHERE token_hash = $1 "
                           "AND purpose = $2 AND used_at IS NULL AND expires_at > $3 "
                           "RETURNING phone"};

struct LastCode {
    OneTimeCodeId id;
    std::string hash;
    Instant created_at;
    Instant expires_at;
    std::optional<Instant> ended_at;

    void read(model::Cells& cells) {
        cells.take(id);
        cells.take(hash);
        cells.take(created_at);
        cells.take(expires_at);
        cells.take(ended_at);
    }
};

struct ProvenPhone {
    Phone phone;
    void read(model::Cells& cells) { cells.take(phone); }
};

audit::Change change_of(OneTimeCodeId id) {
    audit::Change change;
    change.object_table = "sessions_onetimecode";
    change.object_id = std::to_string(id.value);
    return change;
}

/// Whether a code has that hash under any key of ours: keys change while codes are on their way.
bool has_hash(const http::Call& call, const Phone& phone, CodePurpose purpose,
              const std::string& code, const std::string& hash) {
    return std::ranges::any_of(call.platform.secrets.keys, [&](const security::DerivedKeys& keys) {
        const std::string tried =
            security::code_hash(keys.codes, phone.text(), model::word(purpose), code);
        return security::equal_in_constant_time(tried, hash);
    });
}

}  // namespace

Task<Result<std::int64_t>> store_code(sql::Transaction& transaction, const http::Call& call,
                                      Phone phone, CodePurpose purpose, std::string hash) {
    const std::array key{sql::Value::text(phone.text()), sql::Value::text(model::word(purpose))};
    auto nothing = sql::each_row([](const sql::Row&) {});
    const auto hold = co_await transaction.run(kHold, key, &nothing);
    if (!hold) co_return std::unexpected(hold.error());
    SEGURIFAI_CO_TRY_AS(const std::optional<LastCode> last,
                        co_await model::read_one<LastCode>(transaction, kLast, key));
    if (last) {
        const std::int64_t left =
            add_seconds(last->created_at, kResendSeconds).micros - call.at.micros;
        if (left > 0) co_return (left + kMicrosPerSecond - 1) / kMicrosPerSecond;
    }
    const std::array ended{key[0], key[1], sql::Value::instant(call.at)};
    const auto end = co_await transaction.run(kEndEarlier, ended);
    if (!end) co_return std::unexpected(end.error());
    OneTimeCode row;
    row.phone = phone;
    row.purpose = purpose;
    row.code_hash = std::move(hash);
    row.expires_at = add_seconds(call.at, kCodeSeconds);
    SEGURIFAI_CO_TRY(co_await model::insert(transaction, call.platform.clock, row));
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, change_of(row.id)));
    co_return std::int64_t{0};
}

Task<Result<bool>> try_code(sql::Transaction& transaction, const http::Call& call, Phone phone,
                            CodePurpose purpose, std::string code) {
    const std::array key{sql::Value::text(phone.text()), sql::Value::text(model::word(purpose))};
    SEGURIFAI_CO_TRY_AS(const std::optional<LastCode> last,
                        co_await model::read_one<LastCode>(transaction, kLast, key));
    if (!last || last->ended_at || last->expires_at <= call.at) co_return false;
    const bool is_right = has_hash(call, phone, purpose, code, last->hash);
    const std::array params{sql::Value::integer(last->id.value), sql::Value::instant(call.at)};
    const sql::Query& query = is_right ? kUse : kMiss;
    const auto changed = co_await transaction.run(query, params);
    if (!changed) co_return std::unexpected(changed.error());
    if (*changed == 0) co_return false;  // another try ended it meanwhile
    audit::Change change = change_of(last->id);
    change.after = is_right ? "{\"right\":true}" : "{\"right\":false}";
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
    co_return is_right;
}

Task<Result<void>> store_proof(sql::Transaction& transaction, const http::Call& call, Phone phone,
                               CodePurpose purpose, std::string proof) {
    Proof row;
    row.token_hash = security::token_hash(proof);
    row.phone = std::move(phone);
    row.purpose = purpose;
    row.created_at = call.at;
    row.expires_at = add_seconds(call.at, kProofSeconds);
    co_return co_await model::insert(transaction, call.platform.clock, row);
}

Task<Result<std::optional<Phone>>> phone_of_proof(sql::Executor& executor, Instant at,
                                                  CodePurpose purpose, std::string proof) {
    const std::string hash = security::token_hash(proof);
    const std::array params{sql::Value::text(hash), sql::Value::text(model::word(purpose)),
                            sql::Value::instant(at)};
    auto found = co_await model::read_one<ProvenPhone>(executor, kProofPhone, params);
    if (!found) co_return std::unexpected(found.error());
    if (!*found) co_return std::optional<Phone>();
    co_return (**found).phone;
}

Task<Result<std::optional<Phone>>> use_proof(sql::Transaction& transaction, Instant at,
                                             CodePurpose purpose, std::string proof) {
    const std::string hash = security::token_hash(proof);
    const std::array params{sql::Value::text(hash), sql::Value::text(model::word(purpose)),
                            sql::Value::instant(at)};
    auto found = co_await model::read_one<ProvenPhone>(transaction, kUseProof, params);
    if (!found) co_return std::unexpected(found.error());
    if (!*found) co_return std::optional<Phone>();
    co_return (**found).phone;
}

}  // namespace segurifai::sessions
