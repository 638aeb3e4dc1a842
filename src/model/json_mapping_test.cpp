#include "model/json_mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/every_type.hpp"

namespace segurifai::model {
namespace {

using ::testing::ElementsAre;
using testing::EveryType;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Place;

EveryType sample() {
    EveryType row;
    row.id.value = 12;
    row.flag_or = false;
    row.wide = 9'007'199'254'740'993;
    row.real = 0.1;
    row.price.unscaled = 3999;
    row.latitude_or = Coordinate{-500'000};
    row.code = "a\"b\\\n";
    row.nick_or = "Ñandú";
    row.letters = "x";
    row.token = *Uuid::parse("00112233-4455-6677-8899-aabbccddeeff");
    row.day = *Date::parse("2026-02-03");
    row.moment_or = *Instant::parse("2026-02-03T18:04:05.123456Z");
    row.tags.text = R"(["a",1])";
    row.mood = testing::Mood::kHurried;
    row.secret_or = "hush";
    return row;
}

TEST(JsonOfARow, HasTheFormsOfTheApi) {
    std::string out;
    append_json(out, sample());
    EXPECT_EQ(out, R"({"id":12,"flag":true,"flag_or":false,"whole":7,"whole_or":null,)"
                   R"("wide":9007199254740993,"wide_or":null,"real":0.1,"real_or":null,)"
                   R"("price":"39.99","latitude_or":-0.500000,"code":"a\"b\\\n","nick_or":"Ñandú",)"
                   R"("letters":"x","story":"","story_or":null,)"
                   R"("token":"00112233-4455-6677-8899-aabbccddeeff","place_id":null,)"
                   R"("day":"2026-02-03","day_or":null,"moment_or":"2026-02-03T18:04:05.123456Z",)"
                   R"("tags":["a",1],"notes_or":null,"mood":"HURRIED",)"
                   R"("created_at":"1970-01-01T00:00:00.000000Z",)"
                   R"("updated_at":"1970-01-01T00:00:00.000000Z"})");
}

TEST(JsonOfARow, IsTheSameFromARecord) {
    const EveryType row = sample();
    std::string of_struct;
    std::string of_record;
    append_json(of_struct, row, {.leave_out_credentials = false});
    append_json(of_record, Record::of_struct(table_of<EveryType>(), &row),
                {.leave_out_credentials = false});
    EXPECT_EQ(of_struct, of_record);
    EXPECT_THAT(of_struct, HasSubstr(R"("secret_or":"hush")"));
}

TEST(JsonOfARow, ReadsBackEqual) {
    const EveryType row = sample();
    std::string out;
    append_json(out, row, {.leave_out_credentials = false});
    const auto read = parse_record(plan_of<EveryType>(), out);
    ASSERT_TRUE(read) << describe(read.error());
    EXPECT_EQ(*read, Record::of_struct(table_of<EveryType>(), &row));
    EXPECT_TRUE(parse_row<EveryType>(out));
}

TEST(ParseRecord, FillsInDefaults) {
    const auto row = parse_row<EveryType>(
        R"( {"wide":1,"real":2,"code":"c","letters":"x",)"
        R"("token":"00112233-4455-6677-8899-AABBCCDDEEFF","day":"2026-02-03"} )");
    ASSERT_TRUE(row) << describe(row.error());
    EXPECT_TRUE(row->flag);
    EXPECT_EQ(row->whole, 7);
    EXPECT_EQ(row->price.to_string(), "1.50");
    EXPECT_EQ(row->tags.text, "[]");
    EXPECT_EQ(row->mood, testing::Mood::kCalm);
    EXPECT_EQ(row->real, 2.0);
    EXPECT_FALSE(row->whole_or);
}

/// A right document with one member replaced by `member`.
std::vector<Fault> faults_of(std::string_view member) {
    std::string json = R"({"wide":1,"real":2,"code":"c","letters":"x",)"
                       R"("token":"00112233-4455-6677-8899-aabbccddeeff","day":"2026-02-03")";
    json += "," + std::string(member) + "}";
    const auto read = parse_record(plan_of<EveryType>(), json);
    return read ? std::vector<Fault>() : read.error().faults;
}

struct Member {
    const char* text;
    const char* path;
    const char* words;
};

class WrongMembers : public ::testing::TestWithParam<Member> {};

TEST_P(WrongMembers, HaveOneFault) {
    const auto faults = faults_of(GetParam().text);
    ASSERT_EQ(faults.size(), 1u) << GetParam().text;
    EXPECT_EQ(faults[0].path, GetParam().path);
    EXPECT_THAT(faults[0].message, HasSubstr(GetParam().words));
}

const Member kWrongMembers[] = {
    {R"("flag":"false")", "flag", "true or false"},
    {R"("flag":0)", "flag", "true or false"},
    {R"("flag":null)", "flag", "may not be null"},
    {R"("whole":1.5)", "whole", "whole number"},
    {R"("whole":1.0)", "whole", "whole number"},
    {R"("whole":"1")", "whole", "whole number"},
    {R"("whole":true)", "whole", "whole number"},
    {R"("whole":[1])", "whole", "whole number"},
    {R"("whole":{"a":1})", "whole", "whole number"},
    {R"("whole_or":2147483648)", "whole_or", "between -2147483648 and 2147483647"},
    {R"("wide_or":9223372036854775808)", "wide_or", "64 bits"},
    {R"("wide_or":1e3)", "wide_or", "64 bits"},
    {R"("real_or":"1")", "real_or", "finite number"},
    {R"("price":39.99)", "price", "a string that holds a decimal"},
    {R"("price":"39.999")", "price", "a string that holds a decimal"},
    {R"("price":"1e2")", "price", "a string that holds a decimal"},
    {R"("price":"")", "price", "a string that holds a decimal"},
    {R"("price":"-1.00")", "price", "at least 0"},
    {R"("latitude_or":"14.6")", "latitude_or", "at most six decimals"},
    {R"("latitude_or":14.1234567)", "latitude_or", "at most six decimals"},
    {R"("latitude_or":91)", "latitude_or", "between -90 and 90"},
    {R"("nick_or":5)", "nick_or", "a string"},
    {R"("nick_or":["a"])", "nick_or", "a string"},
    {R"("nick_or":"a\u0000b")", "nick_or", "U+0000"},
    {R"("story":null)", "story", "may not be null"},
    {R"("place_id":"123")", "place_id", "a UUID"},
    {R"("day_or":"2026-02-30")", "day_or", "a date"},
    {R"("day_or":"2026-2-3")", "day_or", "a date"},
    {R"("moment_or":"yesterday")", "moment_or", "an instant"},
    {R"("moment_or":1770141845)", "moment_or", "an instant"},
    {R"("tags":{})", "tags", "JSON array"},
    {R"("tags":"[]")", "tags", "JSON array"},
    {R"("tags":null)", "tags", "may not be null"},
    {R"("notes_or":{"a":1,"a":2})", "notes_or", "names one key twice"},
    {R"("notes_or":["\u0000"])", "notes_or", "U+0000"},
    {R"("notes_or":-1.50)", "notes_or", "not a bare number"},
    {R"("mood":"ANGRY")", "mood", "CALM, HURRIED, LOST"},
    {R"("mood":"calm")", "mood", "CALM, HURRIED, LOST"},
    {R"("colour":"red")", "colour", "no such field"},
    {R"("colour":{"a":[1,{"b":null}]})", "colour", "no such field"},
    {R"("code":"again")", "code", "given twice"},
};

INSTANTIATE_TEST_SUITE_P(Every, WrongMembers, ::testing::ValuesIn(kWrongMembers));

TEST(ParseRecord, TakesEveryRightForm) {
    for (const char* member :
         {R"("flag_or":null)", R"("whole":-1000)", R"("real_or":1e3)", R"("real_or":-0.0)",
          R"("price":"100")", R"("price":"39.9")", R"("latitude_or":14)",
          R"("latitude_or":-14.634915)", R"("nick_or":"\u00d1and\u00fa \ud83d\ude97")",
          R"("moment_or":"2026-02-03T12:04:05-06:00")", R"("notes_or":"text")",
          R"("notes_or":{"b":[1,{"c":"d"}],"a":null})", R"("notes_or":[-1.50])",
          R"("notes_or":true)", R"("tags":[[],{},[1,2],"x"])"})
        EXPECT_THAT(faults_of(member), ElementsAre()) << member;
}

TEST(ParseRecord, KeepsJsonCanonical) {
    const auto read = parse_record(plan_of<Place>(),
                                   R"({"id":"00112233-4455-6677-8899-aabbccddeeff","name":"x"})");
    ASSERT_TRUE(read);
    const auto row =
        parse_row<EveryType>(R"({"wide":1,"real":2,"code":"c","letters":"x",)"
                             R"("token":"00112233-4455-6677-8899-aabbccddeeff","day":"2026-02-03",)"
                             R"("notes_or": { "b" : [ 1 , "\u0041" , [] , {} ] , "a" : null } })");
    ASSERT_TRUE(row) << describe(row.error());
    EXPECT_EQ(row->notes_or->text, R"({"a":null,"b":[1,"A",[],{}]})");
}

TEST(ParseRecord, ReadsRealNumbersToTheLastDigit) {
    for (const double real : {27.696637190550398, 96.09007363421603, 0.1, 1.0 / 3, 5e-324}) {
        EveryType row = sample();
        row.real = real;
        std::string out;
        append_json(out, row, {.leave_out_credentials = false});
        const auto read = parse_row<EveryType>(out);
        ASSERT_TRUE(read) << describe(read.error());
        EXPECT_EQ(read->real, real);
    }
}

TEST(ParseRecord, NamesEveryFaultAtOnce) {
    const auto read =
        parse_record(plan_of<EveryType>(), R"({"flag":"x","nothing":1,"whole":5000,"code":"c"})");
    ASSERT_FALSE(read);
    std::vector<std::string> paths;
    for (const Fault& fault : read.error().faults) paths.push_back(fault.path);
    EXPECT_THAT(paths,
                ElementsAre("flag", "nothing", "whole", "wide", "real", "letters", "token", "day"));
}

TEST(ParseRecord, RefusesWhatIsNoObject) {
    const std::string deep = R"({"notes_or":)" + std::string(32, '[') + std::string(32, ']') + "}";
    const std::string large = R"({"story":")" + std::string(kJsonBytesMax, 'a') + "\"}";
    for (const std::string& json :
         {std::string(), std::string("[]"), std::string("1"), std::string("null"),
          std::string("\"a\""), std::string("{"), std::string("{}{}"), std::string("{} x"),
          std::string("{\"flag\":tru}"), std::string("{'flag':true}"),
          std::string("{\"real\":NaN}"), std::string("{\"real\":01}"),
          std::string("{\"flag\":true,}"), std::string("{\"story\":\"\xff\"}"),
          std::string("{\"story\":\"\\ud800\"}"), deep, large}) {
        const auto read = parse_record(plan_of<EveryType>(), json);
        ASSERT_FALSE(read) << json.substr(0, 60);
        ASSERT_EQ(read.error().faults.size(), 1u) << json.substr(0, 60);
        EXPECT_EQ(read.error().faults[0].path, "");
    }
}

TEST(ParseRecord, EndsListingFaultsAtAHundred) {
    std::string json = "{";
    for (int i = 0; i < 500; ++i) json += "\"x" + std::to_string(i) + "\":1,";
    json.back() = '}';
    const auto read = parse_record(plan_of<EveryType>(), json);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().faults.size(), kJsonFaultsMax);
}

}  // namespace
}  // namespace segurifai::model
