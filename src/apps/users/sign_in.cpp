#include "apps/users/sign_in.hpp"

#include <array>
#include <utility>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/sessions/session_store.hpp"
#include "security/password.hpp"
#include "sql/statement.hpp"

namespace segurifai::users {
namespace {

const sql::Query kMark{"users.sign_in",
                       "UPDATE users_user SET last_login = $2, password = $4 "
                       "WHERE id = $1 AND is_active AND password = $3"};

struct Compared {
    bool matches = false;
    std::optional<std::string> upgraded;
};

Compared compare_blocking(const std::optional<std::string>& stored, const std::string& password) {
    const security::PasswordVerdict verdict =
        security::verify_password_blocking(stored ? *stored : security::decoy_hash(), password);
    Compared compared;
    compared.matches = stored && verdict.matches;
    if (compared.matches && verdict.needs_upgrade)
        compared.upgraded = security::hash_password_blocking(password);
    return compared;
}

Task<Result<std::optional<Account>>> account_of(http::Call& call, const Credentials& credentials) {
    if (credentials.email)
        co_return co_await find_account_by_email(call.platform.database, *credentials.email);
    co_return co_await find_account_by_phone(call.platform.database, *credentials.phone);
}

Result<void> unless_waiting(http::Call& call, std::int64_t wait_s) {
    if (wait_s == 0) return {};
    call.answer.set("Retry-After", std::to_string(wait_s));
    return refuse(Refusal::kTooManyAttempts);
}

}  // namespace

Task<Result<CheckedPassword>> check_password(http::Call& call, std::optional<Account> account,
                                             std::string name, std::string password) {
    const UserId user_id = account ? account->id : UserId();
    const sessions::Attempt attempt =
        sessions::attempt_of(call.platform.secrets.current().codes,
                             account ? user_id.value.to_string() : name, user_id, call.address);
    SEGURIFAI_CO_TRY_AS(const std::int64_t wait_s,
                        co_await sessions::wait_before(call.platform.database, call.at, attempt));
    SEGURIFAI_CO_TRY(unless_waiting(call, wait_s));
    std::optional<std::string> stored;
    if (account) stored = account->password;
    auto work = [stored = std::move(stored), password = std::move(password)] {
        return compare_blocking(stored, password);
    };
    SEGURIFAI_CO_TRY_AS(Compared compared, co_await call.platform.workers.run(std::move(work)));
    CheckedPassword checked;
    checked.matches = compared.matches && account->is_active;
    checked.upgraded = std::move(compared.upgraded);
    // A right one that has no failures to forgive writes nothing.
    auto settle = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        Result<std::int64_t> late_s;
        if (checked.matches)
            late_s = co_await sessions::count_success(transaction, call.at, attempt);
        else
            late_s = co_await sessions::count_failure(transaction, call.at, attempt);
        if (!late_s) co_return std::unexpected(late_s.error());
        co_return unless_waiting(call, *late_s);
    };
    SEGURIFAI_CO_TRY(co_await call.platform.database.transact(settle));
    co_return checked;
}

Task<Result<bool>> is_present_password(http::Call& call, const Account& account,
                                       std::string password) {
    auto work = [stored = account.password, password = std::move(password)] {
        return security::verify_password_blocking(stored, password).matches;
    };
    co_return co_await call.platform.workers.run(std::move(work));
}

Task<Result<std::string>> hash_password(http::Call& call, std::string password) {
    auto work = [password = std::move(password)] {
        return security::hash_password_blocking(password);
    };
    co_return co_await call.platform.workers.run(std::move(work));
}

Task<Result<bool>> mark_signed_in(sql::Transaction& transaction, Instant at, const Account& account,
                                  const std::optional<std::string>& upgraded) {
    const std::string& password = upgraded ? *upgraded : account.password;
    const std::array params{sql::Value::uuid(account.id.value), sql::Value::instant(at),
                            sql::Value::text(account.password), sql::Value::text(password)};
    const auto changed = co_await transaction.run(kMark, params);
    if (!changed) co_return std::unexpected(changed.error());
    co_return *changed == 1;
}

namespace {

/// Nothing when the password stored for the account was another one by the time it mattered.
Task<Result<std::optional<SessionAnswer>>> try_sign_in(http::Call& call, Credentials credentials) {
    SEGURIFAI_CO_TRY_AS(const std::optional<Account> account,
                        co_await account_of(call, credentials));
    const std::string name =
        credentials.email ? lower_case(*credentials.email) : credentials.phone->text();
    SEGURIFAI_CO_TRY_AS(const CheckedPassword checked,
                        co_await check_password(call, account, name, credentials.password));
    if (!checked.matches) co_return refuse(Refusal::kAuthenticationFailed);
    const sessions::NewSession session =
        sessions::plan_session(call.platform.clock, call.platform.random, account->id, call.address,
                               credentials.device_name);
    bool is_same = false;
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(
            is_same, co_await mark_signed_in(transaction, call.at, *account, checked.upgraded));
        if (!is_same) co_return Result<void>();
        if (checked.upgraded) {
            audit::Change change = change_of(account->id);
            change.action = "users.password.upgraded";
            SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
        }
        co_return co_await sessions::open_session(transaction, call, session);
    };
    SEGURIFAI_CO_TRY(co_await call.platform.database.transact(body));
    if (!is_same) co_return std::optional<SessionAnswer>();
    co_return session_answer(call, *account, session.id, session.refresh, credentials.transport);
}

}  // namespace

Task<Result<SessionAnswer>> sign_in(http::Call& call, Credentials credentials) {
    // Of two at once the first may store a better hash of the password that both compared: the
    // second compares again, once.
    for (int tries = 0; tries < 2; ++tries) {
        SEGURIFAI_CO_TRY_AS(auto answer, co_await try_sign_in(call, credentials));
        if (answer) co_return *std::move(answer);
    }
    co_return refuse(Refusal::kAuthenticationFailed);
}

}  // namespace segurifai::users
