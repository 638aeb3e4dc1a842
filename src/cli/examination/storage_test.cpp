#include "cli/examination/storage.hpp"

#include <gtest/gtest.h>

namespace segurifai::cli {
namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;

TEST(Storage, IsJudgedByTheScarcestOfBytesAndFiles) {
    const Space roomy{
        .bytes_free = 50 * kGigabyte, .bytes = 100 * kGigabyte, .files_free = 900, .files = 1'000};
    EXPECT_EQ(judge(roomy), Level::kWell);
    Space space = roomy;
    space.bytes_free = 4 * kGigabyte;
    EXPECT_EQ(judge(space), Level::kWarning);
    space.bytes_free = kGigabyte - 1;
    EXPECT_EQ(judge(space), Level::kFault);
    space = roomy;
    space.files_free = 49;
    EXPECT_EQ(judge(space), Level::kWarning);
    space.files_free = 19;
    EXPECT_EQ(judge(space), Level::kFault);
}

TEST(Storage, OfASmallDiskIsJudgedByWhatIsLeft) {
    EXPECT_EQ(judge({.bytes_free = kGigabyte / 2, .bytes = kGigabyte}), Level::kWarning);
    EXPECT_EQ(judge({.bytes_free = kGigabyte / 100, .bytes = kGigabyte}), Level::kFault);
    EXPECT_EQ(judge({.bytes_free = 9'000'000, .bytes = kGigabyte / 10}), Level::kFault);
}

TEST(Storage, WithoutACountOfFilesIsJudgedByBytes) {
    const Space space{.bytes_free = 50 * kGigabyte, .bytes = 100 * kGigabyte};
    EXPECT_EQ(judge(space), Level::kWell);
    EXPECT_EQ(text_of(space), "50.0 of 100.0 GB and 100 % of the files free");
}

TEST(Storage, KnowsFileSystemsThatOtherMachinesChange) {
    constexpr std::int64_t kNfs = 0x6969;
    constexpr std::int64_t kCifs = 0xFF534D42;
    constexpr std::int64_t kExt4 = 0xEF53;
    EXPECT_EQ(network_file_system(kNfs), "NFS");
    EXPECT_EQ(network_file_system(kCifs), "CIFS");
    EXPECT_EQ(network_file_system(kExt4), "");
    EXPECT_EQ(network_file_system_of("/proc"), "");
    EXPECT_EQ(network_file_system_of("/there/is/none"), "");
    EXPECT_FALSE(space_of("/there/is/none"));
}

}  // namespace
}  // namespace segurifai::cli
