#include "model/validation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/plan.hpp"
#include "model/record.hpp"
#include "model/validators.hpp"
#include "store/every_type.hpp"

namespace segurifai::model {
namespace {

using testing::EveryType;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

EveryType right_row() {
    EveryType row;
    row.code = "A-1";
    row.letters = "x";
    return row;
}

std::vector<Fault> faults_of(const EveryType& row) {
    return plan_of<EveryType>().validation.check_row(&row);
}

TEST(Validation, TakesARowThatKeepsTheRules) {
    EXPECT_THAT(faults_of(right_row()), IsEmpty());
}

struct Wrong {
    const char* name;
    void (*make)(EveryType&);
    const char* column;
    const char* words;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
    *out << wrong.name;
}

class WrongRows : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongRows, HaveOneFault) {
    EveryType row = right_row();
    GetParam().make(row);
    const auto faults = faults_of(row);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].path, GetParam().column);
    EXPECT_THAT(faults[0].message, HasSubstr(GetParam().words));
}

const Wrong kWrongRows[] = {
    {"AboveRange", [](EveryType& row) { row.whole = 1001; }, "whole", "between -1000 and 1000"},
    {"BelowRange", [](EveryType& row) { row.whole = -1001; }, "whole", "between -1000 and 1000"},
    {"MoneyBelowZero", [](EveryType& row) { row.price.unscaled = -1; }, "price", "at least 0"},
    {"MoneyOfTooManyDigits", [](EveryType& row) { row.price.unscaled = 10'000'000'000; }, "price",
     "at least 0"},
    {"LatitudeOfAnotherPlanet", [](EveryType& row) { row.latitude_or = {90'000'001}; },
     "latitude_or", "between -90 and 90"},
    {"NotANumber", [](EveryType& row) { row.real = std::nan(""); }, "real", "finite"},
    {"Infinity", [](EveryType& row) { row.real_or = std::numeric_limits<double>::infinity(); },
     "real_or", "finite"},
    {"FloatBelowRange", [](EveryType& row) { row.real_or = -1e7; }, "real_or", "at least -1000000"},
    {"TooLong", [](EveryType& row) { row.code = std::string(31, 'a'); }, "code", "at most 30"},
    {"TooLongInCharacters",
     [](EveryType& row) {
         row.code.clear();
         for (int i = 0; i < 31; ++i) row.code += "ñ";
     },
     "code", "at most 30"},
    {"CharTooShort", [](EveryType& row) { row.letters = ""; }, "letters", "exactly 1"},
    {"CharTooLong", [](EveryType& row) { row.letters = "ab"; }, "letters", "exactly 1"},
    {"CharThatIsASpace", [](EveryType& row) { row.letters = " "; }, "letters", "end in a space"},
    {"NulInAText", [](EveryType& row) { row.story = std::string("a\0b", 3); }, "story", "U+0000"},
    {"NulInALongText",
     [](EveryType& row) { row.story = std::string(20, 'x') + std::string(1, '\0') + "tail"; },
     "story", "U+0000"},
    {"BrokenUtf8", [](EveryType& row) { row.story = "caf\xc3"; }, "story", "well-formed"},
    {"SurrogateInUtf8", [](EveryType& row) { row.story = "\xed\xa0\x80"; }, "story", "well-formed"},
    {"DateAfterTheEnd", [](EveryType& row) { row.day.days = kDateMaxDays + 1; }, "day",
     "YYYY-MM-DD"},
    {"InstantBeforeTheBeginning",
     [](EveryType& row) { row.moment_or = Instant{kInstantMinMicros - 1}; }, "moment_or",
     "an instant"},
    {"ObjectForAnArray", [](EveryType& row) { row.tags.text = "{}"; }, "tags", "JSON array"},
    {"NoJsonAtAll", [](EveryType& row) { row.notes_or = Json{""}; }, "notes_or", "JSON value"},
};

INSTANTIATE_TEST_SUITE_P(Every, WrongRows, ::testing::ValuesIn(kWrongRows),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Validation, CountsCharactersNotBytes) {
    EveryType row = right_row();
    row.code.clear();
    for (int i = 0; i < 30; ++i) row.code += "ñ";
    row.letters = "ñ";
    EXPECT_THAT(faults_of(row), IsEmpty());
}

TEST(Validation, NamesEveryFaultAtOnce) {
    EveryType row = right_row();
    row.whole = 5000;
    row.letters = "abc";
    row.tags.text = "1";
    EXPECT_EQ(faults_of(row).size(), 3u);
}

TEST(Validation, OfARecordSeesNullsAndTypes) {
    const TablePlan& plan = plan_of<EveryType>();
    EveryType row = right_row();
    Record record = Record::of_struct(plan.table, &row);
    EXPECT_THAT(plan.validation.check_values(record.values()), IsEmpty());
    record.set("id", sql::Value::null(sql::ValueType::kInteger));
    record.set("created_at", sql::Value::null(sql::ValueType::kInstant));
    EXPECT_THAT(plan.validation.check_values(record.values()), IsEmpty());

    record.set("code", sql::Value::null(sql::ValueType::kText));
    record.set("flag", sql::Value::integer(1));
    record.set("mood", sql::Value::text("ANGRY"));
    record.set("price", sql::Value::decimal(100, 3));
    const auto faults = plan.validation.check_values(record.values());
    ASSERT_EQ(faults.size(), 4u);
    EXPECT_EQ(faults[0], (Fault{"flag", "Must be true or false."}));
    EXPECT_EQ(faults[1].path, "price");
    EXPECT_EQ(faults[2], (Fault{"code", "This field is required."}));
    EXPECT_EQ(faults[3], (Fault{"mood", "Must be one of CALM, HURRIED, LOST."}));
    EXPECT_EQ(plan.validation.check_values(std::span(record.values()).first(2)).size(), 1u);
}

TEST(Record, GoesToAStructAndBack) {
    EveryType row = right_row();
    row.nick_or = "Ñandú";
    row.latitude_or = Coordinate{14'634'915};
    row.mood = testing::Mood::kLost;
    const Record record = Record::of_struct(table_of<EveryType>(), &row);
    EXPECT_EQ(record.at("mood").as_text(), "LOST");
    EXPECT_TRUE(record.at("whole_or").is_null());
    EveryType again;
    ASSERT_TRUE(record.to_struct(&again));
    EXPECT_EQ(Record::of_struct(table_of<EveryType>(), &again), record);

    Record broken = record;
    broken.set("mood", sql::Value::text("ANGRY"));
    broken.set("code", sql::Value::null(sql::ValueType::kText));
    const auto refused = broken.to_struct(&again);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().faults.size(), 2u);
}

TEST(Validators, KnowEmailAddresses) {
    const auto takes = [](std::string_view text) {
        return !validators::email(sql::Value::text(text)).has_value();
    };
    EXPECT_TRUE(takes("ana@example.com"));
    EXPECT_TRUE(takes("o'neil.maria+seguro@mail.example.com.gt"));
    EXPECT_TRUE(takes("50212345678@paq.invalid"));
    for (const char* wrong :
         {"", "ana", "@example.com", "ana@", "ana@example", "ana@@example.com", "ana @example.com",
          "ana@-example.com", "ana@example..com", ".ana@example.com", "ana.@example.com",
          "an..a@example.com", "ana@example.com ", "ana@exa_mple.com", "ana@1.2.3.4",
          "añá@example.com", "ana@example.com\nBcc: x@example.com"})
        EXPECT_FALSE(takes(wrong)) << wrong;
    EXPECT_FALSE(takes(std::string(65, 'a') + "@example.com"));
    std::string host = "e.com";
    while (host.size() < 250) host = "abcdefghi." + host;
    EXPECT_FALSE(takes("ana@" + host));
}

TEST(Validators, KnowTelephoneNumbersOfGuatemala) {
    const auto takes = [](std::string_view text) {
        return !validators::phone(sql::Value::text(text)).has_value();
    };
    EXPECT_TRUE(takes("+50212345678"));
    for (const char* wrong : {"", "12345678", "50212345678", "+502 12345678", "+5021234567",
                              "+502123456789", "+50112345678", "+5021234567a"})
        EXPECT_FALSE(takes(wrong)) << wrong;
}

TEST(Validators, KnowAddressesOfTheWeb) {
    const auto takes = [](std::string_view text) {
        return !validators::url(sql::Value::text(text)).has_value();
    };
    EXPECT_TRUE(takes("https://segurifai.gt"));
    EXPECT_TRUE(takes("http://localhost:8080/a?b=c#d"));
    for (const char* wrong :
         {"", "segurifai.gt", "ftp://segurifai.gt", "javascript:alert(1)", "https://",
          "https://user:secret@segurifai.gt/", "https://segurifai.gt/a b", "https://segurifai.gt:/",
          "https://segurifai.gt:123456/", "https://segurifai.gt/\"><script>"})
        EXPECT_FALSE(takes(wrong)) << wrong;
    EXPECT_FALSE(validators::url_or_empty(sql::Value::text("")));
    EXPECT_TRUE(validators::url_or_empty(sql::Value::text("x")));
}

TEST(Validators, KnowArraysOfStrings) {
    const auto takes = [](std::string_view text) {
        return !validators::strings(sql::Value::json(text)).has_value();
    };
    for (const char* right : {"[]", R"(["a"])", R"(["a","b, c","]"])", R"(["q\"uote","\\"])"})
        EXPECT_TRUE(takes(right)) << right;
    for (const char* wrong :
         {"{}", "[1]", R"(["a",1])", R"(["a",["b"]])", "[null]", R"("a")", R"([{"a":"b"}])"})
        EXPECT_FALSE(takes(wrong)) << wrong;
}

}  // namespace
}  // namespace segurifai::model
