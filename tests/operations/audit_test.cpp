// admin.audit and admin.audit.verify (API §2.13), over rows and segments, on both engines.

#include <array>
#include <filesystem>
#include <memory>
#include <set>

#include "apps/audit/tables.hpp"
#include "operations/installed.hpp"
#include "ops/audit_segments/closing.hpp"

namespace segurifai::testing {
namespace {

using audit_segments::Month;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPath = "/api/admin/audit/";

class AuditOperations : public Installed {
protected:
    AuditOperations() {
        actor = api.add_member().id;
        token = new_token();
        add_events({2025, 11}, 40);
        add_events({2025, 12}, 30);
        add_events({2026, 1}, 20);
    }

    void add_events(Month month, int count) {
        const std::int64_t step = (month.ends().micros - month.begins().micros) / count;
        for (int i = 0; i < count; ++i) {
            audit::AuditEvent event;
            event.at = {month.begins().micros + i * step};
            if (i % 2 == 0) event.actor_id = actor;
            event.action = i % 10 == 0 ? "requests.create" : "users.me.update";
            event.object_table = "users_user";
            event.object_id = fmt::format("{}-{}", month.to_string(), i);
            event.after = Json{R"({"city":"Mixco"})"};
            api.insert(event);
        }
    }
    std::unique_ptr<audit_segments::Folder> folder() {
        return audit_segments::disk_folder(api.folder() / "archive" / "audit");
    }
    /// November and December leave the database, in frames of a few events, or some more.
    void close_months(std::size_t frame_bytes = 900) {
        const auto report = value(audit_segments::close_months(
            api.session(), *folder(), api.secrets(),
            {.as_of = Instant::parse("2026-01-10 00:00:00").value(), .frame_bytes = frame_bytes}));
        ASSERT_EQ(report.months.size(), 2U);
        ASSERT_EQ(count("audit_event"), 20);
    }
    TestAnswer get(std::string_view query) {
        return api.get(fmt::format("{}{}", kPath, query), {.token = token});
    }
    /// The objects of every page from that one on, by `link`.
    std::vector<std::string> follow(TestAnswer page, std::string_view link = "/next") {
        std::vector<std::string> objects;
        for (int pages = 0; pages < 200; ++pages) {
            if (page.status != 200) throw std::runtime_error(page.body);
            for (const auto& event : page.json.at("results").as_array())
                objects.emplace_back(event.at("object_id").as_string());
            const std::string next = page.at(link);
            if (next == "null") return objects;
            page = api.get(next.substr(next.find("/api/")), {.token = token});
        }
        throw std::runtime_error("There is no last page.");
    }

    users::UserId actor;
    std::string token;
};
SEGURIFAI_ON_BOTH_ENGINES(AuditOperations);

TEST_P(AuditOperations, IsOneListWhetherMonthsAreClosedOrNot) {
    constexpr std::array kQueries{
        "?page_size=7",
        "?page_size=100",
        "?page_size=7&ordering=at",
        "?page_size=9&action=requests.create",
        "?page_size=9&actor_id__isnull=true",
        "?page_size=3&at__gte=2025-11-20T00:00:00Z&at__lt=2025-12-05T00:00:00Z",
        "?page_size=3&at__lt=2025-12-01T00:00:00Z&ordering=at",
        "?page_size=5&search=CREATE",
        "?page_size=5&object_id__in=2025-11-3,2026-01-4,x",
        "?page_size=5&object_id__icontains=-12-1"};
    std::vector<std::vector<std::string>> before;
    for (const char* query : kQueries) {
        before.push_back(follow(get(query)));
        EXPECT_FALSE(before.back().empty()) << query;
        const std::set<std::string> once(before.back().begin(), before.back().end());
        EXPECT_EQ(once.size(), before.back().size()) << query;
    }
    close_months();
    for (std::size_t i = 0; i < kQueries.size(); ++i)
        EXPECT_EQ(follow(get(kQueries.at(i))), before.at(i)) << kQueries.at(i);
}

TEST_P(AuditOperations, TheNewestComeFirstWithEverythingThatIsKnown) {
    close_months(4'000);
    const TestAnswer first = get("?page_size=2");
    EXPECT_EQ(first.at("/count"), "null");
    EXPECT_EQ(first.at("/results/0/object_id"), "2026-01-19");
    EXPECT_EQ(first.at("/previous"), "null");
    const TestAnswer old = get("?object_id=2025-11-20");
    ASSERT_EQ(old.at("/results/0/object_id"), "2025-11-20") << old.body;
    EXPECT_EQ(old.at("/results/0/actor_id"), actor.value.to_string());
    EXPECT_EQ(old.at("/results/0/action"), "requests.create");
    EXPECT_EQ(old.at("/results/0/after/city"), "Mixco");
}

TEST_P(AuditOperations, PagesGoBackTheWayTheyCame) {
    close_months(4'000);
    TestAnswer page = get("?page_size=30");
    std::vector<std::string> there;
    std::string previous;
    for (int i = 0; i < 3; ++i) {
        for (const auto& event : page.json.at("results").as_array())
            there.emplace_back(event.at("object_id").as_string());
        if (i == 2) break;
        const std::string next = page.at("/next");
        page = api.get(next.substr(next.find("/api/")), {.token = token});
    }
    ASSERT_EQ(there.size(), 90U);
    previous = page.at("/previous");
    page = api.get(previous.substr(previous.find("/api/")), {.token = token});
    EXPECT_EQ(page.at("/results/0/object_id"), there[30]);
    EXPECT_EQ(page.at("/results/29/object_id"), there[59]);
    previous = page.at("/previous");
    page = api.get(previous.substr(previous.find("/api/")), {.token = token});
    EXPECT_EQ(page.at("/results/0/object_id"), there[0]);
}

TEST_P(AuditOperations, ARareEventIsFoundPageByPage) {
    close_months();
    const auto found = follow(get("?object_id=2025-11-0&page_size=1"));
    EXPECT_THAT(found, ElementsAre("2025-11-0"));
    EXPECT_THAT(follow(get("?object_id=nobody")), ElementsAre());
}

TEST_P(AuditOperations, GoesByCursorAndRefusesTheRest) {
    EXPECT_EQ(get("?page=2").status, 404);
    EXPECT_EQ(get("?count=exact&cursor=").status, 400);
    EXPECT_EQ(get("?page_size=101").status, 400);
    EXPECT_EQ(get("?before=x").status, 400);
    EXPECT_EQ(get("?cursor=abc").status, 400);
    EXPECT_EQ(get("?at=yesterday").status, 400);
    EXPECT_THAT(statuses(kPath), ElementsAre(200, 403, 200, 403, 401));
    EXPECT_THAT(statuses("/api/admin/audit/verify/"), ElementsAre(200, 403, 200, 403, 401));
}

TEST_P(AuditOperations, ASegmentThatWasRemovedAfterItsTwoYearsIsPassedOver) {
    close_months();
    wait(std::chrono::hours(24 * 366 * 3));
    token = new_token();
    std::filesystem::remove(api.folder() / "archive" / "audit" / "2025-12.zst");
    EXPECT_EQ(follow(get("?page_size=50")).size(), 60U);
}

TEST_P(AuditOperations, AFileThatIsMissingBeforeItsTimeIsDamage) {
    close_months();
    for (const std::string_view name : {"2025-12.zst", "2025-12.json"}) {
        const auto path = api.folder() / "archive" / "audit" / name;
        std::filesystem::rename(path, api.folder() / "away");
        const TestAnswer missing = get("?page_size=50");
        EXPECT_EQ(missing.status, 503) << name;
        EXPECT_EQ(missing.at("/damaged"), "2025-12") << missing.body;
        std::filesystem::rename(api.folder() / "away", path);
    }
    EXPECT_EQ(follow(get("?page_size=50")).size(), 90U);
}

TEST_P(AuditOperations, VerificationSaysWhatIsAsItWasWritten) {
    EXPECT_EQ(get("verify/").at("/segments"), "0");
    close_months();
    const TestAnswer all = get("verify/");
    EXPECT_EQ(all.at("/ok"), "true") << all.body;
    EXPECT_EQ(all.at("/segments"), "2");
    EXPECT_EQ(all.at("/events"), "70");
    EXPECT_EQ(all.at("/head").size(), 64U);
    EXPECT_EQ(all.at("/first_bad"), "null");
    EXPECT_EQ(get("verify/?from=2025-12-01").at("/events"), "30");
    EXPECT_EQ(get("verify/?to=2025-11-30").at("/events"), "40");
    EXPECT_EQ(get("verify/?to=2024-11-30").at("/events"), "0");
    EXPECT_EQ(get("verify/?from=november").status, 400);
}

TEST_P(AuditOperations, ASegmentThatWasChangedIsFoundAndNotShown) {
    close_months();
    const auto path = api.folder() / "archive" / "audit" / "2025-11.zst";
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 20);
    const TestAnswer bad = get("verify/");
    EXPECT_EQ(bad.status, 200);
    EXPECT_EQ(bad.at("/ok"), "false");
    EXPECT_THAT(bad.at("/first_bad/file"), HasSubstr("2025-11.zst"));
    EXPECT_NE(bad.at("/first_bad/frame"), "null") << bad.body;
    EXPECT_EQ(get("?page_size=30&at__gte=2025-12-05T00:00:00Z").status, 200);
    look();
    const auto health = [&] { return api.get("/api/health/", {.peer = "127.0.0.1"}); };
    EXPECT_EQ(health().at("/checks/archive/ok"), "true") << "nobody has read there yet";
    const TestAnswer refused = get("?page_size=30&at__lt=2025-12-01T00:00:00Z");
    EXPECT_EQ(refused.status, 503) << "what cannot be believed is not shown";
    EXPECT_EQ(refused.at("/code"), "archive_damaged") << refused.body;
    EXPECT_EQ(refused.at("/damaged"), "2025-11");
    EXPECT_EQ(refused.header("Retry-After"), "3600") << "trying again at once does not help";
    EXPECT_EQ(health().at("/checks/archive/ok"), "false");
    EXPECT_EQ(health().at("/checks/archive/damages"), "1");
    EXPECT_THAT(health().at("/checks/archive/what"), HasSubstr("2025-11.zst, frame "));
    wait(std::chrono::hours(25));
    look();
    EXPECT_EQ(health().at("/checks/archive/ok"), "true") << "nobody has met it for a day";
}

}  // namespace
}  // namespace segurifai::testing
