// Signing in by password, and what keeps guessers out (RULES §1).

#include <openssl/evp.h>

#include <array>

#include "api/access.hpp"
#include "apps/sessions/authenticator.hpp"
#include "apps/sessions/back_off.hpp"
#include "apps/sessions/refresh_cookie.hpp"
#include "apps/users/staff_tables.hpp"

namespace segurifai::testing {
namespace {

class SignIn : public Access {};
SEGURIFAI_ON_BOTH_ENGINES(SignIn);

std::string base64(std::span<const unsigned char> bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3), '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(),
                    static_cast<int>(bytes.size()));
    return out;
}

/// As Django stored passwords before argon2.
std::string pbkdf2_of(std::string_view password) {
    constexpr std::string_view kSalt = "cKZ8qf2LwXn0";
    constexpr int kRounds = 1'000;
    std::array<unsigned char, 32> hash{};
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                      reinterpret_cast<const unsigned char*>(kSalt.data()),
                      static_cast<int>(kSalt.size()), kRounds, EVP_sha256(),
                      static_cast<int>(hash.size()), hash.data());
    return fmt::format("pbkdf2_sha256${}${}${}", kRounds, kSalt, base64(hash));
}

TEST_P(SignIn, OpensASessionWithEmailOrPhone) {
    const Person ana = member();
    const TestAnswer by_email = sign_in("ANA@example.gt", kPassword);
    ASSERT_EQ(by_email.status, 200) << by_email.body;
    EXPECT_EQ(by_email.at("/expires_in"), "3600");
    EXPECT_EQ(by_email.at("/refresh_expires_in"), "86400");
    EXPECT_EQ(by_email.at("/user/id"), ana.id.value.to_string());
    EXPECT_EQ(by_email.at("/user/role"), "USER");
    EXPECT_EQ(by_email.at("/user/scopes"), "[]");
    EXPECT_EQ(by_email.at("/user/password_change_required"), "<none>");
    EXPECT_EQ(me(by_email.at("/access")).at("/email"), ana.email);
    const TestAnswer by_phone =
        post("/api/auth/token/", {{"phone", ana.phone.substr(4)}, {"password", kPassword}});
    EXPECT_EQ(by_phone.status, 200) << by_phone.body;
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM audit_event WHERE action = 'auth.token'"), 2);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM users_user WHERE last_login IS NOT NULL"), 1);
}

TEST_P(SignIn, WantsExactlyOneOfEmailAndPhone) {
    EXPECT_EQ(post("/api/auth/token/", {{"password", kPassword}}).status, 400);
    EXPECT_EQ(
        post("/api/auth/token/", {{"email", "a@b.gt"}, {"phone", "55551234"}, {"password", "x"}})
            .status,
        400);
    EXPECT_EQ(post("/api/auth/token/", {{"phone", "12"}, {"password", "x"}}).status, 400);
}

TEST_P(SignIn, AnswersAlikeForUnknownWrongArchivedAndUnusable) {
    (void)member();
    (void)member("archivada@example.gt");
    (void)api.add_member({.email = "sin@example.gt"});
    api.execute("UPDATE users_user SET is_active = FALSE WHERE email = 'archivada@example.gt'");
    const TestAnswer wrong = sign_in("ana@example.gt", "not this one at all");
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(wrong.at("/code"), "authentication_failed");
    for (const std::string_view email :
         {"nadie@example.gt", "archivada@example.gt", "sin@example.gt"}) {
        const TestAnswer other = sign_in(email, kPassword);
        EXPECT_EQ(other.status, wrong.status) << email;
        EXPECT_EQ(other.body, wrong.body) << email;
    }
}

TEST_P(SignIn, RunsAsManyStatementsForAnUnknownAccountAsForAWrongPassword) {
    (void)member();
    const auto statements_of = [&](std::string_view email) {
        const std::uint64_t before = api.database().stats().statements;
        EXPECT_EQ(sign_in(email, "not this one at all").status, 401);
        return api.database().stats().statements - before;
    };
    EXPECT_EQ(statements_of("ana@example.gt"), statements_of("nadie@example.gt"));
}

TEST_P(SignIn, EndsForAnArchivedAccountAtOnce) {
    (void)member();
    const std::string access = sign_in("ana@example.gt", kPassword).at("/access");
    EXPECT_EQ(me(access).status, 200);
    api.execute("UPDATE users_user SET is_active = FALSE WHERE email = 'ana@example.gt'");
    EXPECT_EQ(me(access).status, 401);
}

TEST_P(SignIn, ReadsScopesFromTheAccountAndNotFromTheToken) {
    NewPerson person;
    person.email = "staff@example.gt";
    person.password = kPassword;
    const Person staff = api.add_staff({http::Scope::kOperations, http::Scope::kAuditor}, person);
    const TestAnswer answer = sign_in("staff@example.gt", kPassword);
    EXPECT_EQ(answer.at("/user/role"), "ADMIN");
    EXPECT_EQ(answer.at("/user/scopes"), R"(["OPERATIONS","AUDITOR"])");
    const std::string token = answer.at("/access");
    const Instant now = api.clock.now();
    const auto caller_now = [&]() {
        auto& platform = api.platform();
        sessions::SessionAuthenticator authenticator(platform.database, platform.access_tokens);
        return api.run(authenticator.authenticate(token, now));
    };
    EXPECT_TRUE(caller_now()->has(http::Scope::kOperations));
    EXPECT_FALSE(caller_now()->has(http::Scope::kFinance));
    api.execute("DELETE FROM users_staffscope");
    EXPECT_FALSE(caller_now()->has(http::Scope::kOperations));
}

TEST_P(SignIn, BacksOffAfterFiveFailuresOfAPairBeforeItHashes) {
    (void)member();
    for (int i = 0; i < sessions::kPairTriesMax; ++i)
        EXPECT_EQ(sign_in("ana@example.gt", "wrong", "198.51.100.1").status, 401);
    const auto hashed = api.platform().workers.stats().run;
    const TestAnswer refused = sign_in("ana@example.gt", kPassword, "198.51.100.1");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.at("/code"), "too_many_attempts");
    EXPECT_EQ(refused.header("Retry-After"), "900");
    EXPECT_EQ(api.platform().workers.stats().run, hashed);
    // Email and phone are one account; another address is another pair.
    EXPECT_EQ(sign_in("ana@example.gt", kPassword, "198.51.100.2").status, 200);
    wait_seconds(sessions::kWindowSeconds + 1);
    EXPECT_EQ(sign_in("ana@example.gt", kPassword, "198.51.100.1").status, 200);
}

TEST_P(SignIn, CountsTheTriesByEmailAndByPhoneTogether) {
    const Person ana = member();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(sign_in(ana.email, "wrong").status, 401);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(post("/api/auth/token/", {{"phone", ana.phone}, {"password", "wrong"}}).status,
                  401);
    EXPECT_EQ(sign_in(ana.email, kPassword).status, 429);
}

TEST_P(SignIn, BacksOffAlikeForAnAccountThatIsNotThere) {
    for (int i = 0; i < sessions::kPairTriesMax; ++i)
        EXPECT_EQ(sign_in("nadie@example.gt", "wrong").status, 401);
    EXPECT_EQ(sign_in("nadie@example.gt", "wrong").status, 429);
}

TEST_P(SignIn, LetsOnlyFiveOfManyGuessesAtOnceThrough) {
    (void)member();
    std::vector<TestApi::Planned> calls;
    for (int i = 0; i < 20; ++i) {
        TestRequest request;
        request.body = json_of({{"email", "ana@example.gt"}, {"password", "wrong"}});
        calls.push_back({http::Method::kPost, "/api/auth/token/", request});
    }
    int looked_at = 0;
    for (const TestAnswer& answer : api.together(calls)) looked_at += answer.status == 401;
    EXPECT_EQ(looked_at, sessions::kPairTriesMax);
}

TEST_P(SignIn, RefusesAnAddressThatTriesManyAccounts) {
    for (int i = 0; i < sessions::kAddressTriesMax; ++i)
        EXPECT_EQ(sign_in(fmt::format("nadie{}@example.gt", i), "wrong").status, 401);
    EXPECT_EQ(sign_in("otra@example.gt", "wrong").status, 429);
    EXPECT_EQ(sign_in("otra@example.gt", "wrong", "198.51.100.9").status, 401);
}

TEST_P(SignIn, CountsAHouseholdOfIpv6AsOneAddress) {
    (void)member();
    const auto address = [](int i) { return fmt::format("2001:db8:0:7::{}", i); };
    for (int i = 0; i < sessions::kPairTriesMax; ++i)
        EXPECT_EQ(sign_in("ana@example.gt", "wrong", address(i)).status, 401);
    EXPECT_EQ(sign_in("ana@example.gt", "wrong", address(99)).status, 429);
    for (int i = sessions::kPairTriesMax; i < sessions::kAddressTriesMax; ++i)
        EXPECT_EQ(sign_in(fmt::format("nadie{}@example.gt", i), "wrong", address(i)).status, 401);
    EXPECT_EQ(sign_in("otra@example.gt", "wrong", address(99)).status, 429);
    EXPECT_EQ(sign_in("otra@example.gt", "wrong", "2001:db8:0:8::1").status, 401);
}

TEST_P(SignIn, LetsTheOwnerInWhileStrangersGuess) {
    (void)member();
    EXPECT_EQ(sign_in("ana@example.gt", kPassword, "192.0.2.1").status, 200);
    for (int i = 0; i < 12; ++i) {
        EXPECT_EQ(sign_in("ana@example.gt", "wrong", fmt::format("198.51.100.{}", i)).status, 401);
        wait_seconds(sessions::kAccountWaitSecondsMax);
    }
    EXPECT_EQ(sign_in("ana@example.gt", "wrong", "198.51.100.77").status, 401);
    const TestAnswer stranger = sign_in("ana@example.gt", "wrong", "198.51.100.78");
    EXPECT_EQ(stranger.status, 429);
    EXPECT_LE(std::stoll(stranger.header("Retry-After")), sessions::kAccountWaitSecondsMax);
    EXPECT_EQ(sign_in("ana@example.gt", kPassword, "192.0.2.1").status, 200);
}

TEST_P(SignIn, ForgetsTheFailuresOfWhoSignsIn) {
    (void)member();
    for (int i = 0; i < 4; ++i) EXPECT_EQ(sign_in("ana@example.gt", "wrong").status, 401);
    EXPECT_EQ(sign_in("ana@example.gt", kPassword).status, 200);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(sign_in("ana@example.gt", "wrong").status, 401);
    EXPECT_EQ(sign_in("ana@example.gt", kPassword).status, 200);
    // Those of the address stay: it may have tried other accounts too.
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_signinfailure"), 8);
    EXPECT_EQ(api.integer("SELECT COUNT(DISTINCT subject) FROM sessions_signinfailure"), 1);
}

TEST_P(SignIn, SettlesTheTriesBeforeAnythingElseTellsOfThePassword) {
    (void)member("roberta@example.gt");
    const std::string access = sign_in("roberta@example.gt", kPassword).at("/access");
    const auto change = [&](std::string_view old_password) {
        return post(
            "/api/users/change-password/",
            {{"old_password", std::string(old_password)}, {"new_password", "roberta-roberta"}},
            "203.0.113.7", access);
    };
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(change("wrong").body.contains("old_password"));
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_signinfailure"), 9);
    const TestAnswer faulty = change(kPassword);
    EXPECT_EQ(faulty.status, 400);
    EXPECT_FALSE(faulty.body.contains("old_password")) << faulty.body;
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_signinfailure"), 3);
}

TEST_P(SignIn, CountsNothingForARightPassword) {
    (void)member();
    EXPECT_EQ(sign_in("ana@example.gt", kPassword).status, 200);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_signinfailure"), 0);
}

TEST_P(SignIn, TellsNothingOfATryWhoseLimitWasReachedWhileItWasComparedBeItRight) {
    const Person ana = member();
    auto& platform = api.platform();
    const Instant now = api.clock.now();
    const sessions::Attempt attempt = sessions::attempt_of(
        platform.secrets.current().codes, ana.id.value.to_string(), ana.id, "203.0.113.7");
    std::vector<std::int64_t> waits;
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(const std::int64_t before,
                            co_await sessions::wait_before(transaction, now, attempt));
        waits.push_back(before);
        for (int i = 0; i <= sessions::kPairTriesMax; ++i) {
            SEGURIFAI_CO_TRY_AS(const std::int64_t wrong,
                                co_await sessions::count_failure(transaction, now, attempt));
            waits.push_back(wrong);
        }
        SEGURIFAI_CO_TRY_AS(const std::int64_t right,
                            co_await sessions::count_success(transaction, now, attempt));
        waits.push_back(right);
        co_return Result<void>();
    };
    ASSERT_TRUE(api.run(platform.database.transact(body)));
    constexpr std::int64_t kWait = sessions::kWindowSeconds;
    EXPECT_EQ(waits, (std::vector<std::int64_t>{0, 0, 0, 0, 0, 0, kWait, kWait}));
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_signinfailure"),
              3 * sessions::kPairTriesMax);
}

TEST_P(SignIn, UpgradesAPbkdf2Hash) {
    const Person ana = member();
    api.execute(fmt::format("UPDATE users_user SET password = '{}' WHERE email = '{}'",
                            pbkdf2_of(kPassword), ana.email));
    EXPECT_EQ(sign_in(ana.email, "wrong").status, 401);
    EXPECT_EQ(api.text("SELECT password FROM users_user").substr(0, 13), "pbkdf2_sha256");
    EXPECT_EQ(sign_in(ana.email, kPassword).status, 200);
    EXPECT_EQ(api.text("SELECT password FROM users_user").substr(0, 15), "argon2$argon2id");
    EXPECT_EQ(sign_in(ana.email, kPassword).status, 200);
}

TEST_P(SignIn, LetsTwoInAtOnceWhoseHashIsUpgraded) {
    const Person ana = member();
    api.execute(fmt::format("UPDATE users_user SET password = '{}' WHERE email = '{}'",
                            pbkdf2_of(kPassword), ana.email));
    TestRequest request;
    request.body = json_of({{"email", ana.email}, {"password", kPassword}});
    const TestApi::Planned call{http::Method::kPost, "/api/auth/token/", request};
    for (const TestAnswer& answer : api.together({call, call}))
        EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_session"), 2);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_signinfailure"), 0);
}

TEST_P(SignIn, TellsThatAPasswordMadeByThePlatformMustBeChanged) {
    const Person ana = member();
    api.execute(
        "UPDATE users_user SET role = 'ADMIN', is_staff = TRUE");  // it makes none for others
    users::AccountSettings settings;
    settings.user_id = ana.id;
    settings.must_change_password = true;
    api.insert(settings);
    const TestAnswer answer = sign_in(ana.email, kPassword);
    EXPECT_EQ(answer.at("/user/password_change_required"), "true");
    const std::string access = answer.at("/access");
    EXPECT_EQ(me(access).status, 200);
    TestRequest request;
    request.token = access;
    EXPECT_EQ(api.get("/api/users/me/sessions/", request).status, 403);
    const auto change_to = [&](std::string_view to) {
        return post("/api/users/change-password/",
                    {{"old_password", kPassword}, {"new_password", to}}, "203.0.113.7", access);
    };
    EXPECT_EQ(change_to(kPassword).status, 400);
    EXPECT_EQ(sign_in(ana.email, kPassword).at("/user/password_change_required"), "true");
    const TestAnswer changed = change_to(kOtherPassword);
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.at("/user/password_change_required"), "<none>");
    request.token = changed.at("/access");
    EXPECT_EQ(api.get("/api/users/me/sessions/", request).status, 200);
}

TEST_P(SignIn, KeepsTheRefreshTokenOfABrowserInACookie) {
    (void)member();
    const TestAnswer answer =
        post("/api/auth/token/",
             {{"email", "ana@example.gt"}, {"password", kPassword}, {"transport", "cookie"}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.at("/refresh"), "<none>");
    const std::string cookie = answer.header("Set-Cookie");
    EXPECT_TRUE(cookie.starts_with("__Host-refresh=")) << cookie;
    EXPECT_TRUE(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=86400"))
        << cookie;
    const std::string pair = cookie.substr(0, cookie.find(';'));
    TestRequest request;
    request.body = "{}";
    request.headers = {{http::Header::kCookie, "a=b; " + pair},
                       {http::Header::kHost, "app.segurifai.gt"}};
    EXPECT_EQ(api.post("/api/auth/token/refresh/", request).status, 403);
    request.headers.emplace_back(http::Header::kOrigin, "https://evil.example");
    EXPECT_EQ(api.post("/api/auth/token/refresh/", request).status, 403);
    request.headers.back().second = "https://app.segurifai.gt";
    const TestAnswer renewed = api.post("/api/auth/token/refresh/", request);
    ASSERT_EQ(renewed.status, 200) << renewed.body;
    EXPECT_EQ(renewed.at("/refresh"), "<none>");
    const std::string next = renewed.header("Set-Cookie");
    EXPECT_NE(next.substr(0, next.find(';')), pair);
    request.token = renewed.at("/access");
    request.headers.front().second = next.substr(0, next.find(';'));
    const TestAnswer out = api.post("/api/auth/token/logout/", request);
    EXPECT_EQ(out.status, 204);
    EXPECT_TRUE(out.header("Set-Cookie").contains("Max-Age=0"));
}

TEST(AccountWait, DoublesAndStaysBounded) {
    EXPECT_EQ(sessions::account_wait_seconds(9), 0);
    EXPECT_EQ(sessions::account_wait_seconds(10), 1);
    EXPECT_EQ(sessions::account_wait_seconds(12), 4);
    EXPECT_EQ(sessions::account_wait_seconds(15), sessions::kAccountWaitSecondsMax);
    EXPECT_EQ(sessions::account_wait_seconds(1'000'000), sessions::kAccountWaitSecondsMax);
}

TEST(RefreshCookie, IsFoundAmongOthersAndByItsWholeName) {
    http::Request request;
    const auto with = [&](std::string_view cookies) {
        request.headers[static_cast<std::size_t>(http::Header::kCookie)] = cookies;
        return sessions::refresh_cookie(request).value_or("nothing");
    };
    EXPECT_EQ(with("__Host-refresh=abc"), "abc");
    EXPECT_EQ(with("x=1;__Host-refresh=abc; y=2"), "abc");
    EXPECT_EQ(with("x__Host-refresh=abc"), "nothing");
    EXPECT_EQ(with("__Host-refresh"), "nothing");
    EXPECT_EQ(with(";;; ;=;"), "nothing");
    EXPECT_EQ(with(""), "nothing");
}

}  // namespace
}  // namespace segurifai::testing
