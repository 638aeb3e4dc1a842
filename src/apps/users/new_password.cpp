#include "apps/users/new_password.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/sessions/one_time_code.hpp"
#include "apps/sessions/tables.hpp"
#include "apps/users/sign_in.hpp"
#include "model/store.hpp"
#include "security/password.hpp"
#include "sql/statement.hpp"

namespace segurifai::users {
namespace {

const sql::Query kStore{"users.password.store",
                        "UPDATE users_user SET password = $2 WHERE id = $1 AND is_active"};

const sql::Query kSettled{"users.password.settled",
                          "UPDATE users_accountsettings SET must_change_password = $2 "
                          "WHERE user_id = $1 AND must_change_password"};

constexpr std::string_view kSamePassword = "Choose another password than the present one.";

Owner owner_of(const Account& account) {
    return {account.email, account.first_name, account.last_name};
}

Error faulty(std::vector<Fault> faults) {
    Error error{.code = Code::kInvalid, .message = "The input is not valid."};
    error.faults = std::move(faults);
    return error;
}

/// The account behind a proof, while it may be used, and with a password it may have.
Task<Result<Account>> account_of_proof(http::Call& call, std::string proof,
                                       const std::string& new_password) {
    SEGURIFAI_CO_TRY_AS(
        const std::optional<Phone> phone,
        co_await sessions::phone_of_proof(call.platform.database, call.at,
                                          sessions::CodePurpose::kReset, std::move(proof)));
    if (!phone) co_return refuse(Refusal::kCodeInvalid);
    SEGURIFAI_CO_TRY_AS(std::optional<Account> account,
                        co_await find_account_by_phone(call.platform.database, *phone));
    if (!account || !account->is_active) co_return refuse(Refusal::kCodeInvalid);
    auto faults = new_password_faults("new_password", new_password, owner_of(*account));
    if (!faults.empty()) co_return std::unexpected(faulty(std::move(faults)));
    // One that the platform made is known to who was given it: it is changed, not set again.
    if (account->must_change_password) {
        SEGURIFAI_CO_TRY_AS(const bool is_same,
                            co_await is_present_password(call, *account, new_password));
        if (is_same) co_return fault("new_password", std::string(kSamePassword));
    }
    co_return *std::move(account);
}

/// The device that changes its password keeps its name in the new session.
Task<Result<std::string>> device_name_of(http::Call& call) {
    const sessions::SessionId key{call.caller.session_id};
    SEGURIFAI_CO_TRY_AS(const std::optional<sessions::Session> row,
                        co_await model::find<sessions::Session>(call.platform.database, key));
    co_return row ? row->device_name : std::string();
}

}  // namespace

std::vector<Fault> new_password_faults(std::string_view path, std::string_view password,
                                       const Owner& owner) {
    const std::array known{owner.email, owner.first_name, owner.last_name};
    std::vector<Fault> faults;
    for (const security::PasswordFault fault : security::password_faults(password, known))
        faults.push_back({std::string(path), std::string(security::sentence_in_english(fault))});
    return faults;
}

std::optional<std::string> new_password_fault(const sql::Value& value) {
    const auto faults = security::password_faults(value.as_text(), {});
    if (faults.empty()) return std::nullopt;
    return std::string(security::sentence_in_english(faults.front()));
}

Task<Result<void>> store_password(sql::Transaction& transaction, const http::Call& call,
                                  UserId user_id, std::string hash) {
    const std::array params{sql::Value::uuid(user_id.value), sql::Value::text(hash)};
    const auto stored = co_await transaction.run(kStore, params);
    if (!stored) co_return std::unexpected(stored.error());
    if (*stored == 0) co_return refuse(Refusal::kTokenNotValid);  // archived meanwhile
    const std::array settled{sql::Value::uuid(user_id.value), sql::Value::boolean(false)};
    const auto settle = co_await transaction.run(kSettled, settled);
    if (!settle) co_return std::unexpected(settle.error());
    const auto ended = co_await sessions::end_sessions(transaction, call.at, user_id);
    if (!ended) co_return std::unexpected(ended.error());
    co_return co_await audit::record(
        transaction, call, change_of(user_id, fmt::format(R"({{"sessions_ended":{}}})", *ended)));
}

Task<Result<void>> reset_password(http::Call& call, std::string proof, std::string new_password) {
    SEGURIFAI_CO_TRY_AS(const Account account,
                        co_await account_of_proof(call, proof, new_password));
    SEGURIFAI_CO_TRY_AS(const std::string hash, co_await hash_password(call, new_password));
    const sessions::Attempt attempt =
        sessions::attempt_of(call.platform.secrets.current().codes, account.id.value.to_string(),
                             account.id, call.address);
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(const std::optional<Phone> phone,
                            co_await sessions::use_proof(transaction, call.at,
                                                         sessions::CodePurpose::kReset, proof));
        if (!phone || *phone != account.phone_number) co_return refuse(Refusal::kCodeInvalid);
        // Who forgot a password has tried some: the new one is not kept waiting for these.
        SEGURIFAI_CO_TRY(co_await sessions::forgive(transaction, attempt));
        co_return co_await store_password(transaction, call, account.id, hash);
    };
    co_return co_await call.platform.database.transact(body);
}

Task<Result<SessionAnswer>> change_password(http::Call& call, std::string old_password,
                                            std::string new_password,
                                            sessions::Transport transport) {
    const UserId id{call.caller.user_id};
    SEGURIFAI_CO_TRY_AS(std::optional<Account> account,
                        co_await find_account(call.platform.database, id));
    if (!account) co_return refuse(Refusal::kTokenNotValid);
    const bool is_same = new_password == old_password;
    SEGURIFAI_CO_TRY_AS(const CheckedPassword checked,
                        co_await check_password(call, account, {}, std::move(old_password)));
    std::vector<Fault> faults;
    if (!checked.matches) faults.push_back({"old_password", "The password is not correct."});
    if (checked.matches && is_same) faults.push_back({"new_password", std::string(kSamePassword)});
    for (Fault& one : new_password_faults("new_password", new_password, owner_of(*account)))
        faults.push_back(std::move(one));
    if (!faults.empty()) co_return std::unexpected(faulty(std::move(faults)));
    SEGURIFAI_CO_TRY_AS(const std::string hash,
                        co_await hash_password(call, std::move(new_password)));
    SEGURIFAI_CO_TRY_AS(std::string device_name, co_await device_name_of(call));
    const sessions::NewSession session = sessions::plan_session(
        call.platform.clock, call.platform.random, id, call.address, std::move(device_name));
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        // The same hash that was compared: of two changes at once, one is of an old password.
        SEGURIFAI_CO_TRY_AS(const bool is_unchanged,
                            co_await mark_signed_in(transaction, call.at, *account, {}));
        if (!is_unchanged) co_return fault("old_password", "The password is not correct.");
        SEGURIFAI_CO_TRY(co_await store_password(transaction, call, id, hash));
        co_return co_await sessions::open_session(transaction, call, session);
    };
    SEGURIFAI_CO_TRY(co_await call.platform.database.transact(body));
    account->must_change_password = false;
    co_return session_answer(call, *account, session.id, session.refresh, transport);
}

}  // namespace segurifai::users
