// users.register, users.me and its changes, users.password and users.sessions (API §2.3).

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/sessions/refresh_cookie.hpp"
#include "apps/sessions/session_store.hpp"
#include "apps/sessions/tables.hpp"
#include "apps/unit_of_work.hpp"
#include "apps/users/api.hpp"
#include "apps/users/me.hpp"
#include "apps/users/new_password.hpp"
#include "apps/users/registration.hpp"
#include "http/list.hpp"
#include "http/route.hpp"
#include "model/validators.hpp"

namespace segurifai::users {
namespace {

using sessions::Transport;

struct RegisterIn {
    static constexpr std::string_view kShape = "Registration";
    std::string email;
    std::string phone_number;
    std::string password;
    std::string first_name;
    std::string last_name;
    std::string proof;
    std::optional<Tongue> language;

    static consteval auto fields() {
        return std::array{
            http::field<&RegisterIn::email>("email",
                                            {.length = 254, .validate = &model::validators::email}),
            http::field<&RegisterIn::phone_number>("phone_number", {.length = 40}),
            http::field<&RegisterIn::password>(
                "password", {.length = 1024, .validate = &new_password_fault, .verbatim = true}),
            http::field<&RegisterIn::first_name>("first_name", {.length = 150, .length_min = 1}),
            http::field<&RegisterIn::last_name>("last_name", {.length = 150, .length_min = 1}),
            http::field<&RegisterIn::proof>("proof", {.length = 200}),
            http::field<&RegisterIn::language>("language"),
        };
    }
};

struct ProfileIn {
    static constexpr std::string_view kShape = "ProfileChange";
    http::Maybe<std::string> first_name;
    http::Maybe<std::string> last_name;
    http::Maybe<Tongue> language;
    http::Maybe<std::string> email;
    std::optional<std::string> password;

    static consteval auto fields() {
        return std::array{
            http::field<&ProfileIn::first_name>("first_name", {.length = 150, .length_min = 1}),
            http::field<&ProfileIn::last_name>("last_name", {.length = 150, .length_min = 1}),
            http::field<&ProfileIn::language>("language"),
            http::field<&ProfileIn::email>("email",
                                           {.length = 254, .validate = &model::validators::email}),
            http::field<&ProfileIn::password>("password", {.length = 1024, .verbatim = true}),
        };
    }
};

struct PasswordIn {
    static constexpr std::string_view kShape = "PasswordChange";
    std::string old_password;
    std::string new_password;

    static consteval auto fields() {
        return std::array{http::field<&PasswordIn::old_password>(
                              "old_password", {.length = 1024, .verbatim = true}),
                          http::field<&PasswordIn::new_password>(
                              "new_password",
                              {.length = 1024, .validate = &new_password_fault, .verbatim = true})};
    }
};

struct SessionView {
    static constexpr std::string_view kShape = "SignedInDevice";
    sessions::Session session;
    bool current = false;

    static consteval auto fields() {
        return std::array{
            http::row<&SessionView::session>({.leave_out = "user_id expires_at ended_at"}),
            http::field<&SessionView::current>("current", {.help = "The one that asks"})};
    }
};

Task<Result<SessionAnswer>> register_account(http::Call& call, RegisterIn in) {
    const auto phone = Phone::parse(in.phone_number);
    if (!phone) co_return fault("phone_number", "Must be a telephone number of Guatemala.");
    Application application;
    application.email = std::move(in.email);
    application.phone_number = *phone;
    application.password = std::move(in.password);
    application.first_name = std::move(in.first_name);
    application.last_name = std::move(in.last_name);
    application.proof = std::move(in.proof);
    application.language = model::word(in.language.value_or(Tongue::kSpanish));
    co_return co_await register_member(call, std::move(application));
}

Task<Result<Me>> me(http::Call& call) {
    const UserId id{call.caller.user_id};
    SEGURIFAI_CO_TRY_AS(const std::optional<Account> account,
                        co_await find_account(call.platform.database, id));
    if (!account) co_return refuse(Refusal::kTokenNotValid);
    co_return me_of(*account);
}

/// Takes a field over; null is a fault, because none of these columns may be empty.
void take(std::vector<Fault>& faults, std::string_view name, const http::Maybe<std::string>& from,
          std::optional<std::string>& to) {
    if (from.null()) faults.push_back({std::string(name), "This field may not be null."});
    to = from.value();
}

Task<Result<Me>> update_me(http::Call& call, ProfileIn in) {
    ProfileChange change;
    std::vector<Fault> faults;
    take(faults, "first_name", in.first_name, change.first_name);
    take(faults, "last_name", in.last_name, change.last_name);
    take(faults, "email", in.email, change.email);
    if (in.language.null()) faults.push_back({"language", "This field may not be null."});
    if (in.language.value()) change.language = model::word(*in.language);
    change.password = std::move(in.password);
    if (!faults.empty()) {
        Error error{.code = Code::kInvalid, .message = "The input is not valid."};
        error.faults = std::move(faults);
        co_return std::unexpected(std::move(error));
    }
    co_return co_await change_profile(call, std::move(change));
}

Task<Result<SessionAnswer>> password(http::Call& call, PasswordIn in) {
    // A browser that keeps its token in the cookie gets the new one there.
    const bool has_cookie = sessions::trusted_refresh_cookie(call).has_value();
    const Transport transport = has_cookie ? Transport::kCookie : Transport::kBody;
    co_return co_await change_password(call, std::move(in.old_password), std::move(in.new_password),
                                       transport);
}

constexpr std::array kDeviceOrders{std::string_view("-last_seen"), std::string_view("created_at")};
constexpr http::ListSpec kDevices{
    .table = &model::table_of<sessions::Session>(), .filters = {}, .orders = kDeviceOrders};

Task<Result<http::Page<SessionView>>> devices(http::Call& call, http::ListQuery query) {
    using Operator = model::Filter::Operator;
    SEGURIFAI_CO_TRY(
        query.filter.where("user_id", Operator::kEqual, sql::Value::uuid(call.caller.user_id)));
    SEGURIFAI_CO_TRY(query.filter.where("ended_at", Operator::kIsNull, sql::Value::boolean(true)));
    SEGURIFAI_CO_TRY(
        query.filter.where("expires_at", Operator::kGreater, sql::Value::instant(call.at)));
    const auto rows = co_await http::read_page<sessions::Session>(call.platform.database, query,
                                                                  call.platform.cursors);
    if (!rows) co_return std::unexpected(rows.error());
    const Uuid current = call.caller.session_id;
    co_return rows->into(query, [&](const sessions::Session& row) {
        return SessionView{row, row.id.value == current};
    });
}

Task<Result<http::NoContent>> end_device(http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const Uuid key, call.path_uuid());
    apps::Work<http::NoContent> work =
        [&](sql::Transaction& transaction) -> Task<Result<http::NoContent>> {
        const sessions::SessionId session_id{key};
        const UserId user_id{call.caller.user_id};
        SEGURIFAI_CO_TRY_AS(const bool is_ended,
                            co_await sessions::end_session(transaction, call, session_id, user_id));
        if (!is_ended) co_return refuse(Refusal::kNotFound);
        co_return http::NoContent{};
    };
    co_return co_await apps::perform<http::NoContent>(call, work);
}

Task<Result<http::NoContent>> end_other_devices(http::Call& call) {
    apps::Work<http::NoContent> work =
        [&](sql::Transaction& transaction) -> Task<Result<http::NoContent>> {
        const sessions::SessionId current{call.caller.session_id};
        const UserId user_id{call.caller.user_id};
        SEGURIFAI_CO_TRY_AS(const std::int64_t ended, co_await sessions::end_sessions(
                                                          transaction, call.at, user_id, current));
        SEGURIFAI_CO_TRY(co_await audit::record(
            transaction, call,
            change_of(user_id, fmt::format(R"({{"sessions_ended":{}}})", ended))));
        co_return http::NoContent{};
    };
    co_return co_await apps::perform<http::NoContent>(call, work);
}

constexpr std::array kRegisterRefusals{Refusal::kPhoneTaken, Refusal::kCodeInvalid};
constexpr std::array kPasswordRefusals{Refusal::kTooManyAttempts};

}  // namespace

std::vector<http::Route> account_routes() {
    return {
        http::post<&register_account>("/api/users/register/", "users.register",
                                      {.summary = "Open a member's account",
                                       .status = 201,
                                       .rate = http::Rate::kSignIn,
                                       .refusals = kRegisterRefusals}),
        http::get<&me>("/api/users/me/", "users.me",
                       {.summary = "The caller's account", .etag = true}),
        http::patch<&update_me>("/api/users/me/", "users.me.update",
                                {.summary = "Change the caller's account",
                                 .if_match = true,
                                 .etag = true,
                                 .refusals = kPasswordRefusals}),
        http::post<&password>("/api/users/change-password/", "users.password",
                              {.summary = "Change the password and end every other session",
                               .rate = http::Rate::kSignIn,
                               .refusals = kPasswordRefusals}),
        http::get<&devices>("/api/users/me/sessions/", "users.sessions",
                            {.summary = "Where the caller is signed in", .list = &kDevices}),
        http::remove<&end_device>("/api/users/me/sessions/{id}/", "users.sessions.end",
                                  {.summary = "End one of the caller's sessions", .status = 204}),
        http::remove<&end_other_devices>(
            "/api/users/me/sessions/", "users.sessions.end_others",
            {.summary = "End the caller's other sessions", .status = 204}),
    };
}

}  // namespace segurifai::users
