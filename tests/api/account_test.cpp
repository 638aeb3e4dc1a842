// Opening an account, changing it, and where its owner is signed in.

#include "api/access.hpp"
#include "apps/users/account_commands.hpp"
#include "security/password.hpp"

namespace segurifai::testing {
namespace {

class Accounts : public Access {
protected:
    static constexpr std::string_view kPhone = "+50255551234";

    TestAnswer register_with(std::string_view proof, std::string_view email = "Nueva@Example.gt",
                             std::string_view phone = "5555-1234",
                             std::string_view password = kPassword) {
        return post("/api/users/register/", {{"email", email},
                                             {"phone_number", phone},
                                             {"password", password},
                                             {"first_name", "Nueva"},
                                             {"last_name", "Socia"},
                                             {"proof", proof}});
    }
    TestAnswer change(const std::string& token, std::string_view etag,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> what) {
        TestRequest request;
        request.token = token;
        request.body = json_of(what);
        if (!etag.empty()) request.headers = {{http::Header::kIfMatch, std::string(etag)}};
        return api.patch("/api/users/me/", request);
    }
    TestAnswer call_as(http::Method method, std::string_view path, const std::string& token) {
        TestRequest request;
        request.token = token;
        return api.call(method, path, request);
    }
};
SEGURIFAI_ON_BOTH_ENGINES(Accounts);

TEST_P(Accounts, OpenWithAProofOfThePhone) {
    const TestAnswer session = register_with(prove(kPhone, "REGISTER"));
    ASSERT_EQ(session.status, 201) << session.body;
    EXPECT_EQ(session.at("/user/role"), "USER");
    EXPECT_EQ(session.at("/user/first_name"), "Nueva");
    const TestAnswer mine = me(session.at("/access"));
    EXPECT_EQ(mine.at("/email"), "nueva@example.gt");
    EXPECT_EQ(mine.at("/phone_number"), kPhone);
    EXPECT_EQ(mine.at("/phone_verified"), "true");
    EXPECT_EQ(mine.at("/language"), "es");
    EXPECT_EQ(mine.at("/mfa_enabled"), "false");
    EXPECT_EQ(mine.at("/paq_linked"), "false");
    EXPECT_EQ(mine.at("/profile_picture"), "null");
    EXPECT_EQ(mine.at("/scopes"), "[]");
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM gamification_userpoints"), 1);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM audit_event WHERE action = 'users.register' "
                          "AND object_table = 'users_user'"),
              1);
    EXPECT_EQ(sign_in("NUEVA@example.gt", kPassword).status, 200);
}

TEST_P(Accounts, OpenOnceAProof) {
    const std::string proof = prove(kPhone, "REGISTER");
    TestRequest request;
    request.body = json_of({{"email", "nueva@example.gt"},
                            {"phone_number", kPhone},
                            {"password", kPassword},
                            {"first_name", "Nueva"},
                            {"last_name", "Socia"},
                            {"proof", proof}});
    const std::vector<TestApi::Planned> calls(
        5, {http::Method::kPost, "/api/users/register/", request});
    int opened = 0;
    for (const TestAnswer& answer : api.together(calls)) {
        opened += answer.status == 201;
        EXPECT_LT(answer.status, 500) << answer.body;
    }
    EXPECT_EQ(opened, 1);
    EXPECT_EQ(register_with(proof).at("/code"), "code_invalid");
}

TEST_P(Accounts, TellNothingWithoutAProofOfThatPhone) {
    (void)member();
    EXPECT_EQ(register_with("nothing", "ana@example.gt").status, 422);
    const std::string other = prove("+50255559999", "REGISTER");
    EXPECT_EQ(register_with(other, "ana@example.gt").status, 422);
    const std::string reset = prove(kPhone, "CHANGE_PHONE");
    EXPECT_EQ(register_with(reset).status, 422);
}

TEST_P(Accounts, RefuseAnAddressOrANumberThatIsInUse) {
    const Person ana = member();
    const std::string proof = prove(kPhone, "REGISTER");
    const TestAnswer email = register_with(proof, "ANA@example.gt");
    EXPECT_EQ(email.status, 400);
    EXPECT_NE(email.at("/email/0"), "<none>");
    const TestAnswer phone =
        register_with(prove(ana.phone, "REGISTER"), "otra@example.gt", ana.phone);
    EXPECT_EQ(phone.status, 409);
    EXPECT_EQ(phone.at("/code"), "phone_taken");
    EXPECT_EQ(register_with(proof).status, 201);
}

TEST_P(Accounts, TellEveryFaultAtOnce) {
    const TestAnswer faults = post("/api/users/register/", {{"email", "nobody"},
                                                            {"phone_number", kPhone},
                                                            {"password", "short"},
                                                            {"last_name", ""},
                                                            {"role", "ADMIN"},
                                                            {"proof", "x"}});
    EXPECT_EQ(faults.status, 400);
    for (const std::string_view field :
         {"/email/0", "/password/0", "/first_name/0", "/last_name/0", "/role/0"})
        EXPECT_NE(faults.at(field), "<none>") << field << " " << faults.body;
    const TestAnswer like_name =
        register_with(prove(kPhone, "REGISTER"), "nueva@example.gt", kPhone, "NuevaSocia2026!");
    EXPECT_NE(like_name.at("/password/0"), "<none>") << like_name.body;
}

TEST_P(Accounts, AreEditedUnderTheirTag) {
    (void)member();
    const std::string token = sign_in("ana@example.gt", kPassword).at("/access");
    EXPECT_EQ(change(token, "", {{"first_name", "Anita"}}).status, 428);
    EXPECT_EQ(change(token, "\"other\"", {{"first_name", "Anita"}}).status, 412);
    const std::string tag = me(token).header("ETag");
    ASSERT_NE(tag, "");
    const TestAnswer changed = change(token, tag, {{"first_name", "Anita"}, {"language", "en"}});
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.at("/first_name"), "Anita");
    EXPECT_EQ(changed.at("/language"), "en");
    EXPECT_EQ(me(token).header("ETag"), changed.header("ETag"));
    EXPECT_EQ(change(token, tag, {{"first_name", "Otra"}}).status, 412);
    EXPECT_EQ(change(token, changed.header("ETag"), {{"first_name", ""}}).status, 400);
    EXPECT_EQ(change(token, changed.header("ETag"), {{"language", "fr"}}).status, 400);
    EXPECT_EQ(change(token, changed.header("ETag"), {{"role", "ADMIN"}}).status, 400);
}

TEST_P(Accounts, ChangeTheAddressWithThePasswordAndTellTheOldOne) {
    (void)member();
    (void)member("otra@example.gt");
    const std::string token = sign_in("ana@example.gt", kPassword).at("/access");
    const std::string tag = me(token).header("ETag");
    EXPECT_EQ(change(token, tag, {{"email", "nueva@example.gt"}}).status, 400);
    EXPECT_EQ(change(token, tag, {{"email", "nueva@example.gt"}, {"password", "wrong"}}).status,
              400);
    EXPECT_EQ(change(token, tag, {{"email", "OTRA@example.gt"}, {"password", kPassword}}).status,
              400);
    const TestAnswer changed =
        change(token, tag, {{"email", "Nueva@example.gt"}, {"password", kPassword}});
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.at("/email"), "nueva@example.gt");
    ASSERT_EQ(api.messages.sent().size(), 1U);
    EXPECT_EQ(api.messages.sent().front().to, "ana@example.gt");
    const std::string trace =
        api.text("SELECT CAST(after AS TEXT) FROM audit_event WHERE action = 'users.me.update'");
    EXPECT_TRUE(trace.contains("n***@example.gt")) << trace;
    EXPECT_FALSE(trace.contains("nueva@")) << trace;
}

TEST_P(Accounts, TellTheOldAddressInTheLanguageThatTheyHad) {
    const Person ana = member();
    const Person john = member("john@example.gt");
    write_to(john, "en");
    const auto move_to = [&](const Person& person, std::string_view email,
                             std::string_view new_language) {
        TestRequest request;
        request.token = sign_in(person.email, kPassword).at("/access");
        request.body =
            json_of({{"email", email}, {"password", kPassword}, {"language", new_language}});
        request.headers = {{http::Header::kIfMatch, me(request.token).header("ETag")},
                           {http::Header::kAcceptLanguage, std::string(new_language)}};
        EXPECT_EQ(api.patch("/api/users/me/", request).status, 200);
        const SentMessage last = api.messages.sent().back();
        EXPECT_EQ(last.channel, "email");
        EXPECT_EQ(last.to, person.email);
        return last.text;
    };
    EXPECT_TRUE(move_to(ana, "ana2@example.gt", "en").starts_with("La dirección de correo"));
    EXPECT_TRUE(move_to(john, "john2@example.gt", "es").starts_with("The e-mail address"));
}

TEST_P(Accounts, EndEverySessionWithANewPassword) {
    (void)member();
    const TestAnswer here = sign_in("ana@example.gt", kPassword);
    const TestAnswer there = sign_in("ana@example.gt", kPassword);
    const auto change_password = [&](std::string_view from, std::string_view to) {
        return post("/api/users/change-password/", {{"old_password", from}, {"new_password", to}},
                    "203.0.113.7", here.at("/access"));
    };
    const TestAnswer wrong = change_password("wrong", kOtherPassword);
    EXPECT_EQ(wrong.status, 400);
    EXPECT_NE(wrong.at("/old_password/0"), "<none>");
    EXPECT_EQ(change_password(kPassword, "short").status, 400);
    const TestAnswer changed = change_password(kPassword, kOtherPassword);
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(me(here.at("/access")).status, 401);
    EXPECT_EQ(me(there.at("/access")).status, 401);
    EXPECT_EQ(refresh(there.at("/refresh")).status, 401);
    EXPECT_EQ(me(changed.at("/access")).status, 200);
    EXPECT_EQ(refresh(changed.at("/refresh")).status, 200);
    EXPECT_EQ(sign_in("ana@example.gt", kPassword).status, 401);
}

TEST_P(Accounts, TakeNoNewPasswordThatIsThePresentOne) {
    (void)member();
    const std::string token = sign_in("ana@example.gt", kPassword).at("/access");
    TestRequest request;
    request.token = token;
    request.body = json_of({{"old_password", kPassword}, {"new_password", kPassword}});
    const TestAnswer same = api.post("/api/users/change-password/", request);
    EXPECT_EQ(same.status, 400) << same.body;
    EXPECT_EQ(same.at("/new_password/0"), "Elija una contraseña distinta de la actual.");
    EXPECT_EQ(same.at("/old_password"), "<none>");
    request.headers = {{http::Header::kAcceptLanguage, "en"}};
    EXPECT_EQ(api.post("/api/users/change-password/", request).at("/new_password/0"),
              "Choose another password than the present one.");
    EXPECT_EQ(me(token).status, 200) << "no session has ended";
    // Who does not know the present one is told nothing of the new one.
    request.body = json_of({{"old_password", kOtherPassword}, {"new_password", kOtherPassword}});
    const TestAnswer wrong = api.post("/api/users/change-password/", request);
    EXPECT_NE(wrong.at("/old_password/0"), "<none>") << wrong.body;
    EXPECT_EQ(wrong.at("/new_password"), "<none>") << wrong.body;
}

TEST_P(Accounts, ShowAndEndTheirSessions) {
    (void)member();
    (void)member("otra@example.gt");
    const TestAnswer phone =
        post("/api/auth/token/",
             {{"email", "ana@example.gt"}, {"password", kPassword}, {"device_name", "Teléfono"}});
    wait_seconds(1);
    const TestAnswer desk = sign_in("ana@example.gt", kPassword, "198.51.100.4");
    const std::string stranger = sign_in("otra@example.gt", kPassword).at("/access");
    const std::string token = desk.at("/access");
    const TestAnswer list = call_as(http::Method::kGet, "/api/users/me/sessions/", token);
    ASSERT_EQ(list.status, 200) << list.body;
    EXPECT_EQ(list.at("/count"), "2");
    EXPECT_EQ(list.at("/results/0/current"), "true");
    EXPECT_EQ(list.at("/results/0/address"), "198.51.100.4");
    EXPECT_EQ(list.at("/results/1/current"), "false");
    EXPECT_EQ(list.at("/results/1/device_name"), "Teléfono");
    EXPECT_EQ(list.at("/results/1/user_id"), "<none>");
    const std::string one = "/api/users/me/sessions/" + list.at("/results/1/id") + "/";
    EXPECT_EQ(call_as(http::Method::kDelete, one, stranger).status, 404);
    EXPECT_EQ(call_as(http::Method::kDelete, "/api/users/me/sessions/7/", token).status, 404);
    EXPECT_EQ(call_as(http::Method::kDelete, one, token).status, 204);
    EXPECT_EQ(me(phone.at("/access")).status, 401);
    const TestAnswer third = sign_in("ana@example.gt", kPassword);
    EXPECT_EQ(call_as(http::Method::kDelete, "/api/users/me/sessions/", token).status, 204);
    EXPECT_EQ(me(third.at("/access")).status, 401);
    EXPECT_EQ(me(token).status, 200);
    EXPECT_EQ(me(stranger).status, 200);
}

TEST_P(Accounts, AreMadeAndGivenPasswordsFromTheCommandLine) {
    users::NewSuperuser made{"Jefa@example.gt", "5555 0000", "Jefa", "Mora",
                             std::string(kPassword)};
    const auto id = users::create_superuser_blocking(api.session(), api.clock, api.random, made);
    ASSERT_TRUE(id) << describe(id.error());
    const TestAnswer session = sign_in("jefa@example.gt", kPassword);
    EXPECT_EQ(session.at("/user/scopes"),
              R"(["OPERATIONS","FINANCE","CONTENT","SUPPORT","AUDITOR"])");
    const auto again = users::create_superuser_blocking(api.session(), api.clock, api.random, made);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().faults.size(), 2U) << describe(again.error());
    users::NewSuperuser unseen{"otra@example.gt", "5555 0001", "\u200b", "  ",
                               std::string(kPassword)};
    const auto nobody =
        users::create_superuser_blocking(api.session(), api.clock, api.random, unseen);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().faults.size(), 2U) << describe(nobody.error());
    ASSERT_TRUE(users::set_password_blocking(api.session(), api.clock, "+502 5555-0000",
                                             security::hash_password_blocking(kOtherPassword)));
    EXPECT_EQ(me(session.at("/access")).status, 401);
    EXPECT_EQ(sign_in("jefa@example.gt", kOtherPassword).status, 200);
    EXPECT_EQ(users::set_password_blocking(api.session(), api.clock, "nadie@example.gt", "!")
                  .error()
                  .code,
              Code::kNotFound);
}

}  // namespace
}  // namespace segurifai::testing
