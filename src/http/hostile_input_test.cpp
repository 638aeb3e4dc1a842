#include "http/hostile_input.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace segurifai::http {
namespace {

/// Gives every file of a corpus, cut short at every place as well, to `attempt`.
void replay(const char* corpus, void (*attempt)(std::string_view)) {
    int files = 0;
    for (const auto& file : std::filesystem::directory_iterator(
             std::filesystem::path(SEGURIFAI_SOURCE_DIR "/src/http/corpus") / corpus)) {
        SCOPED_TRACE(file.path().filename().string());
        std::ifstream in(file.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(in)), {});
        for (std::size_t size = 0; size <= bytes.size(); ++size)
            attempt(std::string_view(bytes).substr(0, size));
        ++files;
    }
    EXPECT_GT(files, 10);
}

TEST(HostileInput, OfBodiesAndQueriesIsAnswered) {
    replay("json_input", &hostile::try_json_input);
}

TEST(HostileInput, OfCursorsIsAnswered) {
    replay("cursor", &hostile::try_cursor);
}

}  // namespace
}  // namespace segurifai::http
