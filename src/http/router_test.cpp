#include "http/router.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace segurifai::http {
namespace {

Task<Result<NoContent>> nothing(Call&) {
    co_return NoContent{};
}

Router router() {
    static constexpr std::array kRows{
        Permission{"a.detail", kAnyone}, Permission{"a.edit", kAnyone},
        Permission{"a.list", kAnyone},   Permission{"a.me", kAnyone},
        Permission{"a.pair", kAnyone},   Permission{"start", kAnyone}};
    auto made = Router::make(
        {get<&nothing>("/", "start", {}), get<&nothing>("/a/", "a.list", {}),
         get<&nothing>("/a/{id}/", "a.detail", {}), patch<&nothing>("/a/{id}/", "a.edit", {}),
         get<&nothing>("/a/me/", "a.me", {}), get<&nothing>("/b/c/{id}/{part}/", "a.pair", {})},
        kRows);
    if (!made) throw std::runtime_error(made.error().message);
    return *std::move(made);
}

/// "a.detail(7)", "404", "405 GET, HEAD…" or "options GET…".
std::string found(const Router& router, Method method, const std::string& path) {
    Routed out;
    router.find(method, path, out);
    switch (out.kind) {
        case Routed::Kind::kNotFound: return "404";
        case Routed::Kind::kMethodNotAllowed: return "405 " + std::string(out.allow);
        case Routed::Kind::kOptions: return "options " + std::string(out.allow);
        case Routed::Kind::kOperation: break;
    }
    std::string text(out.operation->route.operation);
    for (const std::string_view one : out.parameters)
        if (!one.empty()) text.append("(").append(one).append(")");
    return text;
}

TEST(Router, FindsTheOperationAndItsParameters) {
    const Router made = router();
    struct Row {
        std::string path;
        std::string operation;
    };
    for (const Row& row : std::to_array<Row>({
             {"/", "start"},
             {"/a/", "a.list"},
             {"/a", "a.list"},
             {"/a/7/", "a.detail(7)"},
             {"/a/7", "a.detail(7)"},
             {"/a/me/", "a.me"},
             {"/a/m%65/", "a.detail(me)"},  // only what stands as it is names an operation
             {"/a/a%C3%B1o/", "a.detail(año)"},
             {"/b/c/x/y/", "a.pair(x)(y)"},
             {"/b/c/%20/a+b/", "a.pair( )(a+b)"},
             {"/a/" + std::string(256, 'x'), "a.detail(" + std::string(256, 'x') + ")"},
             {"/a/" + std::string(255, 'x') + "%41", "a.detail(" + std::string(255, 'x') + "A)"},
         }))
        EXPECT_EQ(found(made, Method::kGet, row.path), row.operation) << row.path;
}

TEST(Router, FindsNothingAtWhatIsNoPathOfOurs) {
    const Router made = router();
    const std::string deep = [] {
        std::string path;
        for (int i = 0; i < 10'000; ++i) path += "/a";
        return path;
    }();
    for (const std::string& path :
         std::initializer_list<std::string>{"",
                                            "a",
                                            "*",
                                            "//",
                                            "//a/",
                                            "/a//",
                                            "/a//7/",
                                            "/A/",
                                            "/b/",
                                            "/b/c/",
                                            "/b/c/x/",
                                            "/b/c/x/y/z/",
                                            "/a/x%2Fy/",
                                            "/a/%2f",
                                            "/a/%",
                                            "/a/%4",
                                            "/a/%zz/",
                                            "/a/%00/",
                                            "/a/%ff/",
                                            "/a/%C3/",
                                            "/a/%C0%AF/",
                                            "/a/" + std::string(257, 'x'),
                                            "/a/" + std::string(256, 'x') + "%41",
                                            "/a/7/../me/",
                                            deep})
        for (const Method method : {Method::kGet, Method::kDelete, Method::kOptions})
            EXPECT_EQ(found(made, method, path), "404") << path.substr(0, 40);
}

TEST(Router, SaysWhichMethodsAPathHas) {
    const Router made = router();
    EXPECT_EQ(found(made, Method::kHead, "/a/7/"), "a.detail(7)");
    EXPECT_EQ(found(made, Method::kPatch, "/a/7/"), "a.edit(7)");
    for (const Method method : {Method::kPost, Method::kPut, Method::kDelete, Method::kOther})
        EXPECT_EQ(found(made, method, "/a/7/"), "405 GET, HEAD, PATCH, OPTIONS");
    EXPECT_EQ(found(made, Method::kPatch, "/a/me/"), "405 GET, HEAD, OPTIONS");
    EXPECT_EQ(found(made, Method::kOptions, "/a/"), "options GET, HEAD, OPTIONS");
}

}  // namespace
}  // namespace segurifai::http
