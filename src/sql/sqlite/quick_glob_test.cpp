#include "sql/sqlite/quick_glob.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "sql/sqlite/session.hpp"

namespace segurifai::sql::sqlite {
namespace {

const std::vector<std::string> kPatterns{
    "\?\?\?\?\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?\?\?\?\?\?\?\?\?",
    "*[^0-9a-f]*",
    "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]",
    "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9] "
    "[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]",
    "a*",
    "",
};
constexpr std::size_t kOurs = 4;  ///< the first ones are of our constraints
const std::vector<std::string> kTexts{
    "01a20a94-0001-7000-8000-00000000002a", "01a20a9400017000800000000000002a", "2026-02-03",
    "2026-02-03 04:05:06.789012",           "9999-19-39 29:59:59.999999",       ""};

/// What SQLite says, when it is asked for what is known at once.
void expect_right(const std::string& pattern, const std::string& text, int& known) {
    const auto answer = quick_glob(pattern, text);
    if (!answer) return;
    ++known;
    EXPECT_EQ(*answer, sqlite3_strglob(pattern.c_str(), text.c_str()) == 0)
        << pattern << " and " << text;
}

TEST(QuickGlob, AnswersAsSqlitesOwnDoesWhateverIsChanged) {
    std::mt19937 chance{20260203};
    const std::string letters = "0129af-:. gAZ/@\x01\x7f\xc3\xb1\xff";
    for (std::size_t of = 0; of < kPatterns.size(); ++of) {
        int known = 0;
        for (const std::string& whole : kTexts) {
            expect_right(kPatterns[of], whole, known);
            for (int i = 0; i < 3'000; ++i) {
                std::string text = whole;
                for (auto changes = 1 + chance() % 3; changes > 0 && !text.empty(); --changes)
                    text[chance() % text.size()] = letters[chance() % letters.size()];
                if (chance() % 4 == 0) text += letters[chance() % letters.size()];
                if (chance() % 4 == 0 && !text.empty()) text.pop_back();
                expect_right(kPatterns[of], text, known);
            }
        }
        EXPECT_EQ(known > 0, of < kOurs) << kPatterns[of];
    }
}

TEST(QuickGlob, IsTheGlobOfAConnection) {
    const auto session = open_sqlite_session(":memory:", {});
    ASSERT_TRUE(session);
    const auto says = [&](const std::string& sql) { return (*session)->one_integer(sql).value(); };
    EXPECT_EQ(says("SELECT '2026-02-03' GLOB '" + kPatterns[2] + "'"), 1);
    EXPECT_EQ(says("SELECT '2026-02-3x' GLOB '" + kPatterns[2] + "'"), 0);
    EXPECT_EQ(says("SELECT 'zero' NOT GLOB '" + kPatterns[1] + "'"), 0);
    EXPECT_EQ(says("SELECT 17 GLOB '1*'"), 1);
    EXPECT_EQ(says("SELECT NULL GLOB 'a'"), std::nullopt);
    EXPECT_EQ(says("SELECT 'a' GLOB NULL"), std::nullopt);
    EXPECT_FALSE((*session)->one_integer("SELECT 'a' GLOB hex(zeroblob(30000))"));
}

}  // namespace
}  // namespace segurifai::sql::sqlite
