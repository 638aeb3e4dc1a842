#include "apps/users/registration.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/sessions/one_time_code.hpp"
#include "apps/users/new_password.hpp"
#include "apps/users/sign_in.hpp"
#include "apps/users/staff_tables.hpp"
#include "apps/users/tables.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::users {
namespace {

// gamification stands above users: its row is written by its columns.
const sql::Query kPoints{"users.register.points",
                         "INSERT INTO gamification_userpoints (user_id, puntos_totales, nivel, "
                         "racha_dias, modulos_completados, created_at, updated_at) "
                         "VALUES ($1, 0, 'NOVATO', 0, 0, $2, $2)"};

Task<Result<void>> require_proof(http::Call& call, const Application& application) {
    SEGURIFAI_CO_TRY_AS(
        const std::optional<Phone> phone,
        co_await sessions::phone_of_proof(call.platform.database, call.at,
                                          sessions::CodePurpose::kRegister, application.proof));
    if (phone != application.phone_number) co_return refuse(Refusal::kCodeInvalid);
    co_return Result<void>();
}

/// Everything wrong with the input that needs the database or several fields, at once.
Task<Result<void>> require_free(http::Call& call, const Application& application) {
    const Owner owner{application.email, application.first_name, application.last_name};
    std::vector<Fault> faults = new_password_faults("password", application.password, owner);
    SEGURIFAI_CO_TRY_AS(const std::optional<Account> same_email,
                        co_await find_account_by_email(call.platform.database, application.email));
    if (same_email) faults.push_back({"email", "This e-mail address is already in use."});
    if (!faults.empty()) {
        Error error{.code = Code::kInvalid, .message = "The input is not valid."};
        error.faults = std::move(faults);
        co_return std::unexpected(std::move(error));
    }
    SEGURIFAI_CO_TRY_AS(
        const std::optional<Account> same_phone,
        co_await find_account_by_phone(call.platform.database, application.phone_number));
    if (same_phone) co_return refuse(Refusal::kPhoneTaken);
    co_return Result<void>();
}

User member_of(const Application& application, UserId id, std::string hash, Instant at) {
    User user;
    user.id = id;
    user.email = application.email;
    user.password = std::move(hash);
    user.first_name = application.first_name;
    user.last_name = application.last_name;
    user.phone_number = application.phone_number;
    user.role = Role::kUser;
    user.last_login = at;
    return user;
}

/// Another took the address or the number between the look and the insert.
std::unexpected<Error> taken(Error error) {
    if (error.code == Code::kUniqueViolation && error.column.contains("email"))
        return fault("email", "This e-mail address is already in use.");
    if (error.code == Code::kUniqueViolation && error.column.contains("phone_number"))
        return refuse(Refusal::kPhoneTaken);
    return std::unexpected(std::move(error));
}

Task<Result<void>> store_member(sql::Transaction& transaction, http::Call& call, User& user,
                                std::string language) {
    Clock& clock = call.platform.clock;
    SEGURIFAI_CO_TRY(co_await model::insert(transaction, clock, user));
    AccountSettings settings;
    settings.user_id = user.id;
    settings.language = std::move(language);
    settings.phone_verified_at = call.at;
    SEGURIFAI_CO_TRY(co_await model::insert(transaction, clock, settings));
    const std::array params{sql::Value::uuid(user.id.value), sql::Value::instant(call.at)};
    const auto points = co_await transaction.run(kPoints, params);
    if (!points) co_return std::unexpected(points.error());
    co_return co_await audit::record(transaction, call, change_of(user.id, R"({"role":"USER"})"));
}

Account account_of(const User& user) {
    Account account;
    account.id = user.id;
    account.first_name = user.first_name;
    account.role = user.role;
    return account;
}

}  // namespace

Task<Result<SessionAnswer>> register_member(http::Call& call, Application application) {
    application.email = lower_case(application.email);
    SEGURIFAI_CO_TRY(co_await require_proof(call, application));
    SEGURIFAI_CO_TRY(co_await require_free(call, application));
    SEGURIFAI_CO_TRY_AS(std::string hash, co_await hash_password(call, application.password));
    Platform& platform = call.platform;
    const UserId id{Uuid::make(platform.clock, platform.random)};
    const User member = member_of(application, id, std::move(hash), call.at);
    const sessions::NewSession session =
        sessions::plan_session(platform.clock, platform.random, id, call.address, {});
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(
            const std::optional<Phone> phone,
            co_await sessions::use_proof(transaction, call.at, sessions::CodePurpose::kRegister,
                                         application.proof));
        if (phone != application.phone_number) co_return refuse(Refusal::kCodeInvalid);
        User user = member;
        SEGURIFAI_CO_TRY(co_await store_member(transaction, call, user, application.language));
        co_return co_await sessions::open_session(transaction, call, session);
    };
    if (auto done = co_await platform.database.transact(body); !done)
        co_return taken(std::move(done).error());
    co_return session_answer(call, account_of(member), session.id, session.refresh,
                             sessions::Transport::kBody);
}

}  // namespace segurifai::users
