// auth.token, its refresh, verify and log-out, and auth.password_reset (API §2.2).

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "apps/platform.hpp"
#include "apps/sessions/authenticator.hpp"
#include "apps/sessions/refresh_cookie.hpp"
#include "apps/sessions/session_store.hpp"
#include "apps/users/api.hpp"
#include "apps/users/new_password.hpp"
#include "apps/users/session_answer.hpp"
#include "apps/users/sign_in.hpp"
#include "http/route.hpp"
#include "security/opaque_token.hpp"

namespace segurifai::users {
namespace {

using sessions::Transport;

struct TokenIn {
    static constexpr std::string_view kShape = "SignIn";
    std::optional<std::string> email;
    std::optional<std::string> phone;
    std::string password;
    std::optional<std::string> device_name;
    std::optional<Transport> transport;

    static consteval auto fields() {
        return std::array{
            http::field<&TokenIn::email>("email", {.length = 254}),
            http::field<&TokenIn::phone>("phone", {.length = 40}),
            http::field<&TokenIn::password>("password", {.length = 1024, .verbatim = true}),
            http::field<&TokenIn::device_name>("device_name", {.length = 100}),
            http::field<&TokenIn::transport>("transport"),
        };
    }
};

struct RefreshIn {
    static constexpr std::string_view kShape = "Refresh";
    std::optional<std::string> refresh;

    static consteval auto fields() {
        return std::array{http::field<&RefreshIn::refresh>(
            "refresh", {.length = 200, .help = "Left out where it is in the cookie"})};
    }
};

struct VerifyIn {
    static constexpr std::string_view kShape = "TokenCheck";
    std::string token;

    static consteval auto fields() {
        return std::array{http::field<&VerifyIn::token>("token", {.length = 2048})};
    }
};

struct VerifyOut {
    static constexpr std::string_view kShape = "TokenState";
    bool active = false;
    std::int64_t exp = 0;

    static consteval auto fields() {
        return std::array{
            http::field<&VerifyOut::active>("active"),
            http::field<&VerifyOut::exp>("exp", {.help = "Seconds since 1970, as in the token"})};
    }
};

struct ResetIn {
    static constexpr std::string_view kShape = "PasswordReset";
    std::string proof;
    std::string new_password;

    static consteval auto fields() {
        return std::array{http::field<&ResetIn::proof>("proof", {.length = 200}),
                          http::field<&ResetIn::new_password>(
                              "new_password",
                              {.length = 1024, .validate = &new_password_fault, .verbatim = true})};
    }
};

Task<Result<SessionAnswer>> token(http::Call& call, TokenIn in) {
    if (in.email.has_value() == in.phone.has_value())
        co_return fault("", "Give either an e-mail address or a phone number.");
    Credentials credentials;
    if (in.phone) {
        credentials.phone = Phone::parse(*in.phone);
        if (!credentials.phone)
            co_return fault("phone", "Must be a telephone number of Guatemala.");
    }
    credentials.email = std::move(in.email);
    credentials.password = std::move(in.password);
    credentials.device_name = in.device_name.value_or(std::string());
    credentials.transport = in.transport.value_or(Transport::kBody);
    co_return co_await sign_in(call, std::move(credentials));
}

/// The token of the body, or of the cookie when the page that asks may use it.
Result<std::string> presented_token(const http::Call& call, const RefreshIn& in) {
    if (in.refresh) return *in.refresh;
    const auto cookie = sessions::refresh_cookie(call.request);
    if (!cookie) return fault("refresh", "This field is required.");
    if (!sessions::is_of_trusted_origin(call)) return refuse(Refusal::kPermissionDenied);
    return std::string(*cookie);
}

Task<Result<SessionAnswer>> refresh(http::Call& call, RefreshIn in) {
    SEGURIFAI_CO_TRY_AS(const std::string presented, presented_token(call, in));
    if (!security::is_token(presented)) co_return refuse(Refusal::kTokenNotValid);
    const std::string successor =
        security::successor_token(call.platform.secrets.current().successors, presented);
    std::optional<sessions::Renewal> renewal;
    std::optional<Account> account;
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(renewal,
                            co_await sessions::renew(transaction, call, presented, successor));
        account.reset();
        if (renewal) {
            SEGURIFAI_CO_TRY_AS(account, co_await find_account(transaction, renewal->user_id));
        }
        co_return Result<void>();
    };
    SEGURIFAI_CO_TRY(co_await call.platform.database.transact(body));
    // What ended the family is committed by now.
    if (!renewal || !account || !account->is_active) co_return refuse(Refusal::kTokenNotValid);
    const Transport transport = in.refresh ? Transport::kBody : Transport::kCookie;
    co_return session_answer(call, *account, renewal->session_id, successor, transport);
}

Task<Result<VerifyOut>> verify(http::Call& call, VerifyIn in) {
    const auto claims = call.platform.access_tokens.verify(in.token, call.at);
    if (!claims) co_return refuse(Refusal::kTokenNotValid);
    sessions::SessionAuthenticator authenticator(call.platform.database,
                                                 call.platform.access_tokens);
    const auto caller = co_await authenticator.authenticate(in.token, call.at);
    if (!caller) co_return std::unexpected(caller.error());
    constexpr std::int64_t kMicrosPerSecond = 1'000'000;
    co_return VerifyOut{true, claims->expires.micros / kMicrosPerSecond};
}

/// Who holds the access token may end its session, from wherever they call; the cookie's session
/// ends with it when the cookie counts.
Task<Result<http::NoContent>> logout(http::Call& call) {
    const UserId user_id{call.caller.user_id};
    const auto cookie = sessions::trusted_refresh_cookie(call);
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        const sessions::SessionId session_id{call.caller.session_id};
        const auto ended = co_await sessions::end_session(transaction, call, session_id, user_id);
        if (!ended) co_return std::unexpected(ended.error());
        if (!cookie) co_return Result<void>();
        std::string cookie_token(*cookie);
        co_return co_await sessions::end_session_of_token(transaction, call,
                                                          std::move(cookie_token), user_id);
    };
    SEGURIFAI_CO_TRY(co_await call.platform.database.transact(body));
    if (cookie) sessions::clear_refresh_cookie(call.answer);
    co_return http::NoContent{};
}

Task<Result<http::NoContent>> password_reset(http::Call& call, ResetIn in) {
    SEGURIFAI_CO_TRY(
        co_await reset_password(call, std::move(in.proof), std::move(in.new_password)));
    co_return http::NoContent{};
}

constexpr std::array kTokenRefusals{Refusal::kAuthenticationFailed, Refusal::kTooManyAttempts};
constexpr std::array kSessionRefusals{Refusal::kTokenNotValid};
constexpr std::array kProofRefusals{Refusal::kCodeInvalid};

}  // namespace

std::vector<http::Route> access_routes() {
    return {
        http::post<&token>("/api/auth/token/", "auth.token",
                           {.summary = "Sign in with a password",
                            .rate = http::Rate::kSignIn,
                            .refusals = kTokenRefusals}),
        http::post<&refresh>("/api/auth/token/refresh/", "auth.token.refresh",
                             {.summary = "Exchange a refresh token for a new session answer",
                              .rate = http::Rate::kSignIn,
                              .refusals = kSessionRefusals}),
        http::post<&verify>("/api/auth/token/verify/", "auth.token.verify",
                            {.summary = "Whether an access token opens anything",
                             .rate = http::Rate::kSignIn,
                             .refusals = kSessionRefusals}),
        http::post<&logout>("/api/auth/token/logout/", "auth.token.logout",
                            {.summary = "End this session", .status = 204}),
        http::post<&password_reset>("/api/auth/password-reset/", "auth.password_reset",
                                    {.summary = "Set a new password with a proof of the phone",
                                     .status = 204,
                                     .rate = http::Rate::kSignIn,
                                     .refusals = kProofRefusals}),
    };
}

}  // namespace segurifai::users
