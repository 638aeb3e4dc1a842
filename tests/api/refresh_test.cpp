// Refresh families: used once, a short grace, and the end of a family whose token comes twice.

#include "api/access.hpp"
#include "apps/sessions/session_store.hpp"

namespace segurifai::testing {
namespace {

class Refresh : public Access {
protected:
    /// The answer of a fresh sign-in.
    TestAnswer signed_in() {
        (void)member();
        return sign_in("ana@example.gt", kPassword);
    }
};
SEGURIFAI_ON_BOTH_ENGINES(Refresh);

TEST_P(Refresh, GivesAnotherTokenAndMovesTheEndOfTheSession) {
    const TestAnswer first = signed_in();
    wait_seconds(20 * 3'600);
    const TestAnswer second = refresh(first.at("/refresh"));
    ASSERT_EQ(second.status, 200) << second.body;
    EXPECT_NE(second.at("/refresh"), first.at("/refresh"));
    EXPECT_EQ(me(second.at("/access")).status, 200);
    wait_seconds(20 * 3'600);
    EXPECT_EQ(refresh(second.at("/refresh")).status, 200);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_session"), 1);
}

TEST_P(Refresh, StoresNoToken) {
    const TestAnswer first = signed_in();
    const std::string token = first.at("/refresh");
    EXPECT_EQ(api.integer(fmt::format(
                  "SELECT COUNT(*) FROM sessions_refreshtoken WHERE token_hash = '{}'", token)),
              0);
    EXPECT_EQ(api.text("SELECT token_hash FROM sessions_refreshtoken").size(), 64U);
}

TEST_P(Refresh, GivesTheSameSuccessorWithinTheGrace) {
    const TestAnswer first = signed_in();
    const TestAnswer second = refresh(first.at("/refresh"));
    wait_seconds(sessions::kGraceSeconds);
    const TestAnswer again = refresh(first.at("/refresh"));
    ASSERT_EQ(again.status, 200) << again.body;
    EXPECT_EQ(again.at("/refresh"), second.at("/refresh"));
    EXPECT_EQ(me(again.at("/access")).status, 200);
}

TEST_P(Refresh, EndsTheFamilyWhenAnOldTokenComesBack) {
    const TestAnswer first = signed_in();
    const TestAnswer second = refresh(first.at("/refresh"));
    wait_seconds(sessions::kGraceSeconds + 1);
    const TestAnswer reused = refresh(first.at("/refresh"));
    EXPECT_EQ(reused.status, 401);
    EXPECT_EQ(reused.at("/code"), "token_not_valid");
    EXPECT_EQ(refresh(second.at("/refresh")).status, 401);
    EXPECT_EQ(me(second.at("/access")).status, 401);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM audit_event WHERE action = 'auth.token.reused'"),
              1);
    EXPECT_EQ(sign_in("ana@example.gt", kPassword).status, 200);
}

TEST_P(Refresh, LeavesTheOtherSessionsOfThePersonAlone) {
    const TestAnswer first = signed_in();
    const TestAnswer other = sign_in("ana@example.gt", kPassword);
    (void)refresh(first.at("/refresh"));
    wait_seconds(sessions::kGraceSeconds + 1);
    EXPECT_EQ(refresh(first.at("/refresh")).status, 401);
    EXPECT_EQ(me(other.at("/access")).status, 200);
}

TEST_P(Refresh, GivesManyAtOnceTheSameSuccessor) {
    const TestAnswer first = signed_in();
    TestRequest request;
    request.body = json_of({{"refresh", first.at("/refresh")}});
    const std::vector<TestApi::Planned> calls(
        12, {http::Method::kPost, "/api/auth/token/refresh/", request});
    std::string successor;
    for (const TestAnswer& answer : api.together(calls)) {
        ASSERT_EQ(answer.status, 200) << answer.body;
        if (successor.empty()) successor = answer.at("/refresh");
        EXPECT_EQ(answer.at("/refresh"), successor);
    }
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM sessions_refreshtoken"), 2);
}

TEST_P(Refresh, RefusesWhatIsNoLivingToken) {
    const TestAnswer first = signed_in();
    EXPECT_EQ(refresh("").status, 401);
    EXPECT_EQ(refresh("nothing").status, 401);
    EXPECT_EQ(refresh(first.at("/access")).status, 400);  // longer than any refresh token
    EXPECT_EQ(refresh(std::string(43, 'A')).status, 401);
    EXPECT_EQ(post("/api/auth/token/refresh/", {}).status, 400);
    wait_seconds(sessions::kSessionSeconds + 1);
    EXPECT_EQ(refresh(first.at("/refresh")).status, 401);
}

TEST_P(Refresh, RefusesAnArchivedAccount) {
    const TestAnswer first = signed_in();
    api.execute("UPDATE users_user SET is_active = FALSE");
    EXPECT_EQ(refresh(first.at("/refresh")).status, 401);
}

TEST_P(Refresh, EndsWithTheSession) {
    const TestAnswer first = signed_in();
    const auto verify = [&] {
        return post("/api/auth/token/verify/", {{"token", first.at("/access")}});
    };
    EXPECT_EQ(verify().at("/active"), "true");
    EXPECT_EQ(verify().at("/exp"), std::to_string(api.clock.now().micros / kSecondMicros + 3'600));
    EXPECT_EQ(post("/api/auth/token/verify/", {{"token", "a.b.c"}}).status, 401);
    TestRequest request;
    request.token = first.at("/access");
    EXPECT_EQ(api.post("/api/auth/token/logout/", request).status, 204);
    EXPECT_EQ(api.post("/api/auth/token/logout/", request).status, 401);
    EXPECT_EQ(verify().status, 401);
    EXPECT_EQ(me(first.at("/access")).status, 401);
    EXPECT_EQ(refresh(first.at("/refresh")).status, 401);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM audit_event WHERE action = 'auth.token.logout'"),
              1);
}

TEST_P(Refresh, EndsAnAccessTokenAfterAnHour) {
    const TestAnswer first = signed_in();
    wait_seconds(3'599);
    EXPECT_EQ(me(first.at("/access")).status, 200);
    wait_seconds(1);
    EXPECT_EQ(me(first.at("/access")).status, 401);
}

}  // namespace
}  // namespace segurifai::testing
