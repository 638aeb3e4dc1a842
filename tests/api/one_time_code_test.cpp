// Codes by SMS, the proofs they give, and setting a new password with one.

#include "apps/sessions/one_time_code.hpp"
#include "api/access.hpp"
#include "apps/users/staff_tables.hpp"

namespace segurifai::testing {
namespace {

class Codes : public Access {
protected:
    static constexpr std::string_view kPhone = "+50255551234";

    TestAnswer request_code(std::string_view phone, std::string_view purpose) {
        return post("/api/auth/otp/request/", {{"phone", phone}, {"purpose", purpose}});
    }
    TestAnswer verify(std::string_view phone, std::string_view code, std::string_view purpose) {
        return post("/api/auth/otp/verify/",
                    {{"phone", phone}, {"code", code}, {"purpose", purpose}});
    }
    /// The text that such a call sends to `phone`, and what it is answered with.
    struct Asked {
        TestAnswer answer;
        std::string text;
    };
    Asked ask_in(std::string_view accept_language, std::string_view phone,
                 std::string_view purpose) {
        TestRequest request;
        request.body = json_of({{"phone", phone}, {"purpose", purpose}});
        if (!accept_language.empty())
            request.headers = {{http::Header::kAcceptLanguage, std::string(accept_language)}};
        Asked asked{.answer = api.post("/api/auth/otp/request/", request), .text = {}};
        for (const SentMessage& message : api.messages.sent())
            if (message.to == phone) asked.text = message.text;
        return asked;
    }
    static bool is_spanish(const std::string& text) {
        return text.starts_with("Tu código de SegurifAI es ");
    }
    static bool is_english(const std::string& text) {
        return text.starts_with("Your SegurifAI code is ");
    }
    /// A code that is not `right`.
    static std::string wrong_for(const std::string& right) {
        return right == "000000" ? "111111" : "000000";
    }
};
SEGURIFAI_ON_BOTH_ENGINES(Codes);

TEST_P(Codes, SignAMemberIn) {
    const Person ana = member();
    const TestAnswer sent = request_code(ana.phone, "LOGIN");
    ASSERT_EQ(sent.status, 202) << sent.body;
    EXPECT_EQ(sent.at("/expires_in"), "300");
    EXPECT_EQ(sent.at("/resend_in"), "60");
    ASSERT_EQ(api.messages.sent().size(), 1U);
    EXPECT_EQ(api.messages.sent().front().channel, "sms");
    const TestAnswer session = verify(ana.phone, last_code(ana.phone), "LOGIN");
    ASSERT_EQ(session.status, 200) << session.body;
    EXPECT_EQ(session.at("/proof"), "<none>");
    EXPECT_EQ(me(session.at("/access")).at("/email"), ana.email);
    EXPECT_EQ(refresh(session.at("/refresh")).status, 200);
    EXPECT_EQ(verify(ana.phone, last_code(ana.phone), "LOGIN").status, 422);
}

TEST_P(Codes, AreStoredHashed) {
    (void)request_code(kPhone, "REGISTER");
    const std::string code = last_code(kPhone);
    EXPECT_EQ(api.text("SELECT code_hash FROM sessions_onetimecode").size(), 64U);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_onetimecode WHERE code_hash LIKE '%" +
                          code + "'"),
              0);
    for (const auto& line : api.log.lines()) EXPECT_FALSE(line.detail.contains(code));
}

TEST_P(Codes, AnswerAlikeWhetherTheNumberIsKnownOrNot) {
    const Person ana = member();
    const TestAnswer known = request_code(ana.phone, "LOGIN");
    const TestAnswer unknown = request_code(kPhone, "LOGIN");
    EXPECT_EQ(known.status, unknown.status);
    EXPECT_EQ(known.body, unknown.body);
    EXPECT_EQ(request_code(ana.phone, "LOGIN").status, 429);
    EXPECT_EQ(request_code(kPhone, "LOGIN").status, 429);
    const TestAnswer wrong = verify(ana.phone, wrong_for(last_code(ana.phone)), "LOGIN");
    const TestAnswer nobody = verify(kPhone, "123456", "LOGIN");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_EQ(wrong.at("/code"), "code_invalid");
    EXPECT_EQ(nobody.body, wrong.body);
    EXPECT_EQ(verify("+50255559999", "123456", "LOGIN").body, wrong.body);
    EXPECT_EQ(last_code(kPhone), "");
}

TEST_P(Codes, AreWrittenInTheLanguageOfTheAccount) {
    const Person ana = member();
    const Person john = member("john@example.gt");
    const Person older = member("older@example.gt");  // than its settings: Spanish
    write_to(ana, "es");
    write_to(john, "en");
    for (const std::string_view purpose : {"LOGIN", "RESET", "CONFIRM", "REGISTER"}) {
        EXPECT_PRED1(is_spanish, ask_in("en", ana.phone, purpose).text);
        EXPECT_PRED1(is_english, ask_in("es", john.phone, purpose).text);
        EXPECT_PRED1(is_spanish, ask_in("en", older.phone, purpose).text);
    }
    EXPECT_EQ(verify(john.phone, last_code(john.phone), "REGISTER").status, 200);
}

TEST_P(Codes, ToANumberOfNobodyAreWrittenInTheLanguageOfTheCall) {
    EXPECT_PRED1(is_english, ask_in("es;q=0.5, en-GB", kPhone, "REGISTER").text);
    EXPECT_EQ(verify(kPhone, last_code(kPhone), "REGISTER").status, 200);
    EXPECT_PRED1(is_spanish, ask_in("es", "+50255551235", "REGISTER").text);
    EXPECT_PRED1(is_spanish, ask_in("fr", "+50255551236", "CHANGE_PHONE").text);
    EXPECT_PRED1(is_spanish, ask_in("", "+50255551237", "CHANGE_PHONE").text);
}

TEST_P(Codes, AnswerInTheLanguageOfTheCallWhoeverHasTheNumber) {
    const Person john = member("john@example.gt");
    write_to(john, "en");
    for (const std::string_view language : {"es", "en"}) {
        const std::string_view purpose = language == "es" ? "LOGIN" : "RESET";
        for (const int status : {202, 429}) {
            const TestAnswer known = ask_in(language, john.phone, purpose).answer;
            const TestAnswer unknown = ask_in(language, kPhone, purpose).answer;
            EXPECT_EQ(known.status, status);
            EXPECT_EQ(unknown.status, status);
            EXPECT_EQ(known.body, unknown.body);
            EXPECT_EQ(known.header("Content-Language"), unknown.header("Content-Language"));
        }
    }
}

TEST_P(Codes, AreNotForStaffToSignIn) {
    const Person staff = api.add_staff({http::Scope::kOperations});
    EXPECT_EQ(request_code(staff.phone, "LOGIN").status, 202);
    EXPECT_TRUE(api.messages.sent().empty());
    EXPECT_EQ(verify(staff.phone, "123456", "LOGIN").status, 422);
}

TEST_P(Codes, WaitAMinuteBetweenTwo) {
    EXPECT_EQ(request_code(kPhone, "REGISTER").status, 202);
    wait_seconds(59);
    const TestAnswer early = request_code(kPhone, "REGISTER");
    EXPECT_EQ(early.status, 429);
    EXPECT_EQ(early.at("/code"), "too_many_attempts");
    EXPECT_EQ(early.header("Retry-After"), "1");
    EXPECT_EQ(request_code(kPhone, "CHANGE_PHONE").status, 202);
    wait_seconds(1);
    EXPECT_EQ(request_code(kPhone, "REGISTER").status, 202);
}

TEST_P(Codes, SendOnlyOneOfManyAskedForAtOnce) {
    TestRequest request;
    request.body = json_of({{"phone", kPhone}, {"purpose", "REGISTER"}});
    const std::vector<TestApi::Planned> calls(
        10, {http::Method::kPost, "/api/auth/otp/request/", request});
    int sent = 0;
    for (const TestAnswer& answer : api.together(calls)) sent += answer.status == 202;
    EXPECT_EQ(sent, 1);
    EXPECT_EQ(api.messages.sent().size(), 1U);
}

TEST_P(Codes, EndTheEarlierCode) {
    (void)request_code(kPhone, "REGISTER");
    const std::string first = last_code(kPhone);
    wait_seconds(60);
    (void)request_code(kPhone, "REGISTER");
    const std::string second = last_code(kPhone);
    if (first != second) EXPECT_EQ(verify(kPhone, first, "REGISTER").status, 422);
    EXPECT_EQ(verify(kPhone, second, "REGISTER").status, 200);
}

TEST_P(Codes, EndAfterFiveMinutes) {
    (void)request_code(kPhone, "REGISTER");
    wait_seconds(sessions::kCodeSeconds);
    EXPECT_EQ(verify(kPhone, last_code(kPhone), "REGISTER").status, 422);
}

TEST_P(Codes, AreForOnePurposeOnly) {
    (void)request_code(kPhone, "REGISTER");
    EXPECT_EQ(verify(kPhone, last_code(kPhone), "CHANGE_PHONE").status, 422);
    EXPECT_EQ(verify(kPhone, last_code(kPhone), "REGISTER").status, 200);
}

TEST_P(Codes, EndWithTheFifthMiss) {
    (void)request_code(kPhone, "REGISTER");
    const std::string code = last_code(kPhone);
    for (int i = 0; i < sessions::kCodeMissesMax; ++i)
        EXPECT_EQ(verify(kPhone, wrong_for(code), "REGISTER").status, 422);
    EXPECT_EQ(verify(kPhone, code, "REGISTER").status, 422);
}

TEST_P(Codes, CountFiftyGuessesAtTheSameMoment) {
    (void)request_code(kPhone, "REGISTER");
    const std::string code = last_code(kPhone);
    TestRequest request;
    request.body = json_of({{"phone", kPhone}, {"code", wrong_for(code)}, {"purpose", "REGISTER"}});
    const std::vector<TestApi::Planned> calls(
        50, {http::Method::kPost, "/api/auth/otp/verify/", request});
    for (const TestAnswer& answer : api.together(calls)) EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(api.integer("SELECT misses FROM sessions_onetimecode"), sessions::kCodeMissesMax);
    EXPECT_EQ(verify(kPhone, code, "REGISTER").status, 422);
}

TEST_P(Codes, AreUsedOnceByManyAtOnce) {
    (void)request_code(kPhone, "REGISTER");
    TestRequest request;
    request.body =
        json_of({{"phone", kPhone}, {"code", last_code(kPhone)}, {"purpose", "REGISTER"}});
    const std::vector<TestApi::Planned> calls(
        10, {http::Method::kPost, "/api/auth/otp/verify/", request});
    int right = 0;
    for (const TestAnswer& answer : api.together(calls)) right += answer.status == 200;
    EXPECT_EQ(right, 1);
}

TEST_P(Codes, AreRecordedWhenTheyCannotBeDelivered) {
    api.messages.fail_from_now(true);
    EXPECT_EQ(request_code(kPhone, "REGISTER").status, 202);
    // Nobody waits for a message, so the test looks until its end is stored.
    const auto undelivered = [&] {
        return api.integer("SELECT COUNT(*) FROM audit_event WHERE action = 'message.undelivered'");
    };
    const auto nothing = [](sql::Transaction&) -> Task<Result<void>> { co_return Result<void>(); };
    for (int i = 0; i < 1'000 && undelivered() == 0; ++i)
        EXPECT_TRUE(api.run(api.database().transact(nothing)));
    EXPECT_EQ(undelivered(), 1);
}

TEST_P(Codes, ProveThePhoneForANewPassword) {
    const Person ana = member();
    const TestAnswer before = sign_in(ana.email, kPassword);
    const std::string proof = prove(ana.phone, "RESET");
    ASSERT_EQ(proof.size(), 43U);
    const auto reset = [&](std::string_view with, std::string_view password) {
        return post("/api/auth/password-reset/", {{"proof", with}, {"new_password", password}});
    };
    EXPECT_EQ(reset(proof, "short").status, 400);
    EXPECT_EQ(reset(proof, "perez-desde-1980").status, 400);
    EXPECT_EQ(reset(std::string(43, 'A'), kOtherPassword).status, 422);
    const TestAnswer done = reset(proof, kOtherPassword);
    EXPECT_EQ(done.status, 204) << done.body;
    EXPECT_EQ(reset(proof, kOtherPassword).status, 422);
    EXPECT_EQ(me(before.at("/access")).status, 401);
    EXPECT_EQ(sign_in(ana.email, kPassword).status, 401);
    EXPECT_EQ(sign_in(ana.email, kOtherPassword).status, 200);
}

TEST_P(Codes, ProveThePhoneForAnotherPasswordThanThePlatformMade) {
    const Person ana = member();
    users::AccountSettings settings;
    settings.user_id = ana.id;
    settings.must_change_password = true;
    api.insert(settings);
    const std::string proof = prove(ana.phone, "RESET");
    const auto reset = [&](std::string_view with, std::string_view password) {
        return post("/api/auth/password-reset/", {{"proof", with}, {"new_password", password}});
    };
    const auto must_change = [&] {
        return api.integer("SELECT COUNT(*) FROM users_accountsettings WHERE must_change_password");
    };
    const TestAnswer same = reset(proof, kPassword);
    EXPECT_EQ(same.status, 400) << same.body;
    EXPECT_EQ(same.at("/new_password/0"), "Elija una contraseña distinta de la actual.");
    EXPECT_EQ(must_change(), 1);
    EXPECT_EQ(reset(proof, kOtherPassword).status, 204) << "the proof was not used up";
    EXPECT_EQ(must_change(), 0);
    // Who chose a password may choose it again: it may be what they try to remember.
    wait_seconds(61);
    EXPECT_EQ(reset(prove(ana.phone, "RESET"), kOtherPassword).status, 204);
}

TEST_P(Codes, GiveProofsThatEndAfterTenMinutesAndServeOnePurpose) {
    const Person ana = member();
    const std::string other = prove(ana.phone, "CONFIRM");
    EXPECT_EQ(
        post("/api/auth/password-reset/", {{"proof", other}, {"new_password", kOtherPassword}})
            .status,
        422);
    const std::string proof = prove(ana.phone, "RESET");
    wait_seconds(sessions::kProofSeconds);
    EXPECT_EQ(
        post("/api/auth/password-reset/", {{"proof", proof}, {"new_password", kOtherPassword}})
            .status,
        422);
}

}  // namespace
}  // namespace segurifai::testing
