// Lists over HTTP's parameters, as API §1.3 has them: the same on both engines.
#include <gmock/gmock.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/text_folding.hpp"
#include "http/list.hpp"
#include "migrate/state.hpp"
#include "migrate/step.hpp"
#include "support/databases.hpp"
#include "support/run_task.hpp"

namespace segurifai::testing {

enum class Hurry { kLow, kHigh, kUrgent };

}  // namespace segurifai::testing

namespace segurifai::model {
template <>
inline constexpr std::array kWords<testing::Hurry>{
    std::string_view("LOW"), std::string_view("HIGH"), std::string_view("URGENT")};
}  // namespace segurifai::model

namespace segurifai::testing {
namespace {

using http::ListQuery;
using http::ListSpec;
using http::PageLinks;
using http::QueryPairs;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Guest {
    SEGURIFAI_TABLE(Guest, {.number = 905,
                            .app = "tests",
                            .name = "tests_guest",
                            .retention = Retention::kOperational})
    SEGURIFAI_COLUMN(1, kNone, Id<Guest>, id, .primary_key = true, .identity = true)
    SEGURIFAI_COLUMN(2, kNone, std::string, name, .length = 60)
    SEGURIFAI_COLUMN(3, kNone, std::string, phone, .length = 20)
    SEGURIFAI_COLUMN(4, kCredential, std::string, word, .length = 10)
};

struct Visit {
    SEGURIFAI_TABLE(Visit, {.number = 904,
                            .app = "tests",
                            .name = "tests_visit",
                            .retention = Retention::kOperational})
    SEGURIFAI_COLUMN(1, kNone, Id<Visit>, id, .primary_key = true, .identity = true)
    SEGURIFAI_COLUMN(2, kNone, std::string, name, .length = 60)
    SEGURIFAI_COLUMN(3, kNone, std::optional<std::string>, note)
    SEGURIFAI_COLUMN(4, kNone, Instant, seen_at)
    SEGURIFAI_COLUMN(5, kNone, std::optional<std::int32_t>, stars)
    SEGURIFAI_COLUMN(6, kNone, Json, details, .preset = "{}", .json = JsonKind::kObject)
    SEGURIFAI_COLUMN(7, kCredential, std::string, secret, .length = 10)
    SEGURIFAI_COLUMN(8, kReference, std::optional<Id<Guest>>, guest_id, .references = "tests_guest",
                     .on_delete = OnDelete::kRestrict)
    SEGURIFAI_COLUMN(9, kNone, Hurry, hurry, .length = 20, .preset = "LOW")
    SEGURIFAI_COLUMN(10, kNone, std::optional<Date>, until)
    SEGURIFAI_COLUMN(11, kNone, std::optional<Uuid>, owner)

    static constexpr std::array kIndexes{model::Index{.name = "seen", .columns = {"seen_at"}}};
};

constexpr std::array kTables{&model::table_of<Guest>(), &model::table_of<Visit>()};
constexpr std::array kFilters{std::string_view("id"), std::string_view("stars"),
                              std::string_view("name"), std::string_view("hurry")};
constexpr std::array kWordsOfKinds{std::string_view("TOW"), std::string_view("TIRE")};
constexpr std::array kDerived{
    http::DerivedFilter{.name = "kind",
                        .expression = "details ->> 'kind'",
                        .type = model::Type::kVarchar,
                        .choices = kWordsOfKinds},
    http::DerivedFilter{
        .name = "digits", .expression = "length(name)", .type = model::Type::kInteger},
    http::DerivedFilter{
        .name = "mine", .expression = "owner = {person}", .type = model::Type::kBoolean},
    http::DerivedFilter{.name = "current",
                        .expression = "until IS NULL OR (until >= {today} AND until <> {today})",
                        .type = model::Type::kBoolean}};
constexpr std::array kSearch{std::string_view("name"), std::string_view("note")};
constexpr std::array kGuestTexts{std::string_view("name")};
constexpr model::ReferredTexts kGuest{.column = "guest_id",
                                      .table = &model::table_of<Guest>(),
                                      .texts = kGuestTexts,
                                      .phone = "phone"};
constexpr std::array kOrders{std::string_view("-seen_at"), std::string_view("name"),
                             std::string_view("stars"), std::string_view("hurry")};
constexpr std::array kRanked{std::string_view("hurry")};
constexpr ListSpec kVisits{.table = &model::table_of<Visit>(),
                           .filters = kFilters,
                           .derived = kDerived,
                           .search = kSearch,
                           .staff_search = &kGuest,
                           .orders = kOrders,
                           .ranked = kRanked};
constexpr std::string_view kPath = "/api/visits/";

const security::TextSigner& signer() {
    constexpr std::uint8_t kBytes[security::Key::kSize] = {7};
    static const security::TextSigner made{security::Key(kBytes)};
    return made;
}

/// The pairs of "a=1&b=2"; what these tests send needs no decoding.
QueryPairs pairs_of(std::string_view query) {
    QueryPairs pairs;
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        const std::size_t equals = pair.find('=');
        pairs.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
        query = end == std::string_view::npos ? "" : query.substr(end + 1);
    }
    return pairs;
}

constexpr Uuid kAsker{{1, 2, 3}};
constexpr Date kToday{20'487};

Result<ListQuery> parsed(std::string_view query, std::string_view path = kPath,
                         bool is_staff = false) {
    const http::ListAsker asker{.given = {.person = kAsker, .today = kToday}, .is_staff = is_staff};
    return http::parse_list(kVisits, path, pairs_of(query), signer(), asker);
}

std::vector<std::string> faults_of(const QueryPairs& pairs) {
    const auto list = http::parse_list(kVisits, kPath, pairs, signer());
    std::vector<std::string> lines;
    if (list) return lines;
    for (const Fault& fault : list.error().faults)
        lines.push_back(fault.path + ": " + fault.message);
    return lines;
}
std::vector<std::string> faults_of(std::string_view query) {
    return faults_of(pairs_of(query));
}

class Lists : public ::testing::TestWithParam<sql::Engine> {
protected:
    Lists() : database_(GetParam()), session_(database_.session()) {
        for (const std::string& text :
             migrate::create_statements(GetParam(), migrate::state_of(kTables)))
            if (auto done = session_->script(text); !done)
                throw std::runtime_error(describe(done.error()));
    }

    void add(std::string name, std::int64_t seen, std::optional<std::int32_t> stars = {},
             std::optional<std::string> note = {}, std::string details = "{}") {
        Visit row;
        row.name = std::move(name);
        row.seen_at = Instant{seen};
        row.stars = stars;
        row.note = std::move(note);
        row.details.text = std::move(details);
        insert(row);
    }
    template <class T>
    void insert(T& row) {
        const auto done = model::insert_blocking(*session_, clock_, row);
        ASSERT_TRUE(done) << describe(done.error());
    }
    /// A visit named `name` of a new guest.
    void add_of_guest(std::string name, std::string guest, std::string phone) {
        Guest of;
        of.name = std::move(guest);
        of.phone = std::move(phone);
        of.word = "sesame";
        insert(of);
        Visit row;
        row.name = std::move(name);
        row.guest_id = of.id;
        insert(row);
    }

    Result<http::Rows<Visit>> page(std::string_view query) {
        auto list = parsed(query, kPath, is_staff_);
        if (!list) return std::unexpected(list.error());
        const auto opened = sql::open_database(database_.url());
        if (!opened) return std::unexpected(opened.error());
        return run(http::read_page<Visit>(**opened, *list, signer()));
    }

    std::vector<std::string> names(std::string_view query) {
        const auto rows = page(query);
        EXPECT_TRUE(rows) << describe(rows.error());
        std::vector<std::string> out;
        if (rows)
            for (const Visit& row : rows->rows) out.push_back(row.name);
        return out;
    }

    /// How the statement is done that is tried first.
    std::string explained(std::string_view query) {
        auto list = parsed(query);
        if (!list) return describe(list.error());
        list->filter.limit(20);
        const bool sqlite = GetParam() == sql::Engine::kSqlite;
        const auto quick = list->filter.select_by_first(GetParam());
        const auto statement = quick ? *quick : list->filter.select(GetParam());
        std::string plan;
        auto sink = sql::each_row(
            [&](const sql::Row& row) { plan += std::string(row.text(sqlite ? 3 : 0)) + "\n"; });
        const auto done =
            session_->run((sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ") + statement.text,
                          statement.values(), &sink);
        if (!done) return describe(done.error());
        return plan;
    }

    bool is_staff_ = false;  ///< asks for the pages
    ManualClock clock_{Instant{1'770'141'845'000'000}};
    TestDatabase database_;
    std::unique_ptr<sql::Session> session_;
};

SEGURIFAI_ON_BOTH_ENGINES(Lists);

/// The parameters after the path of a link, decoded as far as these tests need.
std::string query_of(const std::optional<std::string>& link) {
    if (!link) return "none";
    EXPECT_TRUE(link->starts_with(kPath));
    std::string query = link->substr(std::min(link->size(), kPath.size() + 1));
    for (std::size_t at = 0; (at = query.find("%2C", at)) != std::string::npos;)
        query.replace(at, 3, ",");
    return query;
}

TEST_P(Lists, AreNumberedPagesAsInDjango) {
    for (int i = 1; i <= 5; ++i) add("v" + std::to_string(i), i);
    const auto first = page("page_size=2");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->links.count, 5);
    EXPECT_EQ(first->links.next, "/api/visits/?page_size=2&page=2");
    EXPECT_EQ(first->links.previous, std::nullopt);
    const auto second = page("page_size=2&page=2&name__in=v1,v2,v3,v4,v5");
    EXPECT_EQ(second->links.next,
              "/api/visits/?page_size=2&name__in=v1%2Cv2%2Cv3%2Cv4%2Cv5&page=3");
    EXPECT_EQ(second->links.previous, "/api/visits/?page_size=2&name__in=v1%2Cv2%2Cv3%2Cv4%2Cv5");
    EXPECT_EQ(page("page=2")->links.previous, std::nullopt);
}

TEST_P(Lists, EndWithTheLastPage) {
    add("v1", 1);
    EXPECT_TRUE(page("page=1"));
    for (const char* query : {"page=2", "page=9223372036854775807", "page=99999999999999999999"}) {
        const auto past = page(query);
        ASSERT_FALSE(past) << query;
        EXPECT_EQ(past.error().code, Code::kNotFound);
        EXPECT_EQ(past.error().message, "Invalid page.");
    }
    const auto empty = page("name=nobody");
    ASSERT_TRUE(empty);
    EXPECT_EQ(empty->links.count, 0);
    EXPECT_THAT(empty->rows, IsEmpty());
}

TEST_P(Lists, WalkBothWaysWithCursors) {
    for (int i = 0; i < 23; ++i)
        add("v" + std::to_string(i), i / 3, i % 4 == 0 ? std::nullopt : std::optional(i % 5));
    for (const Hurry hurry : {Hurry::kHigh, Hurry::kUrgent})
        session_
            ->run("UPDATE tests_visit SET hurry = $1 WHERE id % 4 = $2",
                  std::array{sql::Value::text(model::word(hurry)),
                             sql::Value::integer(static_cast<int>(hurry))})
            .value();
    for (const std::string ordering :
         {"-seen_at", "seen_at", "stars", "-stars,name", "name", "hurry", "-hurry",
          "-hurry,seen_at", "stars,-hurry", "-hurry,-seen_at,stars"}) {
        SCOPED_TRACE(ordering);
        const auto whole = names("page_size=100&ordering=" + ordering);
        std::vector<std::string> forward;
        std::string query = "page_size=4&cursor=&ordering=" + ordering;
        std::string last;
        while (query != "none") {
            const auto rows = page(query);
            ASSERT_TRUE(rows) << describe(rows.error());
            EXPECT_EQ(rows->links.count, std::nullopt);
            EXPECT_EQ(rows->links.previous.has_value(), !forward.empty());
            for (const Visit& row : rows->rows) forward.push_back(row.name);
            last = query_of(rows->links.previous);
            query = query_of(rows->links.next);
        }
        EXPECT_EQ(forward, whole);

        std::vector<std::string> backward(whole.end() - 3, whole.end());
        for (query = last; query != "none";) {
            const auto rows = page(query);
            ASSERT_TRUE(rows) << describe(rows.error());
            EXPECT_TRUE(rows->links.next);
            std::vector<std::string> joined;
            for (const Visit& row : rows->rows) joined.push_back(row.name);
            joined.insert(joined.end(), backward.begin(), backward.end());
            backward = std::move(joined);
            query = query_of(rows->links.previous);
        }
        EXPECT_EQ(backward, whole);
    }
    EXPECT_EQ(page("cursor=&count=exact")->links.count, 23);
}

TEST_P(Lists, OrderByTheKeyWhatElseIsEqualWhereverAPageEnds) {
    for (int i = 0; i < 12; ++i) add("v" + std::to_string(i), i == 4 || i == 9 ? i - 1 : i);
    // The keys fall while the rows stand in the order in which they were made.
    ASSERT_TRUE(session_->script("UPDATE tests_visit SET id = 100 - id"));
    std::vector<std::string> expected{"v0", "v1", "v2", "v4", "v3",  "v5",
                                      "v6", "v7", "v9", "v8", "v10", "v11"};
    for (const std::string ordering : {"seen_at", "-seen_at"}) {
        for (int size = 1; size <= 13; ++size) {
            SCOPED_TRACE(ordering + " by " + std::to_string(size));
            std::vector<std::string> found;
            std::string query =
                "cursor=&page_size=" + std::to_string(size) + "&ordering=" + ordering;
            while (query != "none") {
                const auto rows = page(query);
                ASSERT_TRUE(rows) << describe(rows.error());
                EXPECT_LE(rows->rows.size(), static_cast<std::size_t>(size));
                for (const Visit& row : rows->rows) found.push_back(row.name);
                query = query_of(rows->links.next);
            }
            EXPECT_EQ(found, expected);
        }
        std::reverse(expected.begin(), expected.end());
    }
}

TEST_P(Lists, StayInPlaceWhileRowsArrive) {
    for (int i = 0; i < 6; ++i) add("v" + std::to_string(i), 10 + i);
    const auto first = page("cursor=&page_size=3");
    add("new", 99);
    const auto second = page(query_of(first->links.next));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->rows.front().name, "v2");
    const auto back = page(query_of(second->links.previous));
    EXPECT_EQ(back->rows.front().name, "v5");
    EXPECT_EQ(names(query_of(back->links.previous)), std::vector<std::string>{"new"});
}

TEST_P(Lists, SearchEveryWordWithoutCaseAndAccents) {
    add("Grúa ÑANDÚ", 1, {}, "Avería en la calle");
    add("grua", 2, {}, std::nullopt);
    add("100%_Móvil", 3, {}, "x\\y");
    EXPECT_THAT(names("search=GRUA&ordering=seen_at"), ElementsAre("Grúa ÑANDÚ", "grua"));
    EXPECT_THAT(names("search=  nandu   averia "), ElementsAre("Grúa ÑANDÚ"));
    EXPECT_THAT(names("search=ÑaNdÚ CALLE"), ElementsAre("Grúa ÑANDÚ"));
    EXPECT_THAT(names("search=n\xcc\x83"
                      "andu"),
                ElementsAre("Grúa ÑANDÚ"));
    EXPECT_THAT(names("search=grua calle x"), IsEmpty());
    EXPECT_THAT(names("search=0%_m"), ElementsAre("100%_Móvil"));
    EXPECT_THAT(names("search=%25"), IsEmpty());
    EXPECT_THAT(names("search=\\"), ElementsAre("100%_Móvil"));
    EXPECT_EQ(names("search=").size(), 3u);
}

TEST_P(Lists, FoldEveryLetterAlike) {
    add("letters", 1, {}, letters_folded_from());
    add("others", 2, {}, "ÆÐÞßæðþ×÷Łŷ");
    EXPECT_EQ(folded(letters_folded_from()), letters_folded_to());
    EXPECT_THAT(names("search=" + letters_folded_to()), ElementsAre("letters"));
    EXPECT_THAT(names("search=" + letters_folded_from()), ElementsAre("letters"));
    EXPECT_THAT(names("search=ÆÐÞßæðþ×÷Łŷ"), ElementsAre("others"));
    EXPECT_THAT(names("search=ææ"), IsEmpty());
}

TEST_P(Lists, FilterByColumnsAndExpressions) {
    add("one", 1, 1, {}, R"({"kind":"TOW"})");
    add("three", 2, std::nullopt, {}, R"({"kind":"TIRE"})");
    add("Élan", 3, 3);
    EXPECT_THAT(names("kind=TOW"), ElementsAre("one"));
    EXPECT_THAT(names("kind__in=TOW,TIRE&ordering=name"), ElementsAre("one", "three"));
    EXPECT_THAT(names("kind__isnull=true"), ElementsAre("Élan"));
    EXPECT_THAT(names("kind__icontains=tir"), ElementsAre("three"));
    EXPECT_THAT(names("kind__gt=TIRE"), ElementsAre("one"));
    EXPECT_THAT(names("digits__gte=4&ordering=seen_at"), ElementsAre("three", "Élan"));
    EXPECT_THAT(names("stars__isnull=true&digits=5"), ElementsAre("three"));
    EXPECT_THAT(names("stars__lt=3&name__icontains=ONE"), ElementsAre("one"));
}

TEST_P(Lists, OrderAndCompareWordsByTheirRank) {
    for (const Hurry hurry : {Hurry::kUrgent, Hurry::kLow, Hurry::kHigh, Hurry::kUrgent}) {
        Visit row;
        row.name = std::string(model::word(hurry));
        row.hurry = hurry;
        insert(row);
    }
    EXPECT_THAT(names("ordering=hurry"), ElementsAre("LOW", "HIGH", "URGENT", "URGENT"));
    EXPECT_THAT(names("ordering=-hurry"), ElementsAre("URGENT", "URGENT", "HIGH", "LOW"));
    EXPECT_THAT(names("ordering=hurry&hurry__gte=HIGH"), ElementsAre("HIGH", "URGENT", "URGENT"));
    EXPECT_THAT(names("hurry__lt=HIGH"), ElementsAre("LOW"));
    EXPECT_THAT(names("ordering=hurry&hurry__lte=HIGH"), ElementsAre("LOW", "HIGH"));
    EXPECT_THAT(names("hurry__gt=URGENT"), ElementsAre());
    EXPECT_THAT(faults_of({{"hurry__gte", "SOON"}}),
                ElementsAre("hurry__gte: 'SOON' is none of its choices."));
}

TEST_P(Lists, StayInPlaceWhileRanksChange) {
    for (int i = 0; i < 6; ++i) add("v" + std::to_string(i), i);
    ASSERT_TRUE(session_->script("UPDATE tests_visit SET hurry = 'HIGH' WHERE name >= 'v3'"));
    const auto first = page("cursor=&page_size=2&ordering=-hurry");
    ASSERT_EQ(first->rows.back().name, "v4");
    // What was shown sinks, and what is new stands before the place.
    ASSERT_TRUE(session_->script("UPDATE tests_visit SET hurry = 'LOW' WHERE name = 'v4'"));
    Visit fresh;
    fresh.name = "new";
    fresh.hurry = Hurry::kUrgent;
    insert(fresh);
    EXPECT_THAT(names(query_of(first->links.next)), ElementsAre("v3", "v4"));
    const auto second = page(query_of(first->links.next));
    EXPECT_THAT(names(query_of(second->links.previous)), ElementsAre("new", "v5"));
}

TEST_P(Lists, SearchWhatTheyReferToForStaffAlone) {
    add_of_guest("one", "Elena Marroquín", "+50255551234");
    add_of_guest("two", "Óscar Pineda", "+50244441234");
    add("three", 1, {}, "Elena llamó");
    EXPECT_THAT(names("search=marroquin"), IsEmpty());
    EXPECT_THAT(names("search=5555"), IsEmpty());
    EXPECT_THAT(names("search=elena"), ElementsAre("three"));
    is_staff_ = true;
    EXPECT_THAT(names("search=MARROQUIN"), ElementsAre("one"));
    EXPECT_THAT(names("search=elena&ordering=name"), ElementsAre("one", "three"));
    EXPECT_THAT(names("search=elena pineda"), IsEmpty());
    EXPECT_THAT(names("search=óscar two"), ElementsAre("two")) << "a word in each row";
    for (const char* phone : {"5555-1234", "+502 5555 1234", "(502)5555.1234", "55551234"})
        EXPECT_THAT(names("search=" + std::string(phone)), ElementsAre("one")) << phone;
    EXPECT_THAT(names("search=1234 oscar"), ElementsAre("two"));
    for (const char* hostile : {"+", "-", "()", "%", "_", "' OR 1=1 --", "1' OR '1'='1", "sesame",
                                "{person}", "$1", "\\", "5555a", "tests_guest.word"})
        EXPECT_THAT(names("search=" + std::string(hostile)), IsEmpty()) << hostile;
    EXPECT_EQ(names("search=").size(), 3u);
    EXPECT_EQ(page("search=elena")->links.count, 2);
    const auto walked = page("search=elena&cursor=&page_size=1&ordering=-name");
    EXPECT_THAT(names(query_of(walked->links.next)), ElementsAre("one"));
}

TEST_P(Lists, AnswerByWhoAsksAndOnWhichDay) {
    const auto add_owned = [&](std::string name, std::optional<Uuid> owner,
                               std::optional<Date> until) {
        Visit row;
        row.name = std::move(name);
        row.owner = owner;
        row.until = until;
        insert(row);
    };
    add_owned("a", kAsker, Date{kToday.days - 1});
    add_owned("b", Uuid{{9}}, kToday);
    add_owned("c", std::nullopt, Date{kToday.days + 1});
    add_owned("d", kAsker, std::nullopt);
    EXPECT_THAT(names("mine=true&ordering=name"), ElementsAre("a", "d"));
    EXPECT_THAT(names("mine=false"), ElementsAre("b"));
    EXPECT_THAT(names("mine__in=true,false&ordering=name"), ElementsAre("a", "b", "d"));
    EXPECT_THAT(names("mine__isnull=true"), ElementsAre("c"));
    EXPECT_THAT(names("current=true&ordering=name"), ElementsAre("c", "d"));
    EXPECT_THAT(names("current=false&mine=true"), ElementsAre("a"));
    EXPECT_THAT(names("current=false&search=b"), ElementsAre("b"));
    const auto first = page("mine=true&current=false&cursor=&count=exact");
    EXPECT_EQ(first->links.count, 1);
}

TEST_P(Lists, FollowTheIndexOfTheirOrder) {
    for (int i = 0; i < 400; ++i) add("v", i);
    const bool sqlite = GetParam() == sql::Engine::kSqlite;
    ASSERT_TRUE(session_->script(sqlite ? "ANALYZE" : "ANALYZE; SET enable_seqscan = off"));
    const auto first = page("cursor=&page_size=2");
    const std::string next = query_of(first->links.next);
    const std::string plan = explained(next);
    EXPECT_THAT(plan, HasSubstr(sqlite ? "USING INDEX tests_visit_seen (seen_at<?"
                                       : "Index Cond: (seen_at <= "))
        << plan;
    EXPECT_THAT(plan, Not(AnyOf(HasSubstr("TEMP B-TREE"), HasSubstr("Sort"))));
    const auto second = page(next);
    const std::string back = explained(query_of(second->links.previous));
    EXPECT_THAT(back, HasSubstr(sqlite ? "USING INDEX tests_visit_seen (seen_at>?"
                                       : "Index Cond: (seen_at >= "))
        << back;
}

TEST(ListParameters, AreReadStrictly) {
    EXPECT_THAT(
        faults_of("page=x&page_size=101&colour=red&secret=x&name__like=a&stars=five"),
        ElementsAre("page: Must be a whole number.", "page_size: Must be between 1 and 100.",
                    "colour: There is no such parameter.", "secret: There is no such parameter.",
                    "name__like: There is no operator 'like'.",
                    "stars: Must be a whole number between -2147483648 and 2147483647."));
    EXPECT_THAT(faults_of("page=0"), ElementsAre("page: Must be at least 1."));
    EXPECT_THAT(faults_of("page=-99999999999999999999"), ElementsAre("page: Must be at least 1."));
    EXPECT_THAT(faults_of("page=1&page=2"), ElementsAre("page: This field is given twice."));
    EXPECT_THAT(faults_of("page=1&cursor="), ElementsAre("page: Must not stand beside cursor."));
    EXPECT_THAT(faults_of("count=all"), ElementsAre("count: Must be one of exact."));
    EXPECT_THAT(faults_of("ordering=secret"),
                ElementsAre("ordering: There is no ordering 'secret'."));
    EXPECT_THAT(faults_of("ordering=name,-name"), ElementsAre("ordering: 'name' is named twice."));
    EXPECT_THAT(faults_of("fields=a,,b"),
                ElementsAre("fields: Must be names of fields, joined by commas."));
    EXPECT_THAT(faults_of("mine=perhaps&current=1&mine__gt=true"),
                ElementsAre("mine: Must be true or false.", "current: Must be true or false.",
                            "mine__gt: A column of this type has no such operator."));
    EXPECT_THAT(faults_of("kind=BIKE"), ElementsAre("kind: 'BIKE' is none of its choices."));
    EXPECT_THAT(faults_of("search=a b c d e f g h i j k"),
                ElementsAre("search: Must have at most 10 words."));
    EXPECT_THAT(faults_of(QueryPairs{{"search", std::string("a\0b", 3)}}),
                ElementsAre("search: Must not contain control characters."));
    EXPECT_THAT(faults_of(QueryPairs{{"name", std::string("a\0b", 3)}}),
                ElementsAre("name: Must be well-formed text without the character U+0000."));
    EXPECT_EQ(parsed("fields=id,name")->fields, (std::vector<std::string>{"id", "name"}));
}

TEST(ListParameters, TakeACursorOnlyForItsList) {
    const auto list = parsed("cursor=&stars=5&page_size=3");
    ASSERT_TRUE(list);
    Visit row;
    row.id = {9};
    const PageLinks links = http::links_of(*list, signer(), &row, &row, true, {});
    const std::string query = query_of(links.next);
    EXPECT_TRUE(parsed(query));
    EXPECT_TRUE(parsed(query, "/api/visits"));
    EXPECT_TRUE(parsed(query + "&count=exact&fields=id"));
    const auto reason = "cursor: Must be a cursor of this list.";
    EXPECT_THAT(faults_of(query + "&ordering=name"), ElementsAre(reason));
    EXPECT_THAT(faults_of(query + "&name=a"), ElementsAre(reason));
    EXPECT_THAT(faults_of(query + "x"), ElementsAre(reason));
    EXPECT_THAT(faults_of("cursor=" + query.substr(query.find("cursor=") + 7)),
                ElementsAre(reason));
    EXPECT_FALSE(parsed(query, "/api/others/"));
    EXPECT_THAT(faults_of("cursor=n0:"), ElementsAre(reason));
}

TEST(ListParameters, AreCheckedAtStart) {
    EXPECT_TRUE(http::check_list(kVisits));
    constexpr std::array kSecret{std::string_view("secret")};
    constexpr std::array kNote{std::string_view("note")};
    ListSpec wrong = kVisits;
    wrong.filters = kSecret;
    EXPECT_FALSE(http::check_list(wrong));
    wrong = kVisits;
    wrong.orders = kNote;
    EXPECT_FALSE(http::check_list(wrong));
    constexpr std::array kStars{std::string_view("stars")};
    wrong = kVisits;
    wrong.ranked = kStars;
    EXPECT_FALSE(http::check_list(wrong));
    constexpr std::array kWord{std::string_view("word")};
    for (const model::ReferredTexts& referred :
         {model::ReferredTexts{"guest_id", kGuest.table, kWord},
          model::ReferredTexts{"guest_id", kGuest.table, kGuestTexts, "word"},
          model::ReferredTexts{"guest_id", kGuest.table, {}, "phone"},
          model::ReferredTexts{"stars", kGuest.table, kGuestTexts}}) {
        wrong = kVisits;
        wrong.staff_search = &referred;
        EXPECT_FALSE(http::check_list(wrong)) << referred.column;
    }
}

TEST(ListParameters, OfASearchOfOthersAreForStaff) {
    ListSpec spec = kVisits;
    spec.search = {};
    const auto search = [&](bool is_staff) {
        return http::parse_list(spec, kPath, pairs_of("search=x"), signer(),
                                {.given = {}, .is_staff = is_staff});
    };
    EXPECT_TRUE(search(true));
    const auto refused = search(false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().faults.front(), (Fault{"search", "There is no such parameter."}));
}

}  // namespace
}  // namespace segurifai::testing
