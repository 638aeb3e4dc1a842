#include "http/shape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace segurifai::http {
namespace {

enum class Colour { kRed, kBlue };

}  // namespace
}  // namespace segurifai::http

namespace segurifai::model {
template <>
inline constexpr std::array kWords<http::Colour>{std::string_view("RED"), std::string_view("BLUE")};
}  // namespace segurifai::model

namespace segurifai::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Fix {
    static constexpr std::string_view kShape = "Fix";
    Coordinate latitude{};
    std::optional<Instant> at;
    static consteval auto fields() {
        return std::array{field<&Fix::latitude>("latitude", {.min = "-90", .max = "90"}),
                          field<&Fix::at>("at")};
    }
};

struct Everything {
    static constexpr std::string_view kShape = "Everything";
    std::string name;
    bool flag = false;
    std::optional<std::int32_t> whole;
    std::optional<std::int64_t> wide;
    std::optional<Money> amount;
    std::optional<Phone> phone;
    std::optional<Colour> colour;
    std::optional<Uuid> token;
    std::optional<Date> day;
    std::optional<Json> notes;
    std::optional<double> real;
    std::optional<std::string> secret;
    std::optional<std::vector<Fix>> fixes;
    std::optional<std::vector<std::string>> tags;
    Maybe<std::string> nick;
    Maybe<Fix> home;
    std::int32_t shown = 7;

    static consteval auto fields() {
        return std::array{
            field<&Everything::name>("name", {.length = 5, .length_min = 1}),
            field<&Everything::flag>("flag"),
            field<&Everything::whole>("whole", {.min = "0", .max = "10"}),
            field<&Everything::wide>("wide"),
            field<&Everything::amount>("amount", {.min = "0.01"}),
            field<&Everything::phone>("phone"),
            field<&Everything::colour>("colour"),
            field<&Everything::token>("token"),
            field<&Everything::day>("day"),
            field<&Everything::notes>("notes", {.length = 25, .json = JsonKind::kObject}),
            field<&Everything::real>("real"),
            field<&Everything::secret>("secret", {.length = 20, .length_min = 8, .verbatim = true}),
            field<&Everything::fixes>("fixes", {.items_min = 1, .items_max = 3}),
            field<&Everything::tags>("tags", {.length = 4, .items_max = 2}),
            field<&Everything::nick>("nick", {.length = 10}),
            field<&Everything::home>("home"),
            field<&Everything::shown>("shown", {.read_only = true}),
        };
    }
};

/// The faults as "path: sentence"; a refusal as its number.
std::vector<std::string> lines(const Result<void>& result) {
    if (result) return {};
    if (result.error().refusal) return {"refused"};
    std::vector<std::string> out;
    for (const Fault& fault : result.error().faults)
        out.push_back(fault.path + ": " + fault.message);
    return out;
}

std::vector<std::string> faults_of(std::string_view json) {
    Everything object;
    return lines(read_json(shape_of<Everything>(), json, &object));
}

/// A body whose required fields are there, with `members` besides.
std::string body(std::string_view members) {
    return R"({"name":"a","flag":true,)" + std::string(members) + "}";
}

TEST(ShapeReading, TakesWhatIsRight) {
    const auto read = read_json<Everything>(
        R"({"name":" Jose\u0301 ","flag":true,"whole":10,"wide":-9223372036854775808,
            "amount":"39.90","phone":"(502) 5555-1234","colour":"BLUE",
            "token":"00000000-0000-4000-8000-000000000001","day":"2026-02-03",
            "notes":{"b":1e1,"a":[null,"\u00e1"]},"real":1.5,"secret":"  \t secret",
            "fixes":[{"latitude":14.62345650000001,"at":"2026-02-03T12:04:05-06:00"},
                     {"latitude":-1e-7}],
            "tags":["x","añoñ"],"nick":null,"home":{"latitude":0}})");
    ASSERT_TRUE(read) << describe(read.error());
    EXPECT_EQ(read->name, "José");
    EXPECT_EQ(read->wide, std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(read->amount->unscaled, 3990);
    EXPECT_EQ(read->phone->text(), "+50255551234");
    EXPECT_EQ(read->colour, Colour::kBlue);
    EXPECT_EQ(read->notes->text, "{\"a\":[null,\"á\"],\"b\":10}");
    EXPECT_EQ(*read->secret, "  \t secret");
    EXPECT_EQ(read->fixes->at(0).latitude.unscaled, 14'623'457);
    EXPECT_EQ(read->fixes->at(0).at->to_string(), "2026-02-03T18:04:05.000000Z");
    EXPECT_EQ(read->fixes->at(1).latitude.unscaled, 0);
    EXPECT_THAT(*read->tags, ElementsAre("x", "añoñ"));
    EXPECT_TRUE(read->nick.null());
    EXPECT_TRUE(read->home.given());
    EXPECT_EQ(read->home->latitude.unscaled, 0);
    EXPECT_EQ(read->shown, 7);

    const auto least = read_json<Everything>(R"({"flag":false,"name":"a","whole":null})");
    ASSERT_TRUE(least) << describe(least.error());
    EXPECT_FALSE(least->whole);
    EXPECT_FALSE(least->nick.given());
}

TEST(ShapeReading, RefusesWhatIsNoJson) {
    const std::string deep = std::string(33, '[') + std::string(33, ']');
    for (const std::string& json :
         {std::string(), std::string("{"), std::string("{\"a\":NaN}"),
          std::string("{\"a\":Infinity}"), std::string("{\"a\":-Infinity}"), std::string("{} x"),
          std::string("{}{}"), std::string("{\"a\":\"\xff\"}"), std::string("{\"a\":\"\\ud800\"}"),
          std::string("{\"a\":\"\xed\xa0\x80\"}"), std::string("{'a':1}"),
          std::string("{\"a\":1,}"), std::string("// x\n{}"), std::string("{\"a\":01}"),
          std::string("{\"a\":\"\n\"}"), deep, std::string("\xef\xbb\xbf{}")}) {
        const auto read = read_json<Everything>(json);
        ASSERT_FALSE(read) << json;
        EXPECT_EQ(read.error().refusal, Refusal::kParseError) << json;
    }
    const auto large = read_json<Everything>(std::string(1'000'001, ' '));
    EXPECT_EQ(large.error().refusal, Refusal::kPayloadTooLarge);
    EXPECT_THAT(faults_of("[]"), ElementsAre(": Must be an object."));
    EXPECT_THAT(faults_of("null"), ElementsAre(": Must be an object."));
}

TEST(ShapeReading, NamesEveryFaultByItsPath) {
    EXPECT_THAT(faults_of("{}"),
                ElementsAre("name: This field is required.", "flag: This field is required."));
    struct Case {
        const char* members;
        const char* fault;
    };
    const Case cases[] = {
        {R"("colours":1)", "colours: There is no such field."},
        {R"("shown":1)", "shown: There is no such field."},
        {R"("":1)", "\"\": There is no such field."},
        {R"("flag":true)", "flag: This field is given twice."},
        {R"("whole":"1")", "whole: Must be a whole number between -2147483648 and 2147483647."},
        {R"("whole":1.0)", "whole: Must be a whole number between -2147483648 and 2147483647."},
        {R"("whole":11)", "whole: Must be between 0 and 10."},
        {R"("whole":4294967296)", "whole: Must be between 0 and 10."},
        {R"("whole":true)", "whole: Must be a whole number between -2147483648 and 2147483647."},
        {R"("wide":9223372036854775808)", "wide: Must be a whole number of at most 64 bits."},
        {R"("amount":39.90)",
         "amount: Must be a string that holds a decimal number within the column's digits."},
        {R"("amount":"39.901")",
         "amount: Must be a string that holds a decimal number within the column's digits."},
        {R"("amount":"0.00")", "amount: Must be at least 0.01."},
        {R"("phone":"123")", "phone: Must be a telephone number of Guatemala."},
        {R"("phone":55551234)", "phone: Must be a string."},
        {R"("colour":"red")", "colour: Must be one of RED, BLUE."},
        {R"("colour":1)", "colour: Must be a string."},
        {R"("token":"x")", "token: Must be a string that holds a UUID."},
        {R"("day":"2026-02-30")", "day: Must be a string that holds a date, YYYY-MM-DD."},
        {R"("notes":[])", "notes: Must be a JSON object."},
        {R"("notes":{"a":1,"a":2})", "notes: A JSON object names one key twice."},
        {R"("notes":{"aaaaaaaaaaaaaaaaaaaaaaa":2})", "notes: Must have at most 25 bytes."},
        {R"("real":"1")", "real: Must be a finite number."},
        {R"("secret":"short")", "secret: Must have at least 8 characters."},
        {R"("secret":"")", "secret: This field may not be blank."},
        {R"("fixes":[])", "fixes: Must have at least 1 items."},
        {R"("fixes":[1,2,3,4])", "fixes: Must have at most 3 items."},
        {R"("fixes":{})", "fixes: Must be a list."},
        {R"("fixes":[null])", "fixes.0: This field may not be null."},
        {R"("fixes":[7])", "fixes.0: Must be an object."},
        {R"("fixes":[{"latitude":1},{"latitude":91}])",
         "fixes.1.latitude: Must be between -90 and 90."},
        {R"("fixes":[{"latitude":"1"}])", "fixes.0.latitude: Must be a number of degrees."},
        {R"("fixes":[{"latitude":1e30}])", "fixes.0.latitude: Must be a number of degrees."},
        {R"("fixes":[{"at":null}])", "fixes.0.latitude: This field is required."},
        {R"("fixes":[{"latitude":1,"x":{"y":[]}}])", "fixes.0.x: There is no such field."},
        {R"("tags":["a","abcde"])", "tags.1: Must have at most 4 characters."},
        {R"("tags":["a","\u0000"])", "tags.1: Must not contain control characters."},
        {R"("tags":["a\tb"])", "tags.0: Must not contain control characters."},
        {R"("tags":["a\u0085b"])", "tags.0: Must not contain control characters."},
        {R"("home":{"latitude":null})", "home.latitude: This field may not be null."},
        {R"("home":[])", "home: Must be an object."},
    };
    for (const Case& one : cases)
        EXPECT_THAT(faults_of(body(one.members)), ElementsAre(one.fault)) << one.members;
    EXPECT_THAT(faults_of(R"({"name":"  ","flag":"false","whole":-1})"),
                ElementsAre("name: This field may not be blank.", "flag: Must be true or false.",
                            "whole: Must be between 0 and 10."));
    EXPECT_THAT(
        faults_of(R"({"name":null,"flag":null})"),
        ElementsAre("name: This field may not be null.", "flag: This field may not be null."));
}

TEST(ShapeReading, CountsCharactersOfTheNormalForm) {
    // Ten bytes and ten code points as they come, five characters as they are kept.
    EXPECT_THAT(faults_of(R"({"name":"e\u0301e\u0301e\u0301e\u0301e\u0301","flag":true})"),
                IsEmpty());
    EXPECT_THAT(faults_of(R"({"name":"abcdef","flag":true})"),
                ElementsAre("name: Must have at most 5 characters."));
    const auto kept = read_json<Everything>(R"({"name":"\u00a0\n a\nb \n","flag":true})");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->name, "a\nb");
}

TEST(ShapeReading, ATextThatNobodyCanSeeIsBlank) {
    // Zero width, directions, a soft hyphen, wide and narrow spaces, the separators of lines, and
    // the letter that Unicode has for filling up.
    for (const char* text : {R"(\u200b)", R"(\u200d\u2060)", R"(\u202e\u2066)", R"(\u00ad)",
                             R"(\u3000 \u2009)", R"(\u2028\u2029)", R"(\u3164)", R"(\ufeff)"})
        EXPECT_THAT(faults_of(std::string(R"({"name":")") + text + R"(","flag":true})"),
                    ElementsAre("name: This field may not be blank."))
            << text;
    for (const char* text : {R"(\u00f1)", R"(\u200bA)", R"(\ud83d\ude97)", R"(.)"})
        EXPECT_THAT(faults_of(std::string(R"({"name":")") + text + R"(","flag":true})"), IsEmpty())
            << text;
}

TEST(ShapeReading, AnswersWithAHundredFaultsAtMost) {
    std::string json = "{";
    for (int i = 0; i < 300; ++i) json += (i > 0 ? ",\"x" : "\"x") + std::to_string(i) + "\":1";
    EXPECT_EQ(faults_of(json + "}").size(), kFaultsMax);
    const std::string longest(900, 'n');
    EXPECT_EQ(faults_of(body("\"" + longest + "\":1")).front().size(),
              64 + std::string(": There is no such field.").size());
}

struct Search {
    static constexpr std::string_view kShape = "Search";
    Coordinate latitude{};
    std::optional<bool> open;
    std::optional<std::vector<std::int32_t>> ids;
    std::optional<std::string> word;
    static consteval auto fields() {
        return std::array{field<&Search::latitude>("latitude", {.min = "-90", .max = "90"}),
                          field<&Search::open>("open"),
                          field<&Search::ids>("ids", {.min = "1", .items_max = 3}),
                          field<&Search::word>("word", {.length = 5})};
    }
};

TEST(ShapeReading, ReadsQueriesAsStrictly) {
    Search search;
    const QueryPairs good{{"ids", "1,2"}, {"latitude", "14.6"}, {"open", "true"}, {"word", " a "}};
    ASSERT_TRUE(read_query(shape_of<Search>(), good, &search));
    EXPECT_EQ(search.latitude.unscaled, 14'600'000);
    EXPECT_THAT(*search.ids, ElementsAre(1, 2));
    EXPECT_EQ(*search.word, "a");
    EXPECT_TRUE(*search.open);

    const auto wrong = [](const QueryPairs& pairs) {
        Search object;
        return lines(read_query(shape_of<Search>(), pairs, &object));
    };
    EXPECT_THAT(
        wrong({{"open", "True"}, {"ids", "1,"}, {"words", "x"}}),
        ElementsAre("open: Must be true or false.",
                    "ids: Must be a whole number between -2147483648 and 2147483647.",
                    "words: There is no such parameter.", "latitude: This field is required."));
    EXPECT_THAT(
        wrong({{"latitude", "nan"}, {"ids", "1,2,3,4"}}),
        ElementsAre("latitude: Must be a number of degrees.", "ids: Must have at most 3 items."));
    EXPECT_THAT(wrong({{"latitude", "1e400"}, {"latitude", "1"}, {"ids", "0"}}),
                ElementsAre("latitude: Must be a number of degrees.",
                            "latitude: This field is given twice.", "ids: Must be at least 1."));
}

struct Plan {
    SEGURIFAI_TABLE(Plan, {.number = 903,
                           .app = "tests",
                           .name = "tests_plan",
                           .retention = Retention::kOperational})
    SEGURIFAI_COLUMN(1, kNone, Id<Plan>, id, .primary_key = true, .identity = true)
    SEGURIFAI_COLUMN(2, kNone, std::string, name, .length = 40)
    SEGURIFAI_COLUMN(3, kCredential, std::string, password, .length = 40)
    SEGURIFAI_COLUMN(4, kNone, std::string, notes)
};

struct PlanView {
    static constexpr std::string_view kShape = "PlanView";
    Plan plan;
    std::optional<Fix> place;
    std::vector<std::int32_t> days;
    Maybe<std::string> nick;
    static consteval auto fields() {
        return std::array{row<&PlanView::plan>({.leave_out = "notes"}),
                          field<&PlanView::place>("place"), field<&PlanView::days>("days"),
                          field<&PlanView::nick>("nick")};
    }
};

TEST(ShapeWriting, PutsTheColumnsOfARowAmongTheFields) {
    PlanView view;
    view.plan = {.id = {3}, .name = "A \"b\"", .password = "secret", .notes = "x"};
    view.days = {1, 2};
    std::string out;
    append_json(out, view);
    EXPECT_EQ(out, R"({"id":3,"name":"A \"b\"","place":null,"days":[1,2]})");

    view.place = Fix{Coordinate{-14'500'000}, Instant{0}};
    view.nick.clear();
    out.clear();
    append_json(out, view);
    EXPECT_EQ(out, R"({"id":3,"name":"A \"b\"","place":{"latitude":-14.500000,)"
                   R"("at":"1970-01-01T00:00:00.000000Z"},"days":[1,2],"nick":null})");

    out.clear();
    append_json(out, std::vector<Plan>{view.plan});
    EXPECT_EQ(out, R"([{"id":3,"name":"A \"b\"","notes":"x"}])");
}

TEST(ShapeWriting, TrimsToTheNamedMembers) {
    PlanView view;
    view.plan = {.id = {3}, .name = "A", .password = "secret", .notes = "x"};
    const FieldType& type = detail::kFieldType<PlanView>;
    const std::vector<std::string> names{"days", "name", "password"};
    std::string out;
    append_members(out, type, &view, MemberChoice(type, names));
    EXPECT_EQ(out, R"({"name":"A","days":[]})");
    EXPECT_TRUE(has_member(type, "name"));
    EXPECT_TRUE(has_member(type, "nick"));
    EXPECT_FALSE(has_member(type, "notes"));
    EXPECT_FALSE(has_member(type, "password"));
    EXPECT_FALSE(has_member(type, "plan"));
}

struct Alone {
    static constexpr std::string_view kShape = "Alone";
    std::int32_t a = 1;
    static consteval auto fields() { return std::array{field<&Alone::a>("a")}; }
};

TEST(ShapeWriting, MakesItsPlanOnceForAllThreads) {
    std::vector<std::jthread> threads;
    std::atomic<int> right = 0;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&right] {
            std::string out;
            append_json(out, Alone{});
            right += out == R"({"a":1})" ? 1 : 0;
        });
    threads.clear();
    EXPECT_EQ(right, 8);
}

struct Endless {
    static constexpr std::string_view kShape = "Endless";
    std::vector<Search> searches;
    std::string text;
    static consteval auto fields() {
        return std::array{field<&Endless::searches>("searches"), field<&Endless::text>("text")};
    }
};

struct Twice {
    static constexpr std::string_view kShape = "Twice";
    Plan plan;
    std::int32_t name = 0;
    static consteval auto fields() {
        return std::array{row<&Twice::plan>(), field<&Twice::name>("name")};
    }
};

struct BadBound {
    static constexpr std::string_view kShape = "BadBound";
    std::int32_t count = 0;
    static consteval auto fields() {
        return std::array{field<&BadBound::count>("count", {.min = "one"})};
    }
};

TEST(ShapeCheck, FindsWhatMustNotStart) {
    EXPECT_TRUE(check_shape(shape_of<Everything>()));
    EXPECT_TRUE(check_shape(shape_of<PlanView>(), ShapeUse::kWrite));
    EXPECT_TRUE(check_shape(shape_of<Endless>(), ShapeUse::kWrite));
    const auto message = [](const Shape& shape) {
        const auto checked = check_shape(shape);
        return checked ? std::string() : checked.error().message;
    };
    EXPECT_THAT(message(shape_of<Endless>()), HasSubstr("Endless.text is a text without a length"));
    EXPECT_THAT(message(shape_of<Twice>()), HasSubstr("Twice.name is there twice"));
    EXPECT_THAT(message(shape_of<BadBound>()), HasSubstr("has a bound that is no value"));
}

}  // namespace
}  // namespace segurifai::http
