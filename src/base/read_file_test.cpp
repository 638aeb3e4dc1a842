#include "base/read_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace segurifai {
namespace {

namespace fs = std::filesystem;

TEST(ReadFile, GivesAFileOfAnySizeWhole) {
    const fs::path path =
        fs::temp_directory_path() / ("read_file_test." + std::to_string(getpid()));
    for (const std::size_t size : {0UZ, 1UZ, 16383UZ, 16384UZ, 16385UZ, 100000UZ}) {
        std::string text(size, 'x');
        if (size > 2) text[size / 2] = '\0';
        std::ofstream(path, std::ios::binary) << text;
        EXPECT_EQ(read_file(path), text);
    }
    fs::remove(path);
}

TEST(ReadFile, ReadsWhatHasNoSizeBeforehand) {
    const auto status = read_file("/proc/self/status");
    ASSERT_TRUE(status);
    EXPECT_TRUE(status->starts_with("Name:"));
}

TEST(ReadFile, SaysWhyNot) {
    EXPECT_EQ(read_file("/proc/self/there is none").error(), std::errc::no_such_file_or_directory);
    // It can be opened, and not be read: so is a file of /proc whose process went in between.
    EXPECT_EQ(read_file("/proc/self").error(), std::errc::is_a_directory);
}

}  // namespace
}  // namespace segurifai
