// auth.otp.request and auth.otp.verify (API §2.2): codes by SMS, for signing in or as a proof.

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "apps/platform.hpp"
#include "apps/sessions/one_time_code.hpp"
#include "apps/sessions/session_store.hpp"
#include "apps/users/api.hpp"
#include "apps/users/message_texts.hpp"
#include "apps/users/outbound.hpp"
#include "apps/users/session_answer.hpp"
#include "apps/users/sign_in.hpp"
#include "http/route.hpp"
#include "security/opaque_token.hpp"

namespace segurifai::users {
namespace {

using sessions::CodePurpose;
using sessions::Transport;

struct CodeRequest {
    static constexpr std::string_view kShape = "CodeRequest";
    std::string phone;
    CodePurpose purpose = CodePurpose::kLogin;

    static consteval auto fields() {
        return std::array{http::field<&CodeRequest::phone>("phone", {.length = 40}),
                          http::field<&CodeRequest::purpose>("purpose")};
    }
};

struct CodeSent {
    static constexpr std::string_view kShape = "CodeSent";
    std::int32_t expires_in = 0;
    std::int32_t resend_in = 0;

    static consteval auto fields() {
        return std::array{http::field<&CodeSent::expires_in>("expires_in"),
                          http::field<&CodeSent::resend_in>("resend_in")};
    }
};

struct CodeIn {
    static constexpr std::string_view kShape = "CodeCheck";
    std::string phone;
    std::string code;
    CodePurpose purpose = CodePurpose::kLogin;
    std::optional<std::string> device_name;
    std::optional<Transport> transport;

    static consteval auto fields() {
        return std::array{
            http::field<&CodeIn::phone>("phone", {.length = 40}),
            http::field<&CodeIn::code>("code", {.length = 20}),
            http::field<&CodeIn::purpose>("purpose"),
            http::field<&CodeIn::device_name>("device_name", {.length = 100}),
            http::field<&CodeIn::transport>("transport"),
        };
    }
};

/// A session answer for LOGIN, else a proof and how long it lasts.
struct CodeAnswer {
    static constexpr std::string_view kShape = "CodeAnswer";
    http::Maybe<std::string> access;
    http::Maybe<std::string> refresh;
    http::Maybe<std::string> proof;
    std::int32_t expires_in = 0;
    http::Maybe<std::int32_t> refresh_expires_in;
    http::Maybe<SessionUser> user;

    static consteval auto fields() {
        return std::array{
            http::field<&CodeAnswer::access>("access", {.length = 1024}),
            http::field<&CodeAnswer::refresh>("refresh", {.length = 64}),
            http::field<&CodeAnswer::proof>("proof", {.length = 64}),
            http::field<&CodeAnswer::expires_in>("expires_in"),
            http::field<&CodeAnswer::refresh_expires_in>("refresh_expires_in"),
            http::field<&CodeAnswer::user>("user"),
        };
    }
};

Result<Phone> read_phone(const std::string& text) {
    if (auto phone = Phone::parse(text)) return *std::move(phone);
    return fault("phone", "Must be a telephone number of Guatemala.");
}

bool may_sign_in_by_code(const std::optional<Account>& account) noexcept {
    return account && account->is_active && account->role != Role::kAdmin;
}

/// Whether a code for this is worth a message. Who asked is not told.
bool is_sent(CodePurpose purpose, const std::optional<Account>& account) noexcept {
    switch (purpose) {
        case CodePurpose::kRegister:
        case CodePurpose::kChangePhone: return true;
        case CodePurpose::kLogin: return may_sign_in_by_code(account);
        case CodePurpose::kReset:
        case CodePurpose::kConfirm: return account && account->is_active;
    }
    return false;
}

apps::Message message_of(const Phone& phone, const std::string& code, http::Language language) {
    return {"sms", phone.text(), code_text(language, code)};
}

Task<Result<CodeSent>> request_code(http::Call& call, CodeRequest in) {
    SEGURIFAI_CO_TRY_AS(const Phone phone, read_phone(in.phone));
    Platform& platform = call.platform;
    SEGURIFAI_CO_TRY_AS(const std::optional<Account> account,
                        co_await find_account_by_phone(platform.database, phone));
    // Also for a number that is not known: the same row, the same waiting time.
    const std::string code = security::make_code(platform.random);
    const std::string hash = security::code_hash(platform.secrets.current().codes, phone.text(),
                                                 model::word(in.purpose), code);
    std::int64_t wait_s = 0;
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(
            wait_s, co_await sessions::store_code(transaction, call, phone, in.purpose, hash));
        co_return Result<void>();
    };
    SEGURIFAI_CO_TRY(co_await platform.database.transact(body));
    if (wait_s > 0) {
        call.answer.set("Retry-After", std::to_string(wait_s));
        co_return refuse(Refusal::kTooManyAttempts);
    }
    if (is_sent(in.purpose, account)) {
        apps::Message message = message_of(phone, code, language_of(account, call));
        co_await send_after_commit(platform, std::move(message), "sessions_onetimecode",
                                   call.request_id);
    }
    co_return CodeSent{sessions::kCodeSeconds, sessions::kResendSeconds};
}

/// LOGIN: the code and the session in one transaction.
Task<Result<CodeAnswer>> sign_in_by_code(http::Call& call, Phone phone, CodeIn in) {
    Platform& platform = call.platform;
    const sessions::NewSession planned = sessions::plan_session(
        platform.clock, platform.random, {}, call.address, in.device_name.value_or(std::string()));
    std::optional<Account> account;
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        account.reset();
        SEGURIFAI_CO_TRY_AS(
            const bool is_right,
            co_await sessions::try_code(transaction, call, phone, in.purpose, in.code));
        if (!is_right) co_return Result<void>();
        SEGURIFAI_CO_TRY_AS(std::optional<Account> found,
                            co_await find_account_by_phone(transaction, phone));
        if (!may_sign_in_by_code(found)) co_return Result<void>();
        SEGURIFAI_CO_TRY_AS(const bool is_same,
                            co_await mark_signed_in(transaction, call.at, *found, {}));
        if (!is_same) co_return Result<void>();  // archived or given a new password just now
        sessions::NewSession session = planned;
        session.user_id = found->id;
        SEGURIFAI_CO_TRY(co_await sessions::open_session(transaction, call, session));
        account = std::move(found);
        co_return Result<void>();
    };
    SEGURIFAI_CO_TRY(co_await platform.database.transact(body));
    if (!account) co_return refuse(Refusal::kCodeInvalid);
    SessionAnswer session = session_answer(call, *account, planned.id, planned.refresh,
                                           in.transport.value_or(Transport::kBody));
    CodeAnswer answer;
    answer.access.emplace() = std::move(session.access);
    answer.refresh = std::move(session.refresh);
    answer.expires_in = session.expires_in;
    answer.refresh_expires_in.emplace() = session.refresh_expires_in;
    answer.user.emplace() = std::move(session.user);
    co_return answer;
}

Task<Result<CodeAnswer>> prove_by_code(http::Call& call, Phone phone, CodeIn in) {
    const std::string proof = security::make_token(call.platform.random);
    bool is_right = false;
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(
            is_right, co_await sessions::try_code(transaction, call, phone, in.purpose, in.code));
        if (!is_right) co_return Result<void>();
        co_return co_await sessions::store_proof(transaction, call, phone, in.purpose, proof);
    };
    SEGURIFAI_CO_TRY(co_await call.platform.database.transact(body));
    if (!is_right) co_return refuse(Refusal::kCodeInvalid);
    CodeAnswer answer;
    answer.proof.emplace() = proof;
    answer.expires_in = sessions::kProofSeconds;
    co_return answer;
}

Task<Result<CodeAnswer>> verify_code(http::Call& call, CodeIn in) {
    SEGURIFAI_CO_TRY_AS(Phone phone, read_phone(in.phone));
    if (in.purpose == CodePurpose::kLogin)
        co_return co_await sign_in_by_code(call, std::move(phone), std::move(in));
    co_return co_await prove_by_code(call, std::move(phone), std::move(in));
}

constexpr std::array kRequestRefusals{Refusal::kTooManyAttempts};
constexpr std::array kVerifyRefusals{Refusal::kCodeInvalid};

}  // namespace

std::vector<http::Route> code_routes() {
    return {
        http::post<&request_code>("/api/auth/otp/request/", "auth.otp.request",
                                  {.summary = "Send a one-time code to a phone",
                                   .status = 202,
                                   .rate = http::Rate::kSignIn,
                                   .refusals = kRequestRefusals}),
        http::post<&verify_code>("/api/auth/otp/verify/", "auth.otp.verify",
                                 {.summary = "Sign in, or prove a phone, with a one-time code",
                                  .rate = http::Rate::kSignIn,
                                  .refusals = kVerifyRefusals}),
    };
}

}  // namespace segurifai::users
