#include "ops/pgbackrest/verification.hpp"

#include <gtest/gtest.h>

namespace segurifai::pgbackrest {
namespace {

using Names = std::vector<std::string>;

// A line of `pgbackrest verify` each, as version 2.45 writes them.
TEST(WordsOfVerify, NameEachDamagedFileOnce) {
    EXPECT_EQ(faults_in("2026-11-28 20:24:43.987 P00   INFO: verify command end: completed "
                        "successfully (364ms)\n"),
              Names());
    EXPECT_EQ(faults_in("2026-11-28 20:24:44.632 P01   INFO: invalid checksum "
                        "'20261128-202438F/pg_data/base/5/2658.zst'\n"
                        "2026-11-28 20:24:44.733 P00   INFO: stanza: segurifai\n"
                        "                                    status: error\n"
                        "                                      backup: 20261128-202438F, status: "
                        "invalid, total files checked: 965, total valid files: 964\n"
                        "                                        checksum invalid: 1\n"),
              Names{"invalid checksum '20261128-202438F/pg_data/base/5/2658.zst'"});
}

TEST(WordsOfVerify, CountsStandWhereNothingIsNamed) {
    EXPECT_EQ(faults_in("P00   INFO: stanza: segurifai\n  missing: 0\n  size invalid: 2\n"),
              Names{"size invalid: 2"});
}

TEST(MissingLogs, AreFoundBetweenThoseThatAreThere) {
    const std::set<std::string> present{"0000000100000000000000FE", "000000010000000100000000",
                                        "000000010000000100000001"};
    EXPECT_EQ(missing_logs(present, "0000000100000000000000FE", "000000010000000100000001", 256),
              Names{"0000000100000000000000FF"});
    EXPECT_EQ(missing_logs(present, "000000010000000100000000", "000000010000000100000002", 256),
              Names{"000000010000000100000002"});
    EXPECT_EQ(missing_logs({}, "000000010000000000000003", "000000010000000000000003", 256),
              Names{"000000010000000000000003"});
}

TEST(MissingLogs, FollowTheTimelineOfAServerThatWasRestored) {
    const std::set<std::string> present{"000000010000000000000001", "000000010000000000000002",
                                        "000000020000000000000002", "000000020000000000000004"};
    EXPECT_EQ(missing_logs(present, "000000010000000000000001", "000000020000000000000004", 256),
              Names{"000000020000000000000003"});
}

}  // namespace
}  // namespace segurifai::pgbackrest
