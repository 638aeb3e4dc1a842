// The refresh token of a browser in its cookie: from which pages it counts (API §1.7, §2.2).

#include "api/access.hpp"

namespace segurifai::testing {
namespace {

using http::Header;

class RefreshCookies : public Access {
protected:
    static constexpr std::string_view kHost = "api.example";

    /// A call of a page, with the cookie that its browser keeps.
    TestAnswer call_from(std::string_view origin, std::string_view path, std::string body,
                         std::string token = {}) {
        TestRequest request;
        request.body = std::move(body);
        request.token = std::move(token);
        request.headers = {{Header::kHost, std::string(kHost)}};
        if (!origin.empty()) request.headers.emplace_back(Header::kOrigin, std::string(origin));
        if (!cookie_.empty()) request.headers.emplace_back(Header::kCookie, cookie_);
        TestAnswer answer = api.post(path, request);
        const std::string set = answer.header("Set-Cookie");
        if (!set.empty()) cookie_ = set.substr(0, set.find(';'));
        return answer;
    }
    TestAnswer sign_in_from(std::string_view origin) {
        return call_from(
            origin, "/api/auth/token/",
            json_of(
                {{"email", "ana@example.gt"}, {"password", kPassword}, {"transport", "cookie"}}));
    }
    TestAnswer refresh_from(std::string_view origin) {
        return call_from(origin, "/api/auth/token/refresh/", "{}");
    }
    TestAnswer log_out_from(std::string_view origin, const std::string& token) {
        return call_from(origin, "/api/auth/token/logout/", {}, token);
    }

    std::string cookie_;
};
SEGURIFAI_ON_BOTH_ENGINES(RefreshCookies);

TEST_P(RefreshCookies, ServeAPageOfAListedOrigin) {
    (void)member();
    const TestAnswer session = sign_in_from(kListedOrigin);
    ASSERT_EQ(session.status, 200) << session.body;
    EXPECT_EQ(session.header("Access-Control-Allow-Origin"), kListedOrigin);
    EXPECT_EQ(session.header("Access-Control-Allow-Credentials"), "true");
    const std::string first = cookie_;
    ASSERT_TRUE(first.starts_with("__Host-refresh=")) << first;

    const TestAnswer renewed = refresh_from(kListedOrigin);
    ASSERT_EQ(renewed.status, 200) << renewed.body;
    EXPECT_EQ(renewed.header("Access-Control-Allow-Origin"), kListedOrigin);
    EXPECT_EQ(renewed.at("/refresh"), "<none>");
    EXPECT_NE(cookie_, first);

    const TestAnswer changed =
        call_from(kListedOrigin, "/api/users/change-password/",
                  json_of({{"old_password", kPassword}, {"new_password", kOtherPassword}}),
                  renewed.at("/access"));
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.at("/refresh"), "<none>") << "it stays in the cookie";

    const std::string last = cookie_;
    const TestAnswer out = log_out_from(kListedOrigin, changed.at("/access"));
    EXPECT_EQ(out.status, 204) << out.body;
    EXPECT_TRUE(out.header("Set-Cookie").contains("Max-Age=0"));
    EXPECT_EQ(me(changed.at("/access")).status, 401);
    cookie_ = last;
    EXPECT_EQ(refresh_from(kListedOrigin).status, 401);
}

TEST_P(RefreshCookies, AreNothingToAnyOtherOrigin) {
    (void)member();
    ASSERT_EQ(sign_in_from(kListedOrigin).status, 200);
    for (const std::string_view origin :
         {"https://evil.example", "https://app.example.evil.example", "https://www.app.example",
          "https://app.example:8443", "http://app.example", "https://app.example/", "null",
          "https://api.example.evil.example", ""}) {
        const TestAnswer refused = refresh_from(origin);
        EXPECT_EQ(refused.status, 403) << origin;
        EXPECT_EQ(refused.at("/code"), "permission_denied") << origin;
        EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "") << origin;
    }
    EXPECT_EQ(refresh_from("https://api.example").status, 200) << "the token was not used";
}

TEST_P(RefreshCookies, OfAForeignOriginDoNotKeepASessionFromItsEnd) {
    (void)member();
    for (const std::string_view origin : {"https://evil.example", "null", ""}) {
        const std::string here = sign_in("ana@example.gt", kPassword).at("/access");
        const TestAnswer there = sign_in_from(kListedOrigin);
        const TestAnswer out = log_out_from(origin, here);
        EXPECT_EQ(out.status, 204) << origin << out.body;
        EXPECT_EQ(out.header("Set-Cookie"), "") << origin;
        EXPECT_EQ(me(here).status, 401) << origin;
        EXPECT_EQ(me(there.at("/access")).status, 200) << "what its cookie says does not count";
        EXPECT_EQ(refresh_from(kListedOrigin).status, 200) << origin;
    }
}

TEST_P(RefreshCookies, OfAListedOriginEndTheirSessionToo) {
    (void)member();
    const std::string here = sign_in("ana@example.gt", kPassword).at("/access");
    const TestAnswer there = sign_in_from(kListedOrigin);
    EXPECT_EQ(log_out_from(kListedOrigin, here).status, 204);
    EXPECT_EQ(me(here).status, 401);
    EXPECT_EQ(me(there.at("/access")).status, 401);
}

}  // namespace
}  // namespace segurifai::testing
