#include "apps/assistance/json_members.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/json_object.hpp"

namespace segurifai::assistance {
namespace {

constexpr std::string_view kObject =
    R"({"a":"x\"}","b":{"c":[1,{"d":"}"}]},"e":"","flow":"CLAIM","z":-1.50})";

TEST(JsonMembers, AreFoundWhereverTheyStand) {
    EXPECT_EQ(member_of(kObject, "a"), R"("x\"}")");
    EXPECT_EQ(member_of(kObject, "b"), R"({"c":[1,{"d":"}"}]})");
    EXPECT_EQ(member_of(kObject, "z"), "-1.50");
    EXPECT_EQ(member_of(kObject, "c"), "") << "only those at the top";
    EXPECT_EQ(member_of(kObject, "flo"), "") << "not by the beginning of a name";
    EXPECT_EQ(member_of(kObject, "flows"), "");
    EXPECT_EQ(member_of("{}", "a"), "");
    EXPECT_EQ(text_of(kObject, "flow"), "CLAIM");
    EXPECT_EQ(text_of(kObject, "z"), "") << "no text";
}

TEST(JsonMembers, OnlySomeOfThemMakeAnObjectAgain) {
    constexpr std::array kNames{std::string_view("b"), std::string_view("c"),
                                std::string_view("z")};
    EXPECT_EQ(only(kObject, kNames), R"({"b":{"c":[1,{"d":"}"}]},"z":-1.50})");
    EXPECT_EQ(only("{}", kNames), "{}");
}

TEST(JsonMembers, OneIsPutInItsPlace) {
    EXPECT_EQ(with_member("{}", "b", "[1]"), R"({"b":[1]})");
    EXPECT_EQ(with_member(R"({"a":1,"c":2})", "b", "[]"), R"({"a":1,"b":[],"c":2})");
    EXPECT_EQ(with_member(R"({"a":1,"b":{"x":1},"c":2})", "b", "[]"), R"({"a":1,"b":[],"c":2})");
    EXPECT_EQ(with_member(R"({"a":1})", "z", "\"}\""), R"({"a":1,"z":"}"})");
    EXPECT_EQ(with_member(R"({"z":1})", "a", "0"), R"({"a":0,"z":1})");
}

TEST(JsonMembers, OneIsTakenAway) {
    EXPECT_EQ(without_member(R"({"a":1,"b":{"x":1},"c":2})", "b"), R"({"a":1,"c":2})");
    EXPECT_EQ(without_member(R"({"b":1})", "b"), "{}");
    EXPECT_EQ(without_member(kObject, "c"), kObject) << "only those at the top";
}

TEST(JsonMembers, AnObjectIsBuiltInCanonicalForm) {
    JsonObject object;
    object.text("z", "é\"").integer("a", 5).boolean("m", true).null("b");
    const std::string text = object.to_string();
    const auto parsed = Json::parse(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->text, text);
}

}  // namespace
}  // namespace segurifai::assistance
