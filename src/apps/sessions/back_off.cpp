#include "apps/sessions/back_off.hpp"

#include <algorithm>
#include <array>

#include "http/proxies.hpp"
#include "model/cells.hpp"
#include "security/encoding.hpp"
#include "security/mac.hpp"
#include "sql/statement.hpp"

namespace segurifai::sessions {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

// SQLite has one writer; on PostgreSQL the tries at one account stand in line until each is
// counted.
const sql::Query kHold{"sessions.back_off.hold", "SELECT $1",
                       "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                       sql::Query::Kind::kPoint};

// The try whose leaving the window lets the next one in, for pair and address (OFFSET is the
// number allowed less one); count and last of the account; whether it knows the address.
const sql::Query kStanding{
    "sessions.back_off.standing",
    "SELECT (SELECT at FROM sessions_signinfailure WHERE subject = $1 AND at > $4 "
    "ORDER BY at DESC LIMIT 1 OFFSET 4), "
    "(SELECT at FROM sessions_signinfailure WHERE subject = $3 AND at > $4 "
    "ORDER BY at DESC LIMIT 1 OFFSET 29), "
    "(SELECT COUNT(*) FROM sessions_signinfailure WHERE subject = $2 AND at > $4), "
    "(SELECT at FROM sessions_signinfailure WHERE subject = $2 AND at > $4 "
    "ORDER BY at DESC LIMIT 1), "
    "(SELECT COUNT(*) FROM (SELECT id FROM sessions_session WHERE user_id = $5 AND address = $6 "
    "LIMIT 1) AS known)",
    sql::Query::Kind::kPoint};
static_assert(kPairTriesMax == 5 && kAddressTriesMax == 30, "the OFFSETs above");

const sql::Query kCount{"sessions.back_off.count",
                        "INSERT INTO sessions_signinfailure (subject, at) "
                        "VALUES ($1, $4), ($2, $4), ($3, $4)"};

const sql::Query kForgive{"sessions.back_off.forgive",
                          "DELETE FROM sessions_signinfailure WHERE subject IN ($1, $2)"};

struct Standing {
    std::optional<Instant> pair_blocks;
    std::optional<Instant> address_blocks;
    std::int64_t account_tries = 0;
    std::optional<Instant> account_last;
    std::int64_t knows_address = 0;

    void read(model::Cells& cells) {
        cells.take(pair_blocks);
        cells.take(address_blocks);
        cells.take(account_tries);
        cells.take(account_last);
        cells.take(knows_address);
    }
};

/// Seconds from `at` until `seconds` after `since`, rounded up; 0 when that is past.
std::int64_t seconds_left(Instant at, std::optional<Instant> since, std::int64_t seconds) noexcept {
    if (!since) return 0;
    const std::int64_t left = since->micros + seconds * kMicrosPerSecond - at.micros;
    return std::max<std::int64_t>(0, (left + kMicrosPerSecond - 1) / kMicrosPerSecond);
}

std::int64_t retry_after(Instant at, const Standing& standing) noexcept {
    const std::int64_t account =
        standing.knows_address != 0
            ? 0
            : seconds_left(at, standing.account_last, account_wait_seconds(standing.account_tries));
    return std::max({seconds_left(at, standing.pair_blocks, kWindowSeconds),
                     seconds_left(at, standing.address_blocks, kWindowSeconds), account});
}

/// As wait_before(), when those that came first at this account are counted.
Task<Result<std::int64_t>> wait_in_line(sql::Transaction& transaction, Instant at,
                                        const Attempt& attempt) {
    const std::array held{sql::Value::text(attempt.account)};
    auto nothing = sql::each_row([](const sql::Row&) {});
    const auto hold = co_await transaction.run(kHold, held, &nothing);
    if (!hold) co_return std::unexpected(hold.error());
    co_return co_await wait_before(transaction, at, attempt);
}

}  // namespace

std::int64_t account_wait_seconds(std::int64_t tries) noexcept {
    if (tries < kAccountTriesFree) return 0;
    constexpr std::int64_t kDoublingsMax = 5;
    const std::int64_t doublings = std::min(tries - kAccountTriesFree, kDoublingsMax);
    return std::min(kAccountWaitSecondsMax, std::int64_t{1} << doublings);
}

Attempt attempt_of(const security::Key& key, std::string_view name, users::UserId user_id,
                   std::string_view address) {
    const security::Mac mac(key);
    const auto subject = [&](std::string_view purpose, const std::string& text) {
        return security::hex(mac.of(purpose, text));
    };
    Attempt attempt;
    const std::string network = http::network_of(address);
    attempt.pair = subject("sign-in:pair", network + "\n" + std::string(name));
    attempt.account = subject("sign-in:account", std::string(name));
    attempt.address_subject = subject("sign-in:address", network);
    attempt.user_id = user_id;
    attempt.address = address;
    return attempt;
}

Task<Result<std::int64_t>> wait_before(sql::Executor& executor, Instant at,
                                       const Attempt& attempt) {
    const Instant since{at.micros - kWindowSeconds * kMicrosPerSecond};
    const std::array asked{sql::Value::text(attempt.pair),
                           sql::Value::text(attempt.account),
                           sql::Value::text(attempt.address_subject),
                           sql::Value::instant(since),
                           sql::Value::uuid(attempt.user_id.value),
                           sql::Value::text(attempt.address)};
    SEGURIFAI_CO_TRY_AS(const std::optional<Standing> standing,
                        co_await model::read_one<Standing>(executor, kStanding, asked));
    co_return standing ? retry_after(at, *standing) : 0;
}

Task<Result<std::int64_t>> count_failure(sql::Transaction& transaction, Instant at,
                                         const Attempt& attempt) {
    SEGURIFAI_CO_TRY_AS(const std::int64_t wait_s, co_await wait_in_line(transaction, at, attempt));
    if (wait_s > 0) co_return wait_s;
    const std::array counted{sql::Value::text(attempt.pair), sql::Value::text(attempt.account),
                             sql::Value::text(attempt.address_subject), sql::Value::instant(at)};
    const auto count = co_await transaction.run(kCount, counted);
    if (!count) co_return std::unexpected(count.error());
    co_return 0;
}

Task<Result<std::int64_t>> count_success(sql::Transaction& transaction, Instant at,
                                         const Attempt& attempt) {
    SEGURIFAI_CO_TRY_AS(const std::int64_t wait_s, co_await wait_in_line(transaction, at, attempt));
    if (wait_s == 0) SEGURIFAI_CO_TRY(co_await forgive(transaction, attempt));
    co_return wait_s;
}

Task<Result<void>> forgive(sql::Transaction& transaction, const Attempt& attempt) {
    const std::array params{sql::Value::text(attempt.pair), sql::Value::text(attempt.account)};
    const auto ran = co_await transaction.run(kForgive, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return Result<void>();
}

}  // namespace segurifai::sessions
