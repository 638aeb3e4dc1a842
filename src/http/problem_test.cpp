#include "http/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>
#include <string>

#include "http/refusals.hpp"

namespace segurifai::http {
namespace {

constexpr ProblemContext kEnglish{.language = Language::kEnglish};
constexpr ProblemContext kRfc{.language = Language::kEnglish,
                              .shape = ProblemShape::kRfc9457,
                              .instance = "/api/x/",
                              .request_id = "r-1"};

Error invalid(std::vector<Fault> faults) {
    return {
        .code = Code::kInvalid, .message = "The input is not valid.", .faults = std::move(faults)};
}

Answer written(const Error& error, const ProblemContext& context) {
    Answer answer;
    write_problem(error, context, answer);
    EXPECT_NO_THROW((void)boost::json::parse(answer.body)) << answer.body;
    return answer;
}

TEST(Refusals, AllHaveARowAWordOfTheirOwnAndTwoSentences) {
    std::set<std::string_view> codes;
    const auto meanings = refusal_meanings();
    ASSERT_EQ(meanings.size(), static_cast<std::size_t>(Refusal::kInsufficientStorage) + 1);
    for (std::size_t i = 0; i < meanings.size(); ++i) {
        const RefusalMeaning& one = meanings[i];
        EXPECT_EQ(static_cast<std::size_t>(one.refusal), i);
        EXPECT_EQ(&meaning_of(one.refusal), &one);
        EXPECT_EQ(find_refusal(one.code), &one);
        EXPECT_TRUE(codes.insert(one.code).second) << one.code;
        EXPECT_EQ(one.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos);
        EXPECT_TRUE(one.english.ends_with('.') && one.spanish.ends_with('.')) << one.code;
        EXPECT_NE(one.english, one.spanish);
        EXPECT_TRUE(one.status >= 400 && one.status < 600 && one.status != 500) << one.code;
        EXPECT_TRUE((one.status != 429 && one.status != 503) || one.retry_after > 0) << one.code;
        for (const ProblemContext& context : {ProblemContext{}, kEnglish, kRfc}) {
            const Answer answer = written(refuse(one.refusal).error(), context);
            EXPECT_EQ(answer.status, one.status);
            EXPECT_EQ(boost::json::parse(answer.body).at("code").as_string(), one.code);
        }
    }
    EXPECT_EQ(find_refusal(""), nullptr);
    EXPECT_EQ(find_refusal("internal_error"), nullptr);
}

TEST(Problem, PutsSentencesAtTheirPaths) {
    EXPECT_EQ(written(invalid({{"a", "Must be a list."},
                               {"a.b.0", "Must be at least 5."},
                               {"a.b", "Is required."},
                               {"a", "Must be an object."},
                               {"c.0.d", "This field is required."},
                               {"", "Must be an object."}}),
                      kEnglish)
                  .body,
              R"({"a":{"non_field_errors":["Must be a list.","Must be an object."],)"
              R"("b":{"0":["Must be at least 5."],"non_field_errors":["Is required."]}},)"
              R"("c":{"0":{"d":["This field is required."]}},)"
              R"("non_field_errors":["Must be an object."]})");
    EXPECT_EQ(written(invalid({{"a", "Must be at least 5."}}), {}).body,
              R"({"a":["Debe ser al menos 5."]})");
    EXPECT_EQ(written({.code = Code::kUniqueViolation, .column = "email"}, kEnglish).body,
              R"({"email":["This value is already in use."]})");
    EXPECT_EQ(written({.code = Code::kUniqueViolation, .column = "a,b"}, kEnglish).body,
              R"({"non_field_errors":["These values are already in use together."]})");
    for (const char* odd : {".", "..", "a.", ".a", "a..b", "\"\\\n"})
        (void)written(invalid({{odd, "x"}, {odd, "y"}, {"a", "z"}}), kEnglish);
}

TEST(Problem, PointsAtThePathsOfRfc9457) {
    const Answer answer = written(
        invalid({{"a.0.b~c/d", "This field is required."}, {"", "Must be an object."}}), kRfc);
    EXPECT_EQ(answer.content_type, "application/problem+json");
    EXPECT_EQ(
        answer.body,
        R"({"type":"/api/docs/#error-invalid","title":"Bad Request","status":400,)"
        R"("detail":"The input is not valid.","instance":"/api/x/","code":"invalid","errors":[)"
        R"({"pointer":"#/a/0/b~0c~1d","code":"required","detail":"This field is required."},)"
        R"({"pointer":"#","code":"invalid","detail":"Must be an object."}],"request_id":"r-1"})");
    EXPECT_EQ(
        written(refuse(Refusal::kQuotaExceeded, R"("limit":{"used":3})").error(), kEnglish).body,
        R"({"detail":"The limit of uses of this service has been reached.",)"
        R"("code":"quota_exceeded","limit":{"used":3}})");
}

TEST(Problem, ShowsAHundredFaultsAndNothingOfADefect) {
    std::vector<Fault> many(150, Fault{"a", "Must be a list."});
    const auto shown = boost::json::parse(written(invalid(many), kEnglish).body);
    EXPECT_EQ(shown.at("a").as_array().size(), 100U);
    for (const Code code : {Code::kInternal, Code::kCorrupt, Code::kPermission}) {
        const Answer answer = written({.code = code, .message = "a secret"}, kRfc);
        EXPECT_EQ(answer.status, 500);
        EXPECT_EQ(answer.body.find("secret"), std::string::npos);
        EXPECT_NE(answer.body.find("internal_error"), std::string::npos);
    }
}

TEST(Problem, KeepsTheHeadersOfARefusalAndDropsThoseOfAnEffect) {
    Answer answer;
    for (const char* name : {"Location", "Link", "Content-Disposition", "Allow", "ETag"})
        answer.set(name, "x");
    write_problem(refuse(Refusal::kNotAuthenticated).error(), {}, answer);
    std::set<std::string> left;
    for (const auto& [name, value] : answer.headers) left.emplace(name);
    EXPECT_EQ(left, (std::set<std::string>{"Allow", "ETag", "WWW-Authenticate"}));

    write_problem("request_timeout", 408, kEnglish, answer);
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(answer.body, R"({"detail":"The request cannot be read.","code":"request_timeout"})");
    write_problem("whatever", 500, kEnglish, answer);
    EXPECT_NE(answer.body.find("internal_error"), std::string::npos);
}

TEST(Problem, SaysThatOtherRowsDependOnWhatIsRemoved) {
    const Error error{.code = Code::kForeignKeyViolation, .column = "plan_id"};
    EXPECT_EQ(written(error, kEnglish).status, 400);
    const Answer removal = written(error, {.language = Language::kEnglish, .removes = true});
    EXPECT_EQ(removal.status, 409);
    EXPECT_NE(removal.body.find("protected"), std::string::npos);
}

}  // namespace
}  // namespace segurifai::http
