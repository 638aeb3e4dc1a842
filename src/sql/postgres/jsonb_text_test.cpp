#include "sql/postgres/jsonb_text.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace segurifai::sql::postgres {
namespace {

std::string canonical_of(std::string_view jsonb) {
    std::string out = "before";
    EXPECT_TRUE(append_canonical(out, jsonb)) << jsonb;
    EXPECT_TRUE(out.starts_with("before"));
    return out.substr(6);
}

TEST(JsonbText, IsWhatParsingTheDocumentGives) {
    for (
        const std::string_view jsonb :
        {R"({})", R"([])", R"(null)", R"(true)", R"(-12.50)", R"("")", R"("a\"b\\c\nd\u0001")",
         R"([1, [], {}, "x, y]}", [2, {"b": 1, "aa": [null]}]])",
         R"({"a": 1, "z": {"k": "v"}, "bb": [1, 2], "ccc": "á: {\"a\": 1}, "})",
         R"({"id": 4, "at": "2026", "name": {"y": false, "x": "", "long key": 0.10}, "a b": "\\"})",
         R"({"b": {"d": {"f": [{"h": 1, "gg": 2}], "ee": 3}, "cc": 4}, "aa": 5})"}) {
        const auto parsed = Json::parse(jsonb);
        ASSERT_TRUE(parsed) << jsonb;
        EXPECT_EQ(canonical_of(jsonb), parsed->text);
    }
}

TEST(JsonbText, LeavesToTheParserWhatItCannotJudge) {
    const std::string deep = std::string(40, '[') + std::string(40, ']');
    const std::string digits(500, '7');
    for (const std::string_view text :
         {std::string_view(R"({"a\"b": 1})"), std::string_view(deep), std::string_view(digits),
          std::string_view(""), std::string_view("{"), std::string_view(R"({"a": 1)"),
          std::string_view(R"("open)"), std::string_view(R"(["a)"), std::string_view("[1, 2"),
          std::string_view("[1,2]"), std::string_view("1]"), std::string_view(R"({"a":1})"),
          std::string_view(R"("ends\)"), std::string_view("[,]")}) {
        std::string out;
        EXPECT_FALSE(append_canonical(out, text)) << text;
    }
}

}  // namespace
}  // namespace segurifai::sql::postgres
