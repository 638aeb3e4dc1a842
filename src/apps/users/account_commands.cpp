#include "apps/users/account_commands.hpp"

#include <array>
#include <optional>
#include <utility>

#include "apps/audit/tables.hpp"
#include "apps/users/account.hpp"
#include "apps/users/new_password.hpp"
#include "apps/users/staff_tables.hpp"
#include "apps/users/tables.hpp"
#include "base/json.hpp"
#include "http/shape_text.hpp"
#include "model/store.hpp"
#include "model/validators.hpp"
#include "security/password.hpp"

namespace segurifai::users {
namespace {

constexpr std::string_view kInUse = "This e-mail address is already in use.";

/// Runs `work` in a transaction of its own.
template <class Work>
Result<void> in_transaction(sql::Session& session, Work work) {
    SEGURIFAI_TRY(session.begin());
    Result<void> done = work();
    if (done) done = session.commit();
    if (!done && session.in_transaction()) session.rollback();
    return done;
}

Result<void> record(sql::Session& session, Clock& clock, std::string_view action, UserId id,
                    std::string after) {
    audit::AuditEvent event;
    event.at = clock.now();
    event.action = action;
    event.object_table = "users_user";
    event.object_id = id.value.to_string();
    event.after.text = std::move(after);
    return model::insert_blocking(session, clock, event);
}

Result<std::optional<User>> find_active(sql::Session& session, std::string_view email_or_phone) {
    std::optional<User> found;
    if (const auto phone = Phone::parse(email_or_phone)) {
        SEGURIFAI_TRY_AS(found, model::find_by_blocking<User>(session, "phone_number", *phone));
    } else {
        const std::string typed(email_or_phone);
        SEGURIFAI_TRY_AS(found, model::find_by_blocking<User>(session, "email", typed));
        if (!found) {
            SEGURIFAI_TRY_AS(found,
                             model::find_by_blocking<User>(session, "email", lower_case(typed)));
        }
    }
    if (found && !found->is_active) found.reset();
    return found;
}

Result<User> require_active(sql::Session& session, std::string_view email_or_phone) {
    SEGURIFAI_TRY_AS(std::optional<User> found, find_active(session, email_or_phone));
    if (!found)
        return fail(Code::kNotFound,
                    "There is no active account with that e-mail address or phone number.");
    return *std::move(found);
}

/// A name as the operations store it; what is ill-formed is told with the row.
void tidy(std::string_view path, std::string& name, std::vector<Fault>& faults) {
    if (!is_storable_text(name)) return;
    std::string buffer;
    const auto text = http::tidy_text(name, buffer);
    if (!text)
        faults.push_back({std::string(path), "Must not contain control characters."});
    else if (text->empty() && !name.empty())
        faults.push_back({std::string(path), "This field may not be blank."});
    else
        name = std::string(*text);
}

Result<std::vector<Fault>> faults_of(sql::Session& session, const NewSuperuser& account,
                                     const std::string& email, const std::optional<Phone>& phone) {
    const Owner owner{email, account.first_name, account.last_name};
    std::vector<Fault> faults = new_password_faults("password", account.password, owner);
    if (auto wrong = model::validators::email(sql::Value::text(email)))
        faults.push_back({"email", *std::move(wrong)});
    if (!phone) faults.push_back({"phone", "Must be a telephone number of Guatemala."});
    SEGURIFAI_TRY_AS(const std::optional<User> same_email,
                     model::find_by_blocking<User>(session, "email", email));
    if (same_email) faults.push_back({"email", std::string(kInUse)});
    if (!phone) return faults;
    SEGURIFAI_TRY_AS(const std::optional<User> same_phone,
                     model::find_by_blocking<User>(session, "phone_number", *phone));
    if (same_phone) faults.push_back({"phone", "This phone number is already in use."});
    return faults;
}

}  // namespace

Result<UserId> create_superuser_blocking(sql::Session& session, Clock& clock, Random& random,
                                         NewSuperuser account) {
    const std::string email = lower_case(account.email);
    const std::optional<Phone> phone = Phone::parse(account.phone);
    SEGURIFAI_TRY_AS(std::vector<Fault> faults, faults_of(session, account, email, phone));
    tidy("first_name", account.first_name, faults);
    tidy("last_name", account.last_name, faults);
    if (!faults.empty()) {
        Error error{.code = Code::kInvalid, .message = "The account cannot be made."};
        error.faults = std::move(faults);
        return std::unexpected(std::move(error));
    }
    User user;
    user.id = UserId{Uuid::make(clock, random)};
    user.email = email;
    user.password = security::hash_password_blocking(account.password);
    user.first_name = std::move(account.first_name);
    user.last_name = std::move(account.last_name);
    user.phone_number = *phone;
    user.role = Role::kAdmin;
    user.is_staff = true;
    user.is_superuser = true;
    AccountSettings settings;
    settings.user_id = user.id;
    settings.must_change_password = account.must_change_password;
    SEGURIFAI_TRY(in_transaction(session, [&]() -> Result<void> {
        SEGURIFAI_TRY(model::insert_blocking(session, clock, user));
        SEGURIFAI_TRY(model::insert_blocking(session, clock, settings));
        return record(session, clock, "createsuperuser", user.id,
                      R"({"is_superuser":true,"role":"ADMIN"})");
    }));
    return user.id;
}

Result<void> set_password_blocking(sql::Session& session, Clock& clock,
                                   std::string_view email_or_phone, const std::string& hash) {
    return in_transaction(session, [&]() -> Result<void> {
        SEGURIFAI_TRY_AS(User user, require_active(session, email_or_phone));
        user.password = hash;
        SEGURIFAI_TRY(model::update_columns_blocking(session, clock, user, {"password"}));
        const std::array settled{sql::Value::uuid(user.id.value), sql::Value::boolean(false)};
        SEGURIFAI_TRY(session.run(
            "UPDATE users_accountsettings SET must_change_password = $2 WHERE user_id = $1",
            settled));
        const std::array ended{sql::Value::uuid(user.id.value), sql::Value::instant(clock.now())};
        SEGURIFAI_TRY_AS(const std::int64_t count,
                         session.run("UPDATE sessions_session SET ended_at = $2 "
                                     "WHERE user_id = $1 AND ended_at IS NULL",
                                     ended));
        return record(session, clock, "changepassword", user.id,
                      "{\"sessions_ended\":" + std::to_string(count) + "}");
    });
}

Result<std::vector<std::string>> password_sentences_blocking(sql::Session& session,
                                                             std::string_view email_or_phone,
                                                             std::string_view password) {
    SEGURIFAI_TRY_AS(const User user, require_active(session, email_or_phone));
    const Owner owner{user.email, user.first_name, user.last_name};
    std::vector<std::string> sentences;
    for (Fault& fault : new_password_faults("password", password, owner))
        sentences.push_back(std::move(fault.message));
    return sentences;
}

}  // namespace segurifai::users
