// What every operation has in common: routing, identity, limits, negotiation, errors, tags.

#include <gtest/gtest.h>

#include <chrono>

#include "http/translation.hpp"
#include "support/api.hpp"

namespace segurifai::testing {
namespace {

using http::Call;
using http::Header;

struct Thing {
    static constexpr std::string_view kShape = "PipelineThing";
    std::string name;
    std::optional<std::int32_t> size;
    static consteval auto fields() {
        return std::array{http::field<&Thing::name>("name", {.length = 5}),
                          http::field<&Thing::size>("size", {.min = "1"})};
    }
};

Task<Result<Thing>> show(Call& call) {
    co_return Thing{std::string(call.path_parameters[0]), {}};
}
Task<Result<Thing>> take(Call&, Thing thing) {
    co_return thing;
}
Task<Result<Thing>> fail_here(Call& call) {
    const std::string_view how = call.path_parameters[0];
    if (how == "throw") throw std::runtime_error("no such luck");
    if (how == "busy") co_return fail(Code::kBusy, "x");
    if (how == "disk") co_return fail(Code::kDiskFull, "x");
    if (how == "corrupt") co_return fail(Code::kCorrupt, "a stored secret");
    if (how == "page") co_return fail(Code::kNotFound, "Invalid page.");
    if (how == "members") co_return refuse(Refusal::kQuotaExceeded, R"("limit":{"used":3})");
    if (how == "nested") {
        Error error{.code = Code::kInvalid};
        error.faults = {
            {"a", "This field is required."}, {"a.b.0", "Must be at least 5."}, {"", "x"}};
        co_return std::unexpected(std::move(error));
    }
    co_return std::unexpected(Error{.code = Code::kUniqueViolation, .column = "email"});
}

std::vector<http::Route> routes() {
    return {http::get<&show>("/api/t/{id}/", "t.show", {.etag = true, .personal = false}),
            http::post<&take>("/api/t/", "t.take", {.status = 201}),
            http::patch<&take>("/api/t/{id}/", "t.edit", {.if_match = true}),
            http::get<&fail_here>("/api/f/{how}/", "t.fail"),
            http::get<&show>("/api/staff/{id}/", "t.staff"),
            http::post<&show>("/api/sign-in/{id}/", "t.sign_in", {.rate = http::Rate::kSignIn})};
}

TestApiOptions options(bool rate_limits = false) {
    TestApiOptions made{.rate_limits = rate_limits,
                        .permissions = {{"t.edit", http::kAnyone},
                                        {"t.fail", http::kAnyone},
                                        {"t.show", http::kAnyone},
                                        {"t.sign_in", http::kAnyone},
                                        {"t.staff", http::kFinance},
                                        {"t.take", http::kAnyone}}};
    made.pipeline.proxies = {"203.0.113.0/24"};
    made.pipeline.cors.origins = {"https://app.example.gt"};
    return made;
}

TEST(Pipeline, RoutesWithAndWithoutTheLastSlash) {
    TestApi api(sql::Engine::kSqlite, routes(), options());
    EXPECT_EQ(api.get("/api/t/a%C3%B1o").at("/name"), "año");
    EXPECT_EQ(api.get("/api/t/x/").status, 200);
    EXPECT_EQ(api.call(http::Method::kHead, "/api/t/x/").status, 200);
    for (const char* path : {"/api/t//", "/api/t/%zz/", "/api/t/%00/", "/", "/api", "/api/t/x/y"})
        EXPECT_EQ(api.get(path).status, 404) << path;
    EXPECT_EQ(api.get("/api/t/" + std::string(257, 'x')).status, 404);
    const TestAnswer wrong = api.remove("/api/t/x/");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, PATCH, OPTIONS");
    EXPECT_EQ(api.call(http::Method::kOptions, "/api/t/x/").header("Allow"), wrong.header("Allow"));
    EXPECT_EQ(api.get("/api/t/x/?a=1").at("/a/0"), "No existe este parámetro.");
}

TEST(Pipeline, AsksWhoItIs) {
    TestApi api(sql::Engine::kSqlite, routes(), options());
    const auto ask = [&](std::string token) {
        return api.get("/api/staff/1/", {.token = std::move(token)});
    };
    const TestAnswer stranger = ask("");
    EXPECT_EQ(stranger.at("/code"), "not_authenticated");
    EXPECT_EQ(stranger.header("WWW-Authenticate"), "Bearer realm=\"api\"");
    EXPECT_EQ(api.get("/api/t/x/", {.token = "bad"}).at("/code"), "token_not_valid");
    EXPECT_EQ(ask(api.sign_in_as(api.add_member().id)).at("/code"), "permission_denied");
    const auto staff = [&](http::Scope scope) {
        return ask(api.sign_in_as(api.add_staff({scope}).id));
    };
    EXPECT_EQ(staff(http::Scope::kSupport).at("/code"), "scope_required");
    EXPECT_EQ(staff(http::Scope::kFinance).status, 200);
    EXPECT_EQ(staff(http::Scope::kAuditor).status, 200);
    EXPECT_EQ(ask(api.sign_in_as(api.add_superuser().id)).status, 200);
}

TEST(Pipeline, SaysWhatIsWrongInShapeAndLanguage) {
    TestApi api(sql::Engine::kSqlite, routes(), options());
    const TestAnswer faults = api.post("/api/t/", {.body = R"({"name":"toolong","size":0,"x":1})"});
    EXPECT_EQ(faults.status, 400);
    EXPECT_EQ(faults.at("/name/0"), "Debe tener como máximo 5 caracteres.");
    EXPECT_EQ(faults.at("/x/0"), "No existe este campo.");
    const TestAnswer rfc =
        api.post("/api/t/", {.body = "{}",
                             .headers = {{Header::kAccept, "application/problem+json"},
                                         {Header::kAcceptLanguage, "es;q=0.2, en-GB"}}});
    EXPECT_EQ(rfc.content_type, "application/problem+json");
    EXPECT_EQ(rfc.at("/errors/0/pointer"), "#/name");
    EXPECT_EQ(rfc.at("/errors/0/code"), "required");
    EXPECT_EQ(rfc.at("/errors/0/detail"), "This field is required.");
    EXPECT_EQ(rfc.at("/type"), "/api/docs/#error-invalid");
    EXPECT_EQ(rfc.at("/request_id"), rfc.header("X-Request-Id"));
    const TestAnswer nested = api.get("/api/f/nested/");
    EXPECT_EQ(nested.at("/a/non_field_errors/0"), "Este campo es obligatorio.");
    EXPECT_EQ(nested.at("/a/b/0/0"), "Debe ser al menos 5.");
    EXPECT_EQ(nested.at("/non_field_errors/0"), "x");
    EXPECT_GT(http::untranslated(), 0U);
    EXPECT_EQ(api.get("/api/f/unique/").at("/email/0"), "Este valor ya está en uso.");
    EXPECT_EQ(api.get("/api/f/members/").at("/limit/used"), "3");
    EXPECT_EQ(api.get("/api/f/page/").at("/detail"), "Página no válida.");
}

TEST(Pipeline, TurnsFailuresIntoAnswersWithoutTellingWhy) {
    TestApi api(sql::Engine::kSqlite, routes(), options());
    const TestAnswer busy = api.get("/api/f/busy/");
    EXPECT_EQ(busy.status, 503);
    EXPECT_EQ(busy.header("Retry-After"), "1");
    EXPECT_EQ(api.get("/api/f/disk/").status, 507);
    for (const char* how : {"/api/f/throw/", "/api/f/corrupt/"}) {
        const TestAnswer answer = api.get(how);
        EXPECT_EQ(answer.status, 500);
        EXPECT_EQ(answer.at("/code"), "internal_error");
        EXPECT_EQ(answer.body.find("secret"), std::string::npos);
        EXPECT_NE(api.log.lines().back().detail, "");
    }
}

/// What the floor says below the pipeline, to a request that it could read that far.
http::Answer refused_by_floor(TestApi& api, int status, std::string_view code,
                              const http::Request& read) {
    http::Answer answer;
    api.pipeline().refuse(status, code, read, answer);
    return answer;
}

std::string header_of(const http::Answer& answer, std::string_view name) {
    for (const auto& [its_name, value] : answer.headers)
        if (its_name == name) return value;
    return {};
}

TEST(Pipeline, TellsRefusalsOfTheFloorInShapeAndLanguage) {
    TestApi api(sql::Engine::kSqlite, routes(), options());
    http::Request read{.peer = "9.9.9.9"};
    const http::Answer unread = refused_by_floor(api, 431, "headers_too_large", read);
    EXPECT_EQ(unread.status, 431);
    EXPECT_EQ(unread.content_type, "application/json");
    EXPECT_EQ(unread.body,
              R"({"detail":"La solicitud no se puede leer.","code":"headers_too_large"})");
    EXPECT_EQ(header_of(unread, "Content-Language"), "es");
    EXPECT_EQ(header_of(unread, "X-Request-Id"), api.log.lines().back().request_id);

    read.method = http::Method::kPost;
    read.path = read.target = "/api/t/";
    const auto set = [&](Header which, std::string_view value) {
        read.headers[static_cast<std::size_t>(which)] = value;
    };
    set(Header::kAccept, "application/problem+json");
    set(Header::kAcceptLanguage, "en");
    set(Header::kRequestId, "abc-1");
    set(Header::kOrigin, "https://app.example.gt");
    const http::Answer known = refused_by_floor(api, 413, "payload_too_large", read);
    EXPECT_EQ(known.content_type, "application/problem+json");
    const auto said = boost::json::parse(known.body).as_object();
    EXPECT_EQ(said.at("status"), 413);
    EXPECT_EQ(said.at("code"), "payload_too_large");
    EXPECT_EQ(said.at("instance"), "/api/t/");
    EXPECT_EQ(said.at("request_id"), "abc-1");
    EXPECT_EQ(header_of(known, "X-Request-Id"), "abc-1");
    EXPECT_EQ(header_of(known, "Content-Language"), "en");
    EXPECT_EQ(header_of(known, "Access-Control-Allow-Origin"), "https://app.example.gt");

    set(Header::kRequestId, "a b");
    EXPECT_NE(header_of(refused_by_floor(api, 408, "request_timeout", read), "X-Request-Id"),
              "a b");
}

TEST(Pipeline, CountsAndLogsRefusalsOfTheFloor) {
    TestApi api(sql::Engine::kSqlite, routes(), options());
    http::Request read{.method = http::Method::kPost, .peer = "9.9.9.9"};
    read.path = read.target = "/api/t/";
    (void)refused_by_floor(api, 413, "payload_too_large", read);
    (void)refused_by_floor(api, 503, "service_unavailable", http::Request{.peer = "9.9.9.8"});
    ASSERT_EQ(api.log.lines().size(), 2U);
    const RememberingLog::Line& known = api.log.lines().front();
    EXPECT_EQ(known.operation, "t.take");
    EXPECT_EQ(known.method, "POST");
    EXPECT_EQ(known.status, 413);
    EXPECT_EQ(known.address, "9.9.9.9");
    EXPECT_EQ(known.code, "payload_too_large");
    const RememberingLog::Line& unread = api.log.lines().back();
    EXPECT_EQ(unread.operation, "");
    EXPECT_EQ(unread.method, "");
    EXPECT_EQ(unread.status, 503);
    const std::string counts = api.pipeline().metrics().expose();
    EXPECT_NE(counts.find(R"(requests_total{operation="t.take",status="4xx"} 1)"),
              std::string::npos);
    EXPECT_NE(counts.find(R"(requests_total{operation="none",status="5xx"} 1)"), std::string::npos);
}

TEST(Pipeline, NegotiatesAndTags) {
    TestApi api(sql::Engine::kSqlite, routes(), options());
    EXPECT_EQ(api.get("/api/t/x/", {.headers = {{Header::kAccept, "text/html"}}}).status, 406);
    EXPECT_EQ(api.get("/api/t/x/", {.headers = {{Header::kAccept, "text/html, */*;q=0.1"}}}).status,
              200);
    EXPECT_EQ(api.post("/api/t/", {.body = "{}", .content_type = "text/plain"}).status, 415);
    EXPECT_EQ(api.patch("/api/t/x/", {.body = "{}"}).status, 428);
    const TestAnswer merged =
        api.patch("/api/t/x/", {.body = R"({"name":"n"})",
                                .headers = {{Header::kIfMatch, "*"}},
                                .content_type = "application/merge-patch+json; charset=UTF-8"});
    EXPECT_EQ(merged.status, 200) << merged.body;
    const std::string tag = api.get("/api/t/x/").header("ETag");
    EXPECT_EQ(api.get("/api/t/x/").header("Cache-Control"), "no-cache");
    const TestAnswer same = api.get("/api/t/x/", {.headers = {{Header::kIfNoneMatch, tag}}});
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.header("ETag"), tag);
}

TEST(Pipeline, KnowsWhereACallComesFrom) {
    TestApi api(sql::Engine::kSqlite, routes(), options());
    const TestAnswer named = api.get("/api/t/x/", {.headers = {{Header::kRequestId, "abc-1"}}});
    EXPECT_EQ(named.header("X-Request-Id"), "abc-1");
    EXPECT_NE(
        api.get("/api/t/x/", {.headers = {{Header::kRequestId, "a b"}}}).header("X-Request-Id"),
        "a b");
    (void)api.get("/api/t/x/",
                  {.headers = {{Header::kForwardedFor, "6.6.6.6, 198.51.100.9, 203.0.113.8"}}});
    EXPECT_EQ(api.log.lines().back().address, "198.51.100.9");
    (void)api.get("/api/t/x/",
                  {.headers = {{Header::kForwardedFor, "6.6.6.6"}}, .peer = "9.9.9.9"});
    EXPECT_EQ(api.log.lines().back().address, "9.9.9.9");
    // As nginx writes an IPv4 address where it listens on IPv6 for both.
    (void)api.get("/api/t/x/", {.headers = {{Header::kForwardedFor, "::FFFF:198.51.100.9"}}});
    EXPECT_EQ(api.log.lines().back().address, "198.51.100.9");
    (void)api.get("/api/t/x/", {.headers = {{Header::kForwardedFor, "2001:DB8:0::1"}}});
    EXPECT_EQ(api.log.lines().back().address, "2001:db8::1");
    (void)api.get("/api/t/x/", {.headers = {{Header::kForwardedFor, "6.6.6.6, unknown"}}});
    EXPECT_EQ(api.log.lines().back().address, "203.0.113.7");
    const TestAnswer page =
        api.get("/api/t/x/", {.headers = {{Header::kOrigin, "https://app.example.gt"}}});
    EXPECT_EQ(page.header("Access-Control-Allow-Origin"), "https://app.example.gt");
    EXPECT_EQ(api.get("/api/t/x/", {.headers = {{Header::kOrigin, "https://evil.example"}}})
                  .header("Access-Control-Allow-Origin"),
              "");
}

TEST(Pipeline, LimitsHowOftenSomebodyCalls) {
    TestApi api(sql::Engine::kSqlite, routes(), options(true));
    for (int i = 0; i < 30; ++i) EXPECT_EQ(api.get("/api/t/x/").status, 200);
    const TestAnswer over = api.get("/api/t/x/");
    EXPECT_EQ(over.status, 429);
    EXPECT_EQ(over.header("RateLimit-Limit"), "30");
    EXPECT_EQ(over.header("RateLimit-Remaining"), "0");
    EXPECT_EQ(over.header("Retry-After"), "2");
    EXPECT_EQ(api.get("/api/t/x/", {.peer = "198.51.100.1"}).status, 200);
    api.clock.advance_micros(2'000'000);
    EXPECT_EQ(api.get("/api/t/x/").status, 200);
    // One customer's addresses are one.
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(api.post("/api/sign-in/1/", {.peer = "2001:db8::" + std::to_string(i)}).status,
                  200);
    EXPECT_EQ(api.post("/api/sign-in/1/", {.peer = "2001:db8::ff"}).status, 429);
    EXPECT_EQ(api.post("/api/sign-in/1/", {.peer = "2001:db8:0:1::1"}).status, 200);
}

TEST(Pipeline, DoesNotStartWithAnUnsoundTable) {
    std::vector<http::Route> twice = routes();
    twice.push_back(twice.front());
    twice.push_back(http::get<&show>("/api/T/", "t.none"));
    const std::vector<http::Permission> rows = {{"t.show", http::kAnyone},
                                                {"t.zzz", http::kAnyone}};
    const auto made = http::Router::make(twice, rows);
    ASSERT_FALSE(made);
    const std::string& said = made.error().message;
    for (const char* part : {"Two routes have this name", "stands at the same place",
                             "[t.none] There is no permission row", "has the segment 'T'",
                             "[t.zzz] There is no route"})
        EXPECT_NE(said.find(part), std::string::npos) << part << said;
}

TEST(Pipeline, CostsLittle) {
    TestApi api(sql::Engine::kSqlite, routes(), options());
    http::Request request;
    request.method = http::Method::kGet;
    request.path = request.target = "/api/t/x/";
    request.peer = "9.9.9.9";
    constexpr int kCalls = 20'000;
    auto many = [&]() -> Task<void> {
        for (int i = 0; i < kCalls; ++i) {
            http::Answer answer;
            co_await api.pipeline().answer(request, answer);
        }
    };
    const auto begin = std::chrono::steady_clock::now();
    api.run(many());
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    RecordProperty("micros_a_call", std::to_string(took.count() / kCalls));
    EXPECT_LT(took.count() / kCalls, 200.0);  // of the order of 3; a bound that any machine meets
}

}  // namespace
}  // namespace segurifai::testing
