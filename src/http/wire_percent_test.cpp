#include <gtest/gtest.h>

#include "http/answer_writer.hpp"
#include "http/percent.hpp"

namespace segurifai::http {
namespace {

TEST(Percent, SegmentsAreDecodedStrictly) {
    EXPECT_EQ(decode_segment("caf%C3%A9+a%2fb"), "café+a/b");
    EXPECT_EQ(decode_segment(""), "");
    for (const std::string_view bad : {"%", "%4", "%zz", "a%0", "%00", "%ff", "%C3", "%C0%80",
                                       "%ED%A0%80", "%F4%90%80%80", "%E0%80%80", "%F0%80%80%80"})
        EXPECT_FALSE(decode_segment(bad)) << bad;
    EXPECT_EQ(decode_segment("%F0%9F%9A%97"), "🚗");
}

TEST(Percent, QueriesBecomePairsInOrder) {
    const auto pairs = decode_query("a=1&b&c=x+y%26&&a=%C3%B1=");
    ASSERT_TRUE(pairs);
    const QueryPairs expected{{"a", "1"}, {"b", ""}, {"c", "x y&"}, {"a", "ñ="}};
    EXPECT_EQ(*pairs, expected);
    EXPECT_TRUE(decode_query("")->empty());
}

TEST(Percent, BadQueriesNameTheFault) {
    EXPECT_EQ(decode_query("page=%zz").error().faults.at(0).path, "page");
    EXPECT_EQ(decode_query("a=1&%00=2").error().faults.at(0).message,
              "The name of parameter 2 is not valid.");
    EXPECT_FALSE(decode_query("=1"));
}

TEST(Percent, AHundredPairsAreEnough) {
    std::string query = "a=1";
    for (std::size_t i = 1; i < kQueryPairsMax; ++i) query += "&a=1";
    EXPECT_TRUE(decode_query(query));
    EXPECT_FALSE(decode_query(query + "&a=1"));
}

TEST(AnswerWriter, DatesAreWrittenAsTheProtocolHasThem) {
    std::string date;
    append_date(date, 784'111'777);
    EXPECT_EQ(date, "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(AnswerWriter, AValueCannotBeginALineOfItsOwn) {
    Answer answer;
    answer.set("Location", "/a\r\nSet-Cookie: b");
    std::string out;
    append_answer(out, answer, {.date = "now"});
    EXPECT_NE(out.find("Location: /a  Set-Cookie: b\r\n"), std::string::npos);
}

TEST(AnswerWriter, SomeStatusesHaveNoBody) {
    Answer answer{.status = 204, .body = "{}"};
    std::string out;
    append_answer(out, answer, {.date = "now"});
    EXPECT_EQ(out,
              "HTTP/1.1 204 No Content\r\nDate: now\r\nX-Content-Type-Options: nosniff\r\n\r\n");
    answer.status = 200;
    out.clear();
    append_answer(out, answer, {.without_body = true, .date = "now"});
    EXPECT_TRUE(out.ends_with("Content-Length: 2\r\n\r\n"));
}

}  // namespace
}  // namespace segurifai::http
