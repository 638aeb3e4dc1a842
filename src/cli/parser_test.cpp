#include "cli/parser.hpp"

#include <gtest/gtest.h>

namespace segurifai::cli {
namespace {

Command sample() {
    return {.name = "sample",
            .summary = "A command to read words for",
            .arguments = {{.name = "APP", .help = "an app", .required = false},
                          {.name = "FILE", .help = "files", .required = false, .many = true}},
            .options = {{.name = "-p,--plan", .help = "only show"},
                        {.name = "--name", .value = "NAME", .help = "a name"},
                        {.name = "--format",
                         .value = "FORMAT",
                         .help = "the form",
                         .choices = {"ndjson", "csv"}},
                        {.name = "--skip", .value = "TABLE", .help = "leave out", .many = true}},
            .examples = {}};
}

using Words = std::vector<std::string>;

std::string refusal(const Words& words) {
    const auto given = parse(sample(), words);
    if (given) return "was accepted";
    EXPECT_EQ(given.error().exit, Exit::kWrongUse);
    return given.error().error.message;
}

TEST(Parsing, TellsSwitchesValuesAndArgumentsApart) {
    const auto given = parse(sample(), Words{"users", "--name", "first", "-p", "a.csv", "b.csv"});
    ASSERT_TRUE(given) << given.error().error.message;
    EXPECT_TRUE(given->has("--plan"));
    EXPECT_FALSE(given->has("--format"));
    EXPECT_EQ(given->value("--name"), "first");
    EXPECT_EQ(given->argument("APP"), "users");
    EXPECT_EQ(given->all("FILE").size(), 2U);
    EXPECT_EQ(given->all("FILE")[1], "b.csv");
}

TEST(Parsing, WhatIsLeftOutIsNotThere) {
    const auto given = parse(sample(), Words{});
    ASSERT_TRUE(given);
    EXPECT_FALSE(given->has("--plan"));
    EXPECT_EQ(given->value("--name"), std::nullopt);
    EXPECT_EQ(given->argument("APP"), std::nullopt);
    EXPECT_TRUE(given->all("FILE").empty());
}

TEST(Parsing, AnEqualsSignGivesAValueToo) {
    EXPECT_EQ(parse(sample(), Words{"--name=with=sign"})->value("--name"), "with=sign");
}

TEST(Parsing, WhatIsGivenTwiceIsRefused) {
    EXPECT_EQ(refusal({"--name", "a", "--name", "b"}), "--name is given twice.");
    EXPECT_EQ(refusal({"--name=a", "--name", "a"}), "--name is given twice.");
    EXPECT_EQ(refusal({"--plan", "-p"}), "--plan is given twice.");
    EXPECT_EQ(refusal({"--skip", "a", "--skip", "b", "--skip", "a"}), "--skip is given 'a' twice.");
}

TEST(Parsing, ASwitchTakesNoValueAndAnOptionOneThatIsNotEmpty) {
    EXPECT_EQ(refusal({"--plan=no"}), "--plan takes no value.");
    EXPECT_EQ(refusal({"--name", ""}), "--name needs a value: --name NAME.");
    EXPECT_EQ(refusal({"--name="}), "--name needs a value: --name NAME.");
    EXPECT_EQ(refusal({"--skip", ""}), "--skip needs a value: --skip TABLE.");
}

TEST(Parsing, AnOptionOfOneActionIsNotForTheOthers) {
    Command command = sample();
    command.arguments = {{.name = "ACTION", .help = "show or hide", .words = {"show", "hide"}}};
    command.options[0].only_for = {"hide"};
    EXPECT_TRUE(parse(command, Words{"hide", "--plan"}));
    EXPECT_TRUE(parse(command, Words{"hid", "--plan"})) << "the command says that there is none";
    const auto refused = parse(command, Words{"show", "--plan"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error.message,
              "'sample show' does not take --plan; it is for 'hide'.");
}

TEST(Parsing, ARepeatedOptionKeepsEveryValueAndTakesNoArgument) {
    const auto given = parse(sample(), Words{"--skip", "a", "users", "--skip", "b"});
    ASSERT_TRUE(given) << given.error().error.message;
    ASSERT_EQ(given->all("--skip").size(), 2U);
    EXPECT_EQ(given->all("--skip")[1], "b");
    EXPECT_EQ(given->argument("APP"), "users");
}

TEST(Parsing, AfterTwoDashesEverythingIsAnArgument) {
    const auto given = parse(sample(), Words{"users", "--", "--plan", "-x"});
    ASSERT_TRUE(given) << given.error().error.message;
    EXPECT_FALSE(given->has("--plan"));
    EXPECT_EQ(given->all("FILE")[0], "--plan");
    EXPECT_EQ(given->all("FILE")[1], "-x");
}

TEST(Parsing, TextsWithBracketsQuotesAndSpacesStayWhole) {
    for (const std::string text : {"[a,b]", "a b", "'a'", "%%", "ñ"}) {
        const auto given = parse(sample(), Words{"--name", text, "app", text});
        ASSERT_TRUE(given) << text << ": " << given.error().error.message;
        EXPECT_EQ(given->value("--name"), text);
        ASSERT_EQ(given->all("FILE").size(), 1U) << text;
        EXPECT_EQ(given->all("FILE")[0], text);
    }
    EXPECT_EQ(parse(sample(), Words{"app", ""})->all("FILE")[0], "");
}

TEST(Parsing, AMisspeltOptionIsNamedWithTheNearestOne) {
    EXPECT_EQ(refusal({"--formt", "csv"}),
              "'sample' has no option --formt; did you mean --format?");
    EXPECT_EQ(refusal({"--formt=csv"}), "'sample' has no option --formt; did you mean --format?");
    EXPECT_EQ(refusal({"--zzzzzzzz"}),
              "'sample' has no option --zzzzzzzz; see 'segurifai help sample'.");
    EXPECT_EQ(refusal({"-z"}), "'sample' has no option -z; see 'segurifai help sample'.");
}

TEST(Parsing, AnOptionWithoutItsValueSaysWhatItNeeds) {
    EXPECT_EQ(refusal({"--name"}), "--name needs a value: --name NAME.");
    EXPECT_EQ(refusal({"--skip"}), "--skip needs a value: --skip TABLE.");
}

TEST(Parsing, AValueOutsideItsChoicesNamesThem) {
    EXPECT_EQ(refusal({"--format", "xml"}), "--format must be ndjson or csv, not 'xml'.");
}

TEST(Parsing, MissingAndSurplusArgumentsAreRefused) {
    Command command = sample();
    command.arguments = {{.name = "FILE", .help = "the file to read"}};
    const auto missing = parse(command, Words{});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().error.message,
              "'sample' needs FILE: the file to read; see 'segurifai help sample'.");
    const auto surplus = parse(command, Words{"a", "b"});
    ASSERT_FALSE(surplus);
    EXPECT_EQ(surplus.error().error.message,
              "'sample' does not take 'b'; see 'segurifai help sample'.");
}

TEST(Numbers, AreWholeAndWithinTheirBounds) {
    Given given;
    given.set("--name", {"12"});
    EXPECT_EQ(given.number("--name", 1, 12)->value_or(0), 12);
    EXPECT_EQ(*given.number("--other", 1, 12), std::nullopt);
    for (const char* text : {"0", "13", "x", "1x", "", "1.5", "99999999999999999999"}) {
        Given wrong;
        wrong.set("--name", {text});
        const auto number = wrong.number("--name", 1, 12);
        ASSERT_FALSE(number) << text;
        EXPECT_EQ(number.error().exit, Exit::kWrongUse);
        EXPECT_NE(number.error().error.message.find("from 1 to 12"), std::string::npos);
    }
}

TEST(Nearest, SuggestsOnlyWhatIsNear) {
    const Words commands{"migrate", "makemigrations", "showmigrations", "counts"};
    EXPECT_EQ(nearest("migrat", commands), "migrate");
    EXPECT_EQ(nearest("mgirate", commands), "migrate");
    EXPECT_EQ(nearest("show", commands), "showmigrations");
    EXPECT_EQ(nearest("count", commands), "counts");
    EXPECT_EQ(nearest("frobnicate", commands), "");
    EXPECT_EQ(nearest("", commands), "");
}

TEST(Help, IsAskedForBeforeTheDashesOnly) {
    EXPECT_TRUE(asks_for_help(Words{"a", "--help"}));
    EXPECT_TRUE(asks_for_help(Words{"-h"}));
    EXPECT_FALSE(asks_for_help(Words{"--", "--help"}));
}

}  // namespace
}  // namespace segurifai::cli
