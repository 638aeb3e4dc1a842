#include "cli/exit.hpp"

#include <gtest/gtest.h>

#include <set>

namespace segurifai::cli {
namespace {

TEST(ExitCodes, EveryErrorHasTheExitCodeThatScriptsRelyOn) {
    const struct {
        Code code;
        int exit;
    } kTable[] = {
        {Code::kInvalid, 1},        {Code::kUniqueViolation, 1},  {Code::kForeignKeyViolation, 1},
        {Code::kCheckViolation, 1}, {Code::kNotNullViolation, 1}, {Code::kTooLong, 1},
        {Code::kOutOfRange, 1},     {Code::kNotFound, 2},         {Code::kTimeout, 3},
        {Code::kGone, 3},           {Code::kConflict, 4},         {Code::kSerialization, 4},
        {Code::kBusy, 4},           {Code::kUnsupported, 4},      {Code::kDiskFull, 5},
        {Code::kReadOnly, 5},       {Code::kPermission, 5},       {Code::kCorrupt, 5},
        {Code::kInternal, 70},
    };
    for (const auto& row : kTable)
        EXPECT_EQ(static_cast<int>(exit_of(row.code)), row.exit) << label(row.code);
}

TEST(ExitCodes, EachIsDocumentedOnce) {
    std::set<Exit> documented;
    for (const ExitMeaning& meaning : exit_meanings()) {
        EXPECT_TRUE(documented.insert(meaning.exit).second) << meaning.meaning;
        EXPECT_FALSE(meaning.meaning.empty());
    }
    EXPECT_EQ(documented.size(), 8U);
}

Outcome<Exit> passes_on(Result<int> inner) {
    SEGURIFAI_TRY(std::move(inner));
    return Exit::kOk;
}

TEST(Failures, AnErrorOnItsWayUpGetsItsExitCode) {
    const auto full = passes_on(fail(Code::kDiskFull, "The disk is full."));
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().exit, Exit::kStorage);
    EXPECT_EQ(full.error().error.message, "The disk is full.");
    EXPECT_EQ(passes_on(1), Exit::kOk);
}

}  // namespace
}  // namespace segurifai::cli
