#include "apps/users/me.hpp"

#include <utility>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/unit_of_work.hpp"
#include "apps/users/message_texts.hpp"
#include "apps/users/outbound.hpp"
#include "apps/users/sign_in.hpp"
#include "apps/users/staff_tables.hpp"
#include "base/json.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::users {
namespace {

// Two who edit the same account stand in line, so that the tag is compared with what is stored.
const sql::Query kHold{"users.account.hold", "SELECT id FROM users_user WHERE id = $1",
                       "SELECT id FROM users_user WHERE id = $1 FOR UPDATE",
                       sql::Query::Kind::kPoint};

const sql::Query kChange{"users.me.change",
                         "UPDATE users_user SET first_name = $2, last_name = $3, email = $4 "
                         "WHERE id = $1 AND is_active"};

const sql::Query kLanguage{"users.me.language",
                           "UPDATE users_accountsettings SET language = $2 WHERE user_id = $1"};

Task<Result<Account>> held_account(sql::Transaction& transaction, UserId id) {
    const std::array params{sql::Value::uuid(id.value)};
    auto nothing = sql::each_row([](const sql::Row&) {});
    const auto held = co_await transaction.run(kHold, params, &nothing);
    if (!held) co_return std::unexpected(held.error());
    SEGURIFAI_CO_TRY_AS(std::optional<Account> account, co_await find_account(transaction, id));
    if (!account || !account->is_active) co_return refuse(Refusal::kTokenNotValid);
    co_return *std::move(account);
}

/// Names of changed columns; the address alone is worth a trace, masked.
struct Trace {
    std::string before = "{";
    std::string after = "{";

    void add(std::string_view name, std::string_view from, std::string_view to) {
        for (auto* side : {&before, &after}) {
            if (side->size() > 1) *side += ',';
            append_json_string(*side, name);
            *side += ':';
        }
        append_json_string(before, from);
        append_json_string(after, to);
    }
};

audit::Change change_of(const Account& old, const Account& now) {
    Trace trace;  // in the order of names: canonical
    if (old.email != now.email)
        trace.add("email", masked_email(old.email), masked_email(now.email));
    if (old.first_name != now.first_name) trace.add("first_name", "***", "***");
    if (old.language != now.language) trace.add("language", old.language, now.language);
    if (old.last_name != now.last_name) trace.add("last_name", "***", "***");
    audit::Change change = change_of(old.id, trace.after + "}");
    change.before = trace.before + "}";
    return change;
}

Task<Result<void>> store_language(sql::Transaction& transaction, Clock& clock,
                                  const Account& account) {
    const std::array params{sql::Value::uuid(account.id.value), sql::Value::text(account.language)};
    const auto changed = co_await transaction.run(kLanguage, params);
    if (!changed) co_return std::unexpected(changed.error());
    if (*changed != 0) co_return Result<void>();
    AccountSettings settings;  // an account older than its settings
    settings.user_id = account.id;
    settings.language = account.language;
    const auto inserted = co_await model::insert_if_absent(transaction, clock, settings);
    if (!inserted) co_return std::unexpected(inserted.error());
    co_return Result<void>();
}

Task<Result<void>> store_account(sql::Transaction& transaction, const http::Call& call,
                                 const Account& old, const Account& now) {
    if (old.email != now.email) {
        SEGURIFAI_CO_TRY_AS(const std::optional<Account> same,
                            co_await find_account_by_email(transaction, now.email));
        if (same && same->id != now.id)
            co_return fault("email", "This e-mail address is already in use.");
    }
    const std::array params{sql::Value::uuid(now.id.value), sql::Value::text(now.first_name),
                            sql::Value::text(now.last_name), sql::Value::text(now.email)};
    const auto changed = co_await transaction.run(kChange, params);
    if (!changed && changed.error().code == Code::kUniqueViolation)
        co_return fault("email", "This e-mail address is already in use.");
    if (!changed) co_return std::unexpected(changed.error());
    if (old.language != now.language)
        SEGURIFAI_CO_TRY(co_await store_language(transaction, call.platform.clock, now));
    co_return co_await audit::record(transaction, call, change_of(old, now));
}

/// The password behind a new e-mail address: with it, the account changes hands.
Task<Result<void>> check_password_of(http::Call& call, const ProfileChange& change) {
    if (!change.email) co_return Result<void>();
    if (!change.password) co_return fault("password", "This field is required.");
    const UserId id{call.caller.user_id};
    SEGURIFAI_CO_TRY_AS(std::optional<Account> account,
                        co_await find_account(call.platform.database, id));
    if (!account) co_return refuse(Refusal::kTokenNotValid);
    SEGURIFAI_CO_TRY_AS(const CheckedPassword password,
                        co_await check_password(call, std::move(account), {}, *change.password));
    if (!password.matches) co_return fault("password", "The password is not correct.");
    co_return Result<void>();
}

void apply(const ProfileChange& change, Account& account) {
    if (change.first_name) account.first_name = *change.first_name;
    if (change.last_name) account.last_name = *change.last_name;
    if (change.language) account.language = *change.language;
    if (change.email) account.email = lower_case(*change.email);
}

/// To the old address, in the language that the account had: who changes one may change both.
apps::Message notice_to(const Account& old) {
    return {"email", old.email, email_changed_text(language_of(old))};
}

}  // namespace

Me me_of(const Account& account) {
    Me me;
    me.id = account.id;
    me.email = account.email;
    me.first_name = account.first_name;
    me.last_name = account.last_name;
    me.phone_number = account.phone_number;
    me.phone_verified = account.phone_verified_at.has_value();
    me.role = account.role;
    me.scopes = account.scopes();
    me.paq_linked = account.is_paq_linked;
    me.language = account.language;
    me.date_joined = account.date_joined;
    me.last_login = account.last_login;
    return me;
}

Task<Result<Me>> change_profile(http::Call& call, ProfileChange change) {
    SEGURIFAI_CO_TRY(co_await check_password_of(call, change));
    std::optional<apps::Message> notice;
    apps::Work<Me> work = [&](sql::Transaction& transaction) -> Task<Result<Me>> {
        const UserId id{call.caller.user_id};
        SEGURIFAI_CO_TRY_AS(const Account old, co_await held_account(transaction, id));
        SEGURIFAI_CO_TRY(call.require_match(http::etag_of_value(me_of(old))));
        Account now = old;
        apply(change, now);
        SEGURIFAI_CO_TRY(co_await store_account(transaction, call, old, now));
        notice.reset();
        if (old.email != now.email) notice = notice_to(old);
        co_return me_of(now);
    };
    SEGURIFAI_CO_TRY_AS(Me me, co_await apps::perform<Me>(call, work));
    if (notice)
        co_await send_after_commit(call.platform, *std::move(notice), "users_user",
                                   me.id.value.to_string());
    co_return me;
}

}  // namespace segurifai::users
