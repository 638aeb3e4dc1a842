// Nine years of an installation: after each run exactly what must be gone is gone, and everything
// else is as it was, in the live tables or in the archive.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "ops/retention/archive.hpp"
#include "ops/retention/holds.hpp"
#include "retention/installation.hpp"
#include "support/proof.hpp"

namespace segurifai::testing {
namespace {

using archive::HoldKind;
using retention::Policy;

constexpr std::uint64_t kSeed = 20'261'125;

Instant instant(std::string_view text) {
    return *Instant::parse(text);
}

/// Requests from 2018 to 2026; positions around the turn of 2020.
const History& nine_years() {
    static const History history(kSeed, {.requests = 300,
                                         .first = *Date::parse("2018-01-01"),
                                         .days = 3'286,
                                         .positions_first = *Date::parse("2019-12-15"),
                                         .positions_days = 40});
    return history;
}

class Years : public ::testing::TestWithParam<sql::Engine> {
protected:
    Years() : installation(GetParam()) { installation.load(nine_years()); }

    void run_at(Instant now) {
        installation.clock.set(now);
        const auto ran = installation.run_all(installation.session());
        ASSERT_TRUE(ran) << describe(ran.error());
    }

    /// Runs, and compares everything.
    void step(const Expectation& expectation, Instant now) {
        SCOPED_TRACE(now.to_string());
        run_at(now);
        EXPECT_EQ(difference(expectation.at(now), installation.content()), "");
        for (const History::Request& request : nine_years().requests)
            for (const std::string& file : request.files)
                EXPECT_EQ(installation.has_file(file), expectation.is_kept(request, now)) << file;
    }

    RetentionInstallation installation;
};
SEGURIFAI_ON_BOTH_ENGINES(Years);

/// Each month's first, and the microseconds around what some rows wait for.
std::set<Instant> moments() {
    std::set<Instant> moments;
    for (int year = 2018; year <= 2034; ++year)
        for (int month = 1; month <= 12; month += year < 2022 ? 1 : 3)
            moments.insert(Instant{Date::of(year, month, 1)->days * kMicrosPerDay});
    for (std::size_t i = 0; i < nine_years().requests.size(); i += 25)
        if (const auto ended = nine_years().requests[i].ended)
            for (const int years : {2, 7}) {
                std::string text = ended->to_string();
                text.replace(0, 4, std::to_string(std::stoi(text.substr(0, 4)) + years));
                if (const auto at = Instant::parse(text))
                    moments.insert({Instant{at->micros - 1}, *at});
            }
    for (int day = 85; day < 135; day += 7) {
        const std::int64_t at =
            (Date::parse("2019-12-15")->days + day) * std::int64_t{kMicrosPerDay};
        moments.insert({Instant{at - 1}, Instant{at}});
    }
    for (std::size_t i = 0; i < nine_years().timed.size(); i += 29) {
        const std::int64_t at = nine_years().timed[i].from.micros + kMicrosPerDay;
        moments.insert({Instant{at - 1}, Instant{at}});
    }
    return moments;
}

TEST_P(Years, OnlyWhatIsPastItsTimeGoes) {
    const Expectation expectation(nine_years(), {});
    for (const Instant now : moments()) {
        step(expectation, now);
        if (HasFailure()) return;
    }
    EXPECT_TRUE(expectation.at(*moments().rbegin()).archived.empty());
}

TEST_P(Years, DayByDayOnlyWhatIsPastItsTimeGoes) {
    if (!is_proving()) GTEST_SKIP() << "takes minutes: tools/prove retention runs it";
    const Expectation expectation(nine_years(), {});
    int days = 0;
    for (Date day = *Date::parse("2020-01-01"); day < *Date::parse("2034-02-01"); ++day.days) {
        step(expectation, Instant{day.days * kMicrosPerDay});
        if (HasFailure()) return;
        ++days;
    }
    tell_proof(fmt::format("nine years of rows, {} days one by one on {}", days,
                           sql::name_of(GetParam())));
}

TEST_P(Years, WhatIsHeldStays) {
    const auto& requests = nine_years().requests;
    const std::vector<Hold> holds{{HoldKind::kRequest, requests[7].number},
                                  {HoldKind::kMember, requests[20].user},
                                  {HoldKind::kProvider, "2"}};
    installation.hold(holds);
    const Expectation expectation(nine_years(), holds);
    for (const char* now : {"2020-04-15T03:00:00Z", "2022-06-30T00:00:00Z", "2035-01-01T00:00:00Z"})
        step(expectation, instant(now));
}

TEST_P(Years, AHoldOnAnArchivedRequestKeepsItInTheArchive) {
    run_at(instant("2023-01-01T00:00:00Z"));
    const auto found = retention::search(installation.session(), {.limit = 1});
    ASSERT_TRUE(found) << describe(found.error());
    ASSERT_EQ(found->size(), 1U);
    const std::string number = found->front().request_number;
    installation.hold({{HoldKind::kRequest, number}});
    run_at(instant("2040-01-01T00:00:00Z"));
    EXPECT_EQ(installation.content().archived.count(number), 1U);
    ASSERT_TRUE(retention::release_hold(installation.session(), installation.clock,
                                        HoldKind::kRequest, number));
    run_at(instant("2040-01-01T00:00:00Z"));
    EXPECT_TRUE(installation.content().archived.empty());
}

TEST_P(Years, WhoHoldsReleasesOrRestoresIsInTheAuditLog) {
    run_at(instant("2023-01-01T00:00:00Z"));
    sql::Session& session = installation.session();
    const std::string number = retention::search(session, {.limit = 1})->front().request_number;
    const auto place = [&] {
        return retention::place_hold(session, installation.clock, HoldKind::kRequest, number,
                                     "Court order 12/2026");
    };
    ASSERT_TRUE(place());
    const auto again = place();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().message, "'" + number + "' is held already.");
    ASSERT_TRUE(retention::release_hold(session, installation.clock, HoldKind::kRequest, number));
    ASSERT_TRUE(retention::restore(session, installation.clock, installation.registry(), number));
    std::vector<std::string> events;
    auto sink = sql::each_row([&](const sql::Row& row) {
        events.push_back(fmt::format("{} {} {}", row.text(0), row.text(1), row.text(2)));
    });
    ASSERT_TRUE(
        session.run("SELECT action, CAST(before AS TEXT), CAST(after AS TEXT) FROM audit_event "
                    "WHERE action LIKE "
                    "'archive.%' ORDER BY id",
                    {}, &sink));
    ASSERT_EQ(events.size(), 3U);
    EXPECT_TRUE(events[0].starts_with("archive.hold {}")) << events[0];
    EXPECT_TRUE(events[0].contains("Court order 12/2026")) << events[0];
    EXPECT_TRUE(events[1].starts_with("archive.release {")) << events[1];
    EXPECT_TRUE(events[1].ends_with(" {}")) << events[1];
    EXPECT_TRUE(events[1].contains("Court order 12/2026")) << events[1];
    EXPECT_TRUE(events[2].starts_with("archive.restore ")) << events[2];
}

TEST_P(Years, RunningAgainChangesNothing) {
    run_at(instant("2024-02-29T12:00:00Z"));
    const Content once = installation.content();
    for (const Policy policy : retention::kPolicies) {
        const auto again = installation.run(installation.session(), policy);
        ASSERT_TRUE(again) << describe(again.error());
        for (const retention::Line& line : again->lines) EXPECT_EQ(line.done, 0) << line.table;
    }
    EXPECT_EQ(difference(once, installation.content()), "");
}

TEST_P(Years, ADryRunSaysWhatARunDoesAndChangesNothing) {
    installation.clock.set(instant("2026-11-01T00:00:00Z"));
    for (const Policy policy : retention::kPolicies) {
        const Content before = installation.content();
        auto options = installation.options();
        options.dry_run = true;
        const auto said = retention::run(installation.session(), policy, options);
        ASSERT_TRUE(said) << describe(said.error());
        EXPECT_EQ(difference(before, installation.content()), "");
        const auto done = installation.run(installation.session(), policy);
        ASSERT_TRUE(done) << describe(done.error());
        ASSERT_EQ(said->lines.size(), done->lines.size());
        for (std::size_t i = 0; i < said->lines.size(); ++i) {
            SCOPED_TRACE(said->lines[i].table);
            EXPECT_EQ(said->lines[i].done, 0);
            EXPECT_EQ(said->lines[i].due, done->lines[i].done);
            EXPECT_EQ(said->lines[i].bytes, done->lines[i].bytes);
            EXPECT_EQ(said->lines[i].left, done->lines[i].left);
        }
    }
}

TEST_P(Years, ADryRunOfAllSaysWhatTheOneBeforeBringsTheOneAfter) {
    installation.clock.set(instant("2026-11-01T00:00:00Z"));
    auto options = installation.options();
    options.dry_run = true;
    const auto dry = [&](Policy policy) {
        return *retention::run(installation.session(), policy, options);
    };
    const retention::Report requests = dry(Policy::kRequests);
    retention::Report archive = dry(Policy::kArchive);
    retention::follow(archive, requests);
    const auto moved = installation.run(installation.session(), Policy::kRequests);
    ASSERT_TRUE(moved) << describe(moved.error());
    const auto purged = installation.run(installation.session(), Policy::kArchive);
    ASSERT_TRUE(purged) << describe(purged.error());
    EXPECT_GT(archive.lines.at(0).due, 0);
    EXPECT_EQ(archive.lines.at(0).due, purged->lines.at(0).done);
    EXPECT_EQ(archive.lines.at(0).bytes, purged->lines.at(0).bytes);
    EXPECT_EQ(archive.lines.at(0).left, purged->lines.at(0).left);
}

TEST_P(Years, WhatIsDueInTheFutureIsNotDeletedToday) {
    installation.clock.set(instant("2020-01-01T00:00:00Z"));
    auto options = installation.options();
    options.as_of = instant("2030-01-01T00:00:00Z");
    const auto refused = retention::run(installation.session(), Policy::kRequests, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalid);
}

TEST_P(Years, ARestoreBringsEveryRowBack) {
    const Expectation expectation(nine_years(), {});
    const Instant now = instant("2024-06-15T08:30:00Z");
    const Content before = installation.content();
    run_at(now);
    for (const auto& [number, rows] : expectation.at(now).archived) {
        const auto restored = retention::restore(installation.session(), installation.clock,
                                                 installation.registry(), number);
        ASSERT_TRUE(restored) << number << ": " << describe(restored.error());
        EXPECT_EQ(restored->rows, static_cast<std::int64_t>(rows.size()));
    }
    Content after = installation.content();
    EXPECT_TRUE(after.archived.empty());
    EXPECT_TRUE(after.links.empty());
    for (const char* table :
         {"assistance_assistancerequest", "assistance_requestupdate", "assistance_requestdocument",
          "dispatch_offer", "dispatch_search", "dispatch_assignment", "dispatch_decision",
          "providers_providerreview", "paq_wallet_paqtransaction", "promotions_promocodeusage"})
        EXPECT_TRUE(after.rows[table] == before.rows.at(table)) << table;
    step(expectation, now);
}

TEST_P(Years, ADamagedArchiveIsNeitherShownNorPurged) {
    run_at(instant("2024-06-15T08:30:00Z"));
    auto& session = installation.session();
    const auto number =
        session.one_text("SELECT request_number FROM archive_request ORDER BY id LIMIT 1");
    ASSERT_TRUE(number && *number);
    ASSERT_TRUE(
        session.run("UPDATE archive_request SET packed = 'KLUv' || substr(packed, 5, 40) "
                    "|| 'AAAA' || substr(packed, 49) WHERE request_number = '" +
                    **number + "'"));
    const auto opened = retention::open(session, installation.registry(), **number);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kCorrupt);
    EXPECT_NE(opened.error().message.find(**number), std::string::npos);
    installation.clock.set(instant("2040-01-01T00:00:00Z"));
    const auto purged = installation.run(session, Policy::kArchive);
    ASSERT_TRUE(purged) << describe(purged.error());
    const retention::Findings& findings = purged->lines.at(0).findings;
    ASSERT_EQ(findings.count, 1);
    EXPECT_NE(findings.first.at(0).find(**number), std::string::npos) << findings.first.at(0);
    EXPECT_EQ(purged->lines.at(0).left, 1) << "the others are not kept by it";
    const auto there = session.one_integer(
        "SELECT count(*) FROM archive_request WHERE request_number = '" + **number + "'");
    EXPECT_EQ(**there, 1);
}

TEST_P(Years, StaffFindsArchivedRequests) {
    run_at(instant("2025-01-01T00:00:00Z"));
    auto& session = installation.session();
    const auto count = [&](const retention::Search& search) {
        const auto found = retention::search(session, search);
        EXPECT_TRUE(found) << describe(found.error());
        return found ? found->size() : 0;
    };
    const std::size_t all = count({.limit = 1'000});
    ASSERT_GT(all, 100U);
    const auto& request = nine_years().requests[150];
    EXPECT_EQ(count({.number = request.number}), 1U);
    EXPECT_EQ(count({.text = "GRUA", .limit = 1'000}), count({.text = "grúa", .limit = 1'000}));
    EXPECT_GT(count({.text = "GRUA", .limit = 1'000}), 10U);
    EXPECT_LT(count({.text = "100%", .limit = 1'000}), all);
    EXPECT_EQ(count({.text = "no such words"}), 0U);
    const std::size_t of_member = count({.member = request.user, .limit = 1'000});
    EXPECT_GT(of_member, 0U);
    EXPECT_LT(of_member, all);
    const Date day{static_cast<std::int32_t>(request.ended->micros / kMicrosPerDay)};
    EXPECT_GE(count({.from = day, .to = day}), 1U);
    EXPECT_EQ(count({.from = *Date::parse("2023-01-02")}), 0U);
    EXPECT_EQ(count({.limit = 7}), 7U);
}

}  // namespace
}  // namespace segurifai::testing
