#include "ops/pgbackrest/timelines.hpp"

#include <gtest/gtest.h>

namespace segurifai::pgbackrest {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

Copy copy_at(std::int64_t second, std::uint32_t timeline, std::uint64_t position) {
    Copy copy;
    copy.label = std::to_string(second);
    copy.ended = {.micros = second * kSecond};
    copy.timeline = timeline;
    copy.last_position = position;
    return copy;
}

std::string label_for(const std::vector<Copy>& copies, std::uint32_t timeline,
                      const Ancestry& ancestry, std::optional<Instant> at = {}) {
    const Copy* const copy = copy_for(copies, timeline, ancestry, at);
    return copy == nullptr ? "none" : copy->label;
}

TEST(Ancestry, IsReadAsPostgresWritesIt) {
    EXPECT_EQ(ancestry_in("").value(), Ancestry());
    EXPECT_EQ(ancestry_in("1\t0/3000148\tbefore 2026-11-29 14:03:11.402315+00\n"
                          "\n"
                          "# a remark\n"
                          " 12\tA/FF000000\tno recovery target specified\n")
                  .value(),
              (Ancestry{{1, 0x3000148}, {12, 0xAFF000000}}));
}

TEST(Ancestry, WithALineThatIsNoneIsRefusedWithIt) {
    for (const char* odd : {"one\t0/3000148\tx", "1\t03000148\tx", "1", "1\t0/x\ty",
                            "1\t0/100000000\ttoo large", "-1\t0/1\tx"}) {
        const auto ancestry = ancestry_in(std::string("1\t0/1\tx\n") + odd + "\n");
        ASSERT_FALSE(ancestry) << odd;
        EXPECT_EQ(ancestry.error().code, Code::kCorrupt);
        EXPECT_TRUE(ancestry.error().message.contains(odd)) << ancestry.error().message;
    }
}

TEST(TimelineOf, ANameIsReadFromItsFirstDigits) {
    EXPECT_EQ(timeline_of("0000001F.history").value(), 31U);
    EXPECT_EQ(timeline_of("000000020000000A000000FF").value(), 2U);
    for (const char* odd : {"", "2", "0000000", "0000000G.history", "00000000.history", "-0000001"})
        EXPECT_FALSE(timeline_of(odd)) << odd;
}

TEST(TimelineAt, IsTheOneWrittenOnThen) {
    const std::vector<Copy> copies{copy_at(10, 1, 100), copy_at(20, 1, 200)};
    const std::vector<Timeline> timelines{{.number = 3, .begun = {40 * kSecond}},
                                          {.number = 2, .begun = {30 * kSecond}}};
    EXPECT_EQ(timeline_at(copies, timelines, Instant{29 * kSecond}), 1U);
    EXPECT_EQ(timeline_at(copies, timelines, Instant{30 * kSecond}), 2U);
    EXPECT_EQ(timeline_at(copies, timelines, Instant{45 * kSecond}), 3U);
    EXPECT_EQ(timeline_at(copies, timelines, {}), 3U);
}

TEST(TimelineAt, IsKnownByACopyWhereTheHistoryIsInAnotherRepository) {
    const std::vector<Copy> copies{copy_at(10, 5, 100), copy_at(20, 6, 200)};
    EXPECT_EQ(timeline_at(copies, {}, Instant{20 * kSecond}), 5U) << "it had not ended for sure";
    EXPECT_EQ(timeline_at(copies, {}, Instant{21 * kSecond}), 6U);
    EXPECT_EQ(timeline_at(copies, {}, {}), 6U);
}

TEST(CopyFor, IsNoneMadeAfterTheTimelineLeftItsOwn) {
    const Ancestry second{{1, 150}};
    std::vector<Copy> copies{copy_at(10, 1, 100), copy_at(20, 1, 200)};
    EXPECT_EQ(label_for(copies, 2, second), "10");
    EXPECT_EQ(label_for(copies, 1, {}), "20");
    EXPECT_EQ(label_for(copies, 2, {{1, 50}}), "none");
    EXPECT_EQ(label_for(copies, 1, {}, Instant{20 * kSecond}), "10");
    EXPECT_EQ(label_for(copies, 1, {}, Instant{10 * kSecond}), "none");

    copies.push_back(copy_at(40, 2, 170));
    EXPECT_EQ(label_for(copies, 2, second), "40");
    EXPECT_EQ(label_for(copies, 3, {{1, 120}}), "10") << "it comes from the first, not the second";
}

}  // namespace
}  // namespace segurifai::pgbackrest
