#include "ops/backup/page_versions.hpp"

#include <gtest/gtest.h>

#include <random>

namespace segurifai::backup {
namespace {

constexpr std::size_t kPageSize = 4'096;

class PageChanges : public ::testing::Test {
protected:
    std::string random_page() {
        std::string page(kPageSize, '\0');
        for (char& c : page) c = static_cast<char>(random_());
        return page;
    }
    /// What is made of `before` by the changes that are told of `after`; empty when none are.
    static std::string by_changes(std::string before, std::string_view after) {
        std::string told = "before";
        if (!put_changes(told, before, after)) {
            EXPECT_EQ(told, "before") << "nothing is appended";
            return {};
        }
        std::string_view rest = told;
        rest.remove_prefix(6);
        EXPECT_TRUE(apply_changes(rest, before));
        EXPECT_TRUE(rest.empty());
        return before;
    }

    std::mt19937 random_{20'270'131};
};

TEST_F(PageChanges, MakeOneVersionFromTheOther) {
    for (int i = 0; i < 2'000; ++i) {
        const std::string before = random_page();
        std::string after = before;
        for (auto edits = random_() % 20; edits > 0; --edits) {
            const std::size_t at = random_() % kPageSize;
            const std::size_t size = std::min<std::size_t>(random_() % 90, kPageSize - at);
            for (std::size_t k = at; k < at + size; ++k) after[k] = static_cast<char>(random_());
        }
        ASSERT_EQ(by_changes(before, after), after);
    }
}

TEST_F(PageChanges, ReachTheFirstAndTheLastByte) {
    const std::string before = random_page();
    for (const std::size_t at : {std::size_t{0}, std::size_t{7}, std::size_t{64}, kPageSize - 1}) {
        std::string after = before;
        after[at] = static_cast<char>(~after[at]);
        EXPECT_EQ(by_changes(before, after), after);
    }
    EXPECT_EQ(by_changes(before, before), before) << "none is a version too";
}

TEST_F(PageChanges, AreNotToldWhenTheyAreMostOfThePage) {
    EXPECT_EQ(by_changes(random_page(), random_page()), "");
    std::string sparse(kPageSize, '\0');
    for (std::size_t at = 0; at < kPageSize; at += 16) sparse[at] = 'x';
    EXPECT_EQ(by_changes(std::string(kPageSize, '\0'), sparse), "");
}

TEST_F(PageChanges, AreRefusedWhereTheyEndTooEarlyOrReachBeyondThePage) {
    std::string page = random_page();
    std::string after = page;
    after.replace(kPageSize - 8, 8, "12345678");
    std::string told;
    ASSERT_TRUE(put_changes(told, page, after));
    for (std::size_t size = 0; size < told.size(); ++size) {
        std::string_view rest = std::string_view(told).substr(0, size);
        EXPECT_FALSE(apply_changes(rest, page)) << size;
    }
    std::string shorter = page.substr(0, kPageSize - 8);
    std::string_view rest = told;
    EXPECT_FALSE(apply_changes(rest, shorter));
}

TEST(PageVersions, AreTheLastOnesOfThePagesThatPassed) {
    PageVersions versions(kPageSize);
    EXPECT_EQ(versions.find(0), nullptr);
    EXPECT_EQ(versions.find(1), nullptr);
    versions.remember(1, "first");
    versions.remember(2, "other");
    versions.remember(1, "second");
    ASSERT_NE(versions.find(1), nullptr);
    EXPECT_EQ(*versions.find(1), "second");
    for (std::uint32_t number = 3; number < 100'000; ++number) versions.remember(number, "more");
    EXPECT_EQ(versions.find(1), nullptr) << "no more than fit";
    EXPECT_NE(versions.find(99'999), nullptr);
}

}  // namespace
}  // namespace segurifai::backup
