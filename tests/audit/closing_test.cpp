// Months that leave the database, on both engines.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#include <algorithm>

#include "audit/archive_fixture.hpp"

namespace segurifai::audit_segments {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Month kSeptember{2026, 9};
constexpr Month kOctober{2026, 10};
constexpr Month kNovember{2026, 11};

class Closing : public ::testing::TestWithParam<sql::Engine> {
protected:
    Installation here{GetParam()};
};

TEST_P(Closing, MovesAMonthThatIsOverIntoASegmentAndLeavesTheRest) {
    here.add_events(kOctober, 10);
    here.add_events(kNovember, 4);
    const std::vector<std::string> before = here.show(kOctober);
    const auto report = here.close("2026-11-20T00:00:00Z");
    ASSERT_THAT(report.months, SizeIs(1));
    EXPECT_EQ(report.months[0].month, kOctober);
    EXPECT_EQ(report.months[0].events, 10);
    EXPECT_EQ(report.months[0].removed, 10);
    EXPECT_TRUE(report.months[0].written);
    EXPECT_THAT(report.findings, IsEmpty());
    EXPECT_EQ(here.live(), 4);
    EXPECT_EQ(here.show(kOctober), before);
    EXPECT_THAT(here.show(kNovember), SizeIs(4));
    const auto verified = here.verify();
    EXPECT_THAT(verified.findings, IsEmpty());
    EXPECT_EQ(verified.months, 1);
    EXPECT_EQ(verified.events, 10);
    EXPECT_EQ(verified.last_month, "2026-10");
}

TEST_P(Closing, WaitsUntilAMonthHasBeenOverForADay) {
    here.add_events(kOctober, 2);
    EXPECT_THAT(here.close("2026-11-01T23:59:59.999999Z").months, IsEmpty());
    EXPECT_EQ(here.live(), 2);
    EXPECT_THAT(here.close("2026-11-02T00:00:00Z").months, SizeIs(1));
    EXPECT_EQ(here.live(), 0);
}

TEST_P(Closing, TakesTheInstantsOfAMonthAndNoOthers) {
    here.add_event(instant("2026-09-30T23:59:59.999999Z"));
    here.add_event(instant("2026-10-01T00:00:00Z"));
    here.add_event(instant("2026-10-31T23:59:59.999999Z"));
    here.add_event(instant("2026-11-01T00:00:00Z"));
    EXPECT_THAT(here.close("2026-11-20T00:00:00Z").months, SizeIs(2));
    EXPECT_THAT(here.show(kSeptember), SizeIs(1));
    EXPECT_THAT(here.show(kOctober), SizeIs(2));
    EXPECT_EQ(here.live(), 1);
}

TEST_P(Closing, KeepsTheOrderOfTimeAndOfNumbersWithinAnInstant) {
    for (const char* at : {"2026-10-05T00:00:00Z", "2026-10-03T00:00:00Z", "2026-10-05T00:00:00Z",
                           "2026-10-04T00:00:00Z"})
        here.add_event(instant(at));
    (void)here.close("2026-11-20T00:00:00Z");
    std::vector<std::int64_t> ids;
    for (const std::string& event : here.show(kOctober)) ids.push_back(key_of(event)->id);
    EXPECT_THAT(ids, ElementsAre(2, 4, 1, 3));
}

TEST_P(Closing, NeverWritesAClosedMonthAgain) {
    here.add_events(kOctober, 10);
    (void)here.close("2026-11-20T00:00:00Z");
    const std::string segment = here.read("2026-10.zst");
    const std::string manifest = here.read("2026-10.json");
    EXPECT_THAT(here.close("2026-11-21T00:00:00Z").months, IsEmpty());
    EXPECT_EQ(here.read("2026-10.zst"), segment);
    EXPECT_EQ(here.read("2026-10.json"), manifest);
}

TEST_P(Closing, ChainsEachMonthToTheOneBeforeIt) {
    here.add_events(kSeptember, 3);
    here.add_events(kNovember, 3);  // October is silent: no segment, and no gap in the chain
    (void)here.close("2026-12-20T00:00:00Z");
    EXPECT_THAT(here.read("2026-11.json"), HasSubstr(R"("previous_month":"2026-09")"));
    EXPECT_THAT(here.verify().findings, IsEmpty());
    EXPECT_EQ(here.verify().months, 2);
}

TEST_P(Closing, ADryRunSaysTheSameAndDoesNothing) {
    here.add_events(kOctober, 5);
    const auto report = must(here.try_close("2026-11-20T00:00:00Z", true));
    ASSERT_THAT(report.months, SizeIs(1));
    EXPECT_EQ(report.months[0].events, 5);
    EXPECT_EQ(report.months[0].removed, 5);
    EXPECT_EQ(here.live(), 5);
    EXPECT_FALSE(std::filesystem::exists(here.path()));
}

TEST_P(Closing, AnotherRunIsToldToWait) {
    here.add_events(kOctober, 2);
    const auto held = must(here.folder->lock(Folder::Hold::kAlone));
    const auto refused = here.try_close("2026-11-20T00:00:00Z");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kConflict);
    EXPECT_EQ(here.live(), 2);
}

TEST_P(Closing, WhoOnlyLooksNeedsToReadOnly) {
    here.add_events(kOctober, 2);
    (void)here.close("2026-11-20T00:00:00Z");
    constexpr uid_t kNobody = 65'534;  // root may write whatever the permissions are
    ASSERT_EQ(chmod(here.file("lock").c_str(), 0444), 0);
    ASSERT_EQ(chmod(here.path().c_str(), 0555), 0);
    for (auto above = here.path().parent_path(); above != std::filesystem::temp_directory_path();
         above = above.parent_path())
        ASSERT_EQ(chmod(above.c_str(), 0755), 0);
    const int was = setfsuid(kNobody);
    const auto looking = here.folder->lock(Folder::Hold::kShared);
    const auto closing = here.folder->lock(Folder::Hold::kAlone);
    setfsuid(static_cast<uid_t>(was));
    ASSERT_EQ(chmod(here.path().c_str(), 0700), 0);
    EXPECT_TRUE(looking) << describe(looking.error());
    ASSERT_FALSE(closing);
    EXPECT_EQ(closing.error().code, Code::kPermission);
}

TEST_P(Closing, FilesAreForTheirOwnerOnly) {
    here.add_events(kOctober, 2);
    (void)here.close("2026-11-20T00:00:00Z");
    for (const std::string& name : must(here.folder->names())) {
        struct stat about{};
        ASSERT_EQ(stat(here.file(name).c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777, 0600U) << name;
    }
    struct stat about{};
    ASSERT_EQ(stat(here.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0700U);
}

TEST_P(Closing, RowsThatARestoreBroughtBackGoAgain) {
    here.add_events(kOctober, 7);
    (void)here.close("2026-11-20T00:00:00Z");
    here.reset_ids();
    here.add_events(kOctober, 7);
    must(here.session().script("DELETE FROM audit_segment"));
    EXPECT_THAT(here.verify().findings, SizeIs(1));  // the row of audit_segment
    const auto report = here.close("2026-11-21T00:00:00Z");
    ASSERT_THAT(report.months, SizeIs(1));
    EXPECT_FALSE(report.months[0].written);
    EXPECT_EQ(report.months[0].removed, 7);
    EXPECT_EQ(here.live(), 0);
    EXPECT_THAT(here.verify().findings, IsEmpty());
}

TEST_P(Closing, ARowThatIsNotWhatTheSegmentSaysStaysAndIsNamed) {
    here.add_events(kOctober, 7);
    (void)here.close("2026-11-20T00:00:00Z");
    here.reset_ids();
    here.add_events(kOctober, 7);
    must(here.session().script("UPDATE audit_event SET action = 'nothing' WHERE id = 2"));
    const auto verified = here.verify();
    ASSERT_THAT(verified.findings, SizeIs(1));
    EXPECT_THAT(verified.findings[0].what, HasSubstr("The event 2 of audit_event was changed"));
    const auto report = here.close("2026-11-21T00:00:00Z");
    ASSERT_THAT(report.findings, SizeIs(1));
    EXPECT_THAT(report.findings[0].what, HasSubstr("The event 2 of audit_event"));
    EXPECT_EQ(here.live(), 3);  // its batch
}

TEST_P(Closing, EventsThatCameAfterTheirMonthWasClosedStayAndAreNamed) {
    here.add_events(kOctober, 4);
    (void)here.close("2026-11-20T00:00:00Z");
    here.add_event(instant("2026-10-31T12:00:00Z"));
    here.add_event(instant("2026-08-31T12:00:00Z"));
    EXPECT_THAT(here.close("2026-11-21T00:00:00Z").findings, SizeIs(2));
    EXPECT_EQ(here.live(), 2);
    const auto verified = here.verify();
    ASSERT_THAT(verified.findings, SizeIs(2));
    EXPECT_THAT(verified.findings[0].what, HasSubstr("The event 5 of audit_event"));
    EXPECT_THAT(verified.findings[1].what, HasSubstr("1 events of 2026-08"));
}

TEST_P(Closing, WhatCameTooLateGoesWhenItsOwnTwoYearsAreOver) {
    here.add_events(kSeptember, 4);
    here.add_events(kOctober, 4);
    (void)here.close("2026-11-20T00:00:00Z");
    (void)here.remove("2028-10-20T00:00:00Z");
    here.add_event(instant("2026-08-31T12:00:00Z"));  // of no segment
    here.add_event(instant("2026-09-30T12:00:00Z"));  // of one that is gone
    here.add_event(instant("2026-10-31T12:00:00Z"));  // of one that is there
    here.add_events(*Month::parse("2028-10"), 2);
    const auto report = here.close("2028-11-20T00:00:00Z");
    ASSERT_THAT(report.findings, SizeIs(1));
    EXPECT_THAT(report.findings[0].what, HasSubstr("1 events of 2026-10"));
    ASSERT_THAT(report.months, SizeIs(2));
    EXPECT_EQ(report.months[1].month.to_string(), "2028-10");
    EXPECT_EQ(here.live(), 3);
    const auto removed = here.remove("2028-11-20T00:00:00Z");
    ASSERT_THAT(removed, SizeIs(3));
    EXPECT_FALSE(removed[0].had_segment);
    for (const RemovedMonth& month : removed) EXPECT_EQ(month.rows, 1);
    EXPECT_EQ(here.live(), 0);
    EXPECT_THAT(here.close("2028-11-20T00:00:00Z").findings, IsEmpty());
    EXPECT_THAT(here.remove("2028-11-20T00:00:00Z"), IsEmpty());
    EXPECT_THAT(here.verify("2028-11-20T00:00:00Z").findings, IsEmpty());
}

TEST_P(Closing, ADryRunSaysThatAMonthWouldBeClosedAndItsSegmentRemoved) {
    here.add_events(kSeptember, 4);
    here.add_events(kOctober, 4);
    const auto options = Installation::options("2028-11-20T00:00:00Z", true);
    const auto said = remove_expired(here.session(), *here.folder, here.secrets, options);
    ASSERT_TRUE(said) << describe(said.error());
    (void)here.close("2028-11-20T00:00:00Z");
    const auto removed = here.remove("2028-11-20T00:00:00Z");
    ASSERT_EQ(said->size(), removed.size());
    for (std::size_t i = 0; i < removed.size(); ++i) {
        EXPECT_EQ(said->at(i).month, removed[i].month);
        EXPECT_EQ(said->at(i).events, removed[i].events);
        EXPECT_EQ(said->at(i).rows, removed[i].rows);
    }
}

TEST_P(Closing, RefusesToGoOnFromWhatIsNotAsItWasWritten) {
    here.add_events(kOctober, 4);
    (void)here.close("2026-11-20T00:00:00Z");
    here.add_events(kNovember, 4);
    std::filesystem::rename(here.file("2026-10.json"), here.file("kept"));
    const auto refused = here.try_close("2026-12-20T00:00:00Z");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kCorrupt);
    EXPECT_THAT(refused.error().message, HasSubstr("2026-10.json: The file is missing."));
    EXPECT_EQ(here.live(), 4);
    std::filesystem::rename(here.file("kept"), here.file("2026-10.json"));
    EXPECT_THAT(here.close("2026-12-20T00:00:00Z").months, SizeIs(1));
}

TEST_P(Closing, ASegmentGoesTwoYearsAfterItsMonthAndItsManifestStays) {
    here.add_events(kSeptember, 4);
    here.add_events(kOctober, 4);
    (void)here.close("2026-11-20T00:00:00Z");
    EXPECT_THAT(here.remove("2028-09-30T23:59:59Z"), IsEmpty());
    const auto removed = here.remove("2028-10-01T00:00:00Z");
    ASSERT_THAT(removed, SizeIs(1));
    EXPECT_EQ(removed[0].month, kSeptember);
    EXPECT_FALSE(std::filesystem::exists(here.file("2026-09.zst")));
    EXPECT_TRUE(std::filesystem::exists(here.file("2026-10.zst")));
    EXPECT_THAT(here.remove("2028-10-02T00:00:00Z"), IsEmpty());
    const auto verified = here.verify("2028-10-02T00:00:00Z");
    EXPECT_THAT(verified.findings, IsEmpty());
    EXPECT_EQ(verified.gone, 1);
    const auto gone = show_events(here.session(), *here.folder, here.secrets, kSeptember, {},
                                  [](std::string_view) { return Result<void>(); });
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, Code::kNotFound);
    // The same file gone a day early is a loss.
    std::filesystem::remove(here.file("2026-10.zst"));
    EXPECT_THAT(here.verify("2028-10-31T00:00:00Z").findings, SizeIs(1));
}

TEST_P(Closing, AHeldMonthStaysPastItsTwoYearsUntilItIsReleased) {
    here.add_events(kSeptember, 4);
    here.add_events(kOctober, 4);
    (void)here.close("2026-11-20T00:00:00Z");
    auto options = Installation::options("2029-01-01T00:00:00Z", false);
    options.held = {"2026-09"};
    const auto removed = remove_expired(here.session(), *here.folder, here.secrets, options);
    ASSERT_TRUE(removed);
    ASSERT_THAT(*removed, SizeIs(1));
    EXPECT_EQ(removed->front().month, kOctober);
    EXPECT_TRUE(std::filesystem::exists(here.file("2026-09.zst")));
    EXPECT_THAT(here.show(kSeptember), SizeIs(4));
    EXPECT_THAT(here.verify("2029-01-01T00:00:00Z").findings, IsEmpty());
    EXPECT_THAT(here.remove("2029-01-02T00:00:00Z"), SizeIs(1)) << "it is held no more";
}

TEST_P(Closing, ShowsWhatWasDoneToARowOrByAnAccount) {
    here.add_events(kOctober, 12);
    const EventFilter row{.object_table = "providers_provider", .object_id = "3"};
    users::UserId actor;
    actor.value.bytes.fill(1);
    const EventFilter person{.actor_id = actor.value};
    const auto of_row = here.show(kOctober, row);
    const auto of_person = here.show(kOctober, person);
    EXPECT_THAT(of_row, SizeIs(1));     // 3; 8 and 13 are other tables' or not there
    EXPECT_THAT(of_person, SizeIs(4));  // 2, 4, 8, 10
    (void)here.close("2026-11-20T00:00:00Z");
    EXPECT_EQ(here.show(kOctober, row), of_row);
    EXPECT_EQ(here.show(kOctober, person), of_person);
}

TEST_P(Closing, AKeyThatWasRotatedOutStillSpeaksForItsManifests) {
    here.add_events(kSeptember, 2);
    (void)here.close("2026-10-20T00:00:00Z");
    const security::Secrets old = here.secrets;
    here.secrets = secrets_of("second", 'z');
    EXPECT_THAT(here.verify().findings, SizeIs(1));
    here.secrets.keys.push_back(old.current());
    here.add_events(kOctober, 2);
    (void)here.close("2026-11-20T00:00:00Z");
    EXPECT_THAT(here.verify().findings, IsEmpty());
}

SEGURIFAI_ON_BOTH_ENGINES(Closing);

TEST(ClosedMonths, AreTheSameBytesOnBothEngines) {
    Installation one(sql::Engine::kSqlite);
    Installation other(sql::Engine::kPostgres);
    for (Installation* here : {&one, &other}) {
        here->add_events(kOctober, 25);
        (void)here->close("2026-11-20T00:00:00Z");
    }
    EXPECT_EQ(one.read("2026-10.zst"), other.read("2026-10.zst"));
    EXPECT_EQ(one.read("2026-10.json"), other.read("2026-10.json"));
}

TEST(Months, AreReadAndWrittenInOneForm) {
    EXPECT_EQ(Month::parse("2026-11"), kNovember);
    EXPECT_EQ(kNovember.to_string(), "2026-11");
    for (const char* none : {"", "2026-13", "2026-00", "2026-1", "2026-11-01", "0000-01", "26-11"})
        EXPECT_FALSE(Month::parse(none)) << none;
    EXPECT_EQ(kNovember.plus(2), (Month{2027, 1}));
    EXPECT_EQ(kNovember.plus(-11), (Month{2025, 12}));
    EXPECT_EQ(Month::of(instant("2026-11-30T23:59:59.999999Z")), kNovember);
    EXPECT_EQ(Month::of(Instant{-1}), (Month{1969, 12}));
}

}  // namespace
}  // namespace segurifai::audit_segments
