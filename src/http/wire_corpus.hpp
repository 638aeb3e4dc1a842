#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace segurifai::http {

/// Runs a fuzzer's one function over every file of corpus/`folder`; it aborts when one is read
/// wrongly. Fuzzers are programs of their own, so each test includes its fuzzer under another name.
inline void replay(const std::string& folder, int (*one)(const std::uint8_t*, std::size_t)) {
    const std::filesystem::path corpus =
        std::filesystem::path(SEGURIFAI_SOURCE_DIR) / "src/http/corpus" / folder;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        EXPECT_EQ(one(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0)
            << entry.path();
        ++count;
    }
    EXPECT_GT(count, 10U) << corpus;
}

}  // namespace segurifai::http
