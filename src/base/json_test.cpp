#include "base/json.hpp"

#include <gtest/gtest.h>

namespace segurifai {
namespace {

std::string canonical(std::string_view text) {
    const auto json = Json::parse(text);
    return json ? json->text : "refused: " + json.error().message;
}

TEST(Json, SortsMembersAndDropsSpaces) {
    EXPECT_EQ(canonical(R"( { "b" : [ 1 , true , null ] , "a" : {"z":"ñ","y":""} } )"),
              R"({"a":{"y":"","z":"ñ"},"b":[1,true,null]})");
}

TEST(Json, WritesEachTextOneWay) {
    EXPECT_EQ(canonical(R"("\u00f1\/\u0001\n\ud83d\ude97")"), "\"ñ/\\u0001\\n\U0001F697\"");
}

TEST(Json, WritesNumbersWithoutExponentAndKeepsTheirDigits) {
    EXPECT_EQ(canonical("[0,-0,-0.0,1.10,12,-7.50]"), "[0,0,0.0,1.10,12,-7.50]");
    EXPECT_EQ(canonical("[1e5,1E2,1.5e1,1.50e1,1.234e2,12e-1,1e-3,-2.5e-2,0e9]"),
              "[100000,100,15,15.0,123.4,1.2,0.001,-0.025,0]");
    EXPECT_EQ(canonical("12345678901234567890123456789"), "12345678901234567890123456789");
}

TEST(Json, RefusesWhatIsNotOneStrictDocument) {
    for (const char* text : {"", "{", "[1,]", "{'a':1}", "NaN", "Infinity", "01", "1.", "+1",
                             "// x\n1", "{} {}", "\"\xff\"", "\"\\ud800\"", "tru", "\"\t\""})
        EXPECT_FALSE(Json::parse(text)) << text;
}

TEST(Json, RefusesDuplicateKeysWhereverTheyStand) {
    EXPECT_EQ(canonical(R"([{"a":1,"b":{"k":1,"k":2}}])"),
              "refused: A JSON object names one key twice.");
    EXPECT_EQ(canonical(R"({"a":1,"\u0061":2})"), "refused: A JSON object names one key twice.");
}

TEST(Json, RefusesWhatPostgresCannotHold) {
    EXPECT_EQ(canonical(R"("a\u0000b")"), "refused: A JSON text holds the character U+0000.");
    EXPECT_EQ(canonical(R"({"\u0000":1})"), "refused: A JSON text holds the character U+0000.");
}

TEST(Json, HasLimits) {
    const std::string deep(kJsonDepthMax, '[');
    const std::string close(kJsonDepthMax, ']');
    EXPECT_TRUE(Json::parse(deep + close));
    EXPECT_EQ(canonical("[" + deep + close + "]"),
              "refused: The JSON is nested deeper than 32 levels.");
    EXPECT_EQ(canonical('"' + std::string(kJsonBytesMax, 'a') + '"'),
              "refused: The JSON is over 1 MB.");
    EXPECT_FALSE(Json::parse("1e401"));
    EXPECT_FALSE(Json::parse("1e-999999999999"));
}

TEST(StorableText, IsWellFormedUtf8WithoutNul) {
    for (const std::string_view good : {"", "a", "ñandú", "日本", "\U0001F697"})
        EXPECT_TRUE(is_storable_text(good)) << good;
    using namespace std::literals;
    for (const std::string_view bad : {"a\0b"sv, "\xc0\xaf"sv, "\xed\xa0\x80"sv,
                                       "\xf4\x90\x80\x80"sv, "\x80"sv, "\xe2\x82"sv, "\xff"sv})
        EXPECT_FALSE(is_storable_text(bad));
}

TEST(StorableText, IsLookedAtWhereverTheLetterStands) {
    using namespace std::literals;
    for (std::size_t at = 0; at < 20; ++at) {
        for (const std::string_view good : {"a"sv, "\x7f"sv, "ñ"sv, "日"sv, "\U0001F697"sv})
            EXPECT_TRUE(is_storable_text(std::string(20, 'x').insert(at, good))) << good << at;
        for (const std::string_view bad : {"\0"sv, "\x80"sv, "\xc3"sv, "\xe2\x82"sv, "\xff"sv})
            EXPECT_FALSE(is_storable_text(std::string(20, 'x').insert(at, bad))) << at;
    }
}

TEST(CharacterCount, CountsCodePoints) {
    EXPECT_EQ(character_count("ñandú"), 5U);
    EXPECT_EQ(character_count("\U0001F697!"), 2U);
}

TEST(JsonString, EscapesWhateverStandsAnywhereInIt) {
    // Long enough for several words of eight, and each character at each place of them.
    for (int code = 1; code < 256; ++code) {
        for (std::size_t at = 0; at < 20; ++at) {
            std::string text(20, 'x');
            text[at] = static_cast<char>(code);
            text[19 - at] = 'y';
            std::string out;
            append_json_string(out, text);
            std::string wanted = "\"";
            for (const char c : text) {
                const auto byte = static_cast<unsigned char>(c);
                const auto two = std::string_view("\"\\\b\f\n\r\t").find(c);
                if (two != std::string_view::npos)
                    wanted += {'\\', "\"\\bfnrt"[two]};
                else if (byte < 0x20)
                    wanted += {'\\', 'u', '0', '0', "01"[byte >> 4], "0123456789abcdef"[byte & 15]};
                else
                    wanted += c;
            }
            EXPECT_EQ(out, wanted + "\"") << code << " at " << at;
        }
    }
}

}  // namespace
}  // namespace segurifai
