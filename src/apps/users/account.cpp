#include "apps/users/account.hpp"

#include <array>
#include <utility>

#include "apps/sessions/scope_bits.hpp"
#include "sql/statement.hpp"

namespace segurifai::users {
namespace {

const std::string kSelect =
    "SELECT u.id, u.email, u.password, u.first_name, u.last_name, u.phone_number, u.role, "
    "u.is_active, u.is_superuser, u.date_joined, u.last_login, a.language, a.phone_verified_at, "
    "a.must_change_password, " +
    std::string(sessions::kScopeBits) +
    ", CASE WHEN u.paq_wallet_id IS NOT NULL OR w.is_verified THEN 1 ELSE 0 END "
    "FROM users_user AS u LEFT JOIN users_accountsettings AS a ON a.user_id = u.id "
    "LEFT JOIN paq_wallet_paqwalletlink AS w ON w.user_id = u.id ";

const std::string kByIdText = kSelect + "WHERE u.id = $1";
const sql::Query kById{"users.account", kByIdText, sql::Query::Kind::kPoint};

const std::string kByEmailText = kSelect +
                                 "WHERE u.email IN ($1, $2) "
                                 "ORDER BY CASE WHEN u.email = $1 THEN 0 ELSE 1 END LIMIT 1";
const sql::Query kByEmail{"users.account.by_email", kByEmailText, sql::Query::Kind::kPoint};

const std::string kByPhoneText = kSelect + "WHERE u.phone_number = $1";
const sql::Query kByPhone{"users.account.by_phone", kByPhoneText, sql::Query::Kind::kPoint};

}  // namespace

void Account::read(model::Cells& cells) {
    std::optional<std::string> settled_language;
    std::optional<bool> settled_change;
    std::int64_t bits = 0;
    std::int64_t linked = 0;
    cells.take(id);
    cells.take(email);
    cells.take(password);
    cells.take(first_name);
    cells.take(last_name);
    cells.take(phone_number);
    cells.take(role);
    cells.take(is_active);
    cells.take(is_superuser);
    cells.take(date_joined);
    cells.take(last_login);
    cells.take(settled_language);
    cells.take(phone_verified_at);
    cells.take(settled_change);
    cells.take(bits);
    cells.take(linked);
    language = settled_language.value_or("es");
    must_change_password = settled_change.value_or(false);
    scope_bits = static_cast<std::uint8_t>(bits);
    is_paq_linked = linked != 0;
}

std::vector<http::Scope> Account::scopes() const {
    std::vector<http::Scope> held;
    for (std::size_t i = 0; i < model::kWords<http::Scope>.size(); ++i)
        if (is_superuser || (scope_bits & (1U << i)) != 0)
            held.push_back(static_cast<http::Scope>(i));
    return held;
}

Task<Result<std::optional<Account>>> find_account(sql::Executor& executor, UserId id) {
    const std::array params{sql::Value::uuid(id.value)};
    co_return co_await model::read_one<Account>(executor, kById, params);
}

Task<Result<std::optional<Account>>> find_account_by_email(sql::Executor& executor,
                                                           std::string email) {
    const std::string lower = lower_case(email);
    const std::array params{sql::Value::text(email), sql::Value::text(lower)};
    co_return co_await model::read_one<Account>(executor, kByEmail, params);
}

Task<Result<std::optional<Account>>> find_account_by_phone(sql::Executor& executor, Phone phone) {
    const std::array params{sql::Value::text(phone.text())};
    co_return co_await model::read_one<Account>(executor, kByPhone, params);
}

audit::Change change_of(UserId id, std::string after) {
    return {.action = {},
            .object_table = "users_user",
            .object_id = id.value.to_string(),
            .after = std::move(after)};
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string masked_email(std::string_view email) {
    const std::size_t at = email.find('@');
    if (at == std::string_view::npos || at == 0) return "***";
    return std::string(email.substr(0, 1)) + "***" + std::string(email.substr(at));
}

}  // namespace segurifai::users
