#include "http/negotiation.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace segurifai::http {
namespace {

TEST(Negotiation, TakesTheLanguageWithTheGreaterWeight) {
    constexpr auto kEs = Language::kSpanish;
    constexpr auto kEn = Language::kEnglish;
    struct Row {
        std::string_view sent;
        Language language;
    };
    for (const Row& row : std::to_array<Row>({
             {"", kEs},
             {"en", kEn},
             {"EN-us", kEn},
             {"es-GT, en;q=0.9", kEs},
             {"es;q=0.5, en;q=0.9", kEn},
             {"en;q=0.5, es;q=0.5", kEs},
             {"en;q=0", kEs},
             {"es;q=0, *", kEn},
             {"es;q=0.2, *;q=0.1", kEs},
             {"fr, de;q=0.8", kEs},
             {"english", kEs},
             {"en;q=abc", kEs},
             {"en;q=9", kEs},
             {"en; q=0.001", kEn},
             {"en;q=0.0001", kEs},
             {",;,;;q=,-", kEs},
             {"en-;q=1;q=0", kEs},
         }))
        EXPECT_EQ(language_of(row.sent), row.language) << row.sent;
    EXPECT_EQ(language_of({}), kEs);
}

TEST(Negotiation, TakesTheMostSpecificRange) {
    struct Row {
        std::string_view sent;
        bool json;
        bool any;
        bool problem;
        bool html;
    };
    for (const Row& row : std::to_array<Row>({
             {"*/*", true, true, false, true},
             {"application/*", true, true, false, false},
             {"APPLICATION/JSON", true, true, false, false},
             {"application/json;q=0", false, false, false, false},
             {"application/json;q=0, */*", false, true, false, true},
             {"*/*;q=0, application/json;q=0.1", true, true, false, false},
             {"text/html", false, true, false, true},
             {"text/*;q=0.3, text/html;q=0", false, true, false, false},
             {"application/problem+json", true, true, true, false},
             {"application/problem+json;q=0, */*", true, true, false, true},
             {"application/json, application/problem+json;q=0.1", true, true, true, false},
             {"*/*;q=0", false, false, false, false},
             {"json", false, true, false, false},
         })) {
        const Accepted accepted = accepted_of(row.sent);
        EXPECT_EQ(accepted.json, row.json) << row.sent;
        EXPECT_EQ(accepted.any, row.any) << row.sent;
        EXPECT_EQ(accepted.problem == ProblemShape::kRfc9457, row.problem) << row.sent;
        EXPECT_EQ(accepts(row.sent, "text/html; charset=utf-8"), row.html) << row.sent;
    }
    EXPECT_TRUE(accepted_of({}).json && accepts({}, "text/html"));
}

TEST(Negotiation, TakesBodiesOfTheRoutesType) {
    struct Row {
        std::string_view sent;
        bool post;
        bool patch;
        bool form;
    };
    const Route post{.method = Method::kPost};
    const Route patch{.method = Method::kPatch};
    const Route form{.method = Method::kPost, .options = {.media = Media::kMultipart}};
    for (const Row& row : std::to_array<Row>({
             {"application/json", true, true, false},
             {"Application/JSON; Charset=\"UTF-8\"", true, true, false},
             {"application/json;charset=latin1", false, false, false},
             {"application/json; charset=utf-8; charset=utf-16", false, false, false},
             {"application/merge-patch+json", false, true, false},
             {"application/jsonx", false, false, false},
             {"text/plain", false, false, false},
             {"", false, false, false},
             {"multipart/form-data", false, false, false},
             {"multipart/form-data; boundary=x", false, false, true},
             {"application/x-www-form-urlencoded", false, false, false},
         })) {
        EXPECT_EQ(is_media_of(post, row.sent), row.post) << row.sent;
        EXPECT_EQ(is_media_of(patch, row.sent), row.patch) << row.sent;
        EXPECT_EQ(is_media_of(form, row.sent), row.form) << row.sent;
    }
}

}  // namespace
}  // namespace segurifai::http
