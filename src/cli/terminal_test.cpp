#include "cli/terminal.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

namespace segurifai::cli {
namespace {

/// A stream that is kept in memory.
class Paper {
public:
    Paper() : stream_(open_memstream(&text_, &size_)) {}
    ~Paper() {
        std::fclose(stream_);
        std::free(text_);
    }
    Paper(const Paper&) = delete;
    Paper& operator=(const Paper&) = delete;

    [[nodiscard]] std::FILE* stream() const noexcept { return stream_; }
    [[nodiscard]] std::string text() {
        std::fflush(stream_);
        return {text_, size_};
    }

private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* stream_;
};

TEST(Tables, AreAlignedWithNumbersToTheRight) {
    Paper output;
    Terminal terminal(output.stream(), output.stream(), {});
    terminal.print(Table{.heads = {"table", "rows", "note"},
                         .rows = {{"año", "5", ""}, {"users_user", "12345", "x"}},
                         .right = {false, true}});
    EXPECT_EQ(output.text(),
              "table        rows  note\n"
              "año             5\n"
              "users_user  12345  x\n");
}

TEST(Tables, WithoutRowsPrintNothing) {
    Paper output;
    Terminal terminal(output.stream(), output.stream(), {});
    terminal.print(Table{.heads = {"table"}, .rows = {}});
    EXPECT_EQ(output.text(), "");
}

TEST(Colours, AreOnlyForATerminal) {
    Paper output;
    EXPECT_EQ(Terminal(output.stream(), output.stream(), {}).paint(Colour::kRed, "x"), "x");
    EXPECT_EQ(Terminal(output.stream(), output.stream(), {.colour_output = true})
                  .paint(Colour::kRed, "x"),
              "\x1b[31mx\x1b[0m");
}

TEST(Answers, GoToOutputAndFailuresToError) {
    Paper output;
    Paper error;
    Terminal terminal(output.stream(), error.stream(), {});
    terminal.line("answer");
    terminal.warn("careful");
    terminal.fail("It broke.");
    EXPECT_EQ(output.text(), "answer\n");
    EXPECT_EQ(error.text(), "warning: careful\nsegurifai: It broke.\n");
}

TEST(Answers, ThatCannotBeWrittenAreAFailure) {
    std::FILE* full = std::fopen("/dev/full", "w");
    ASSERT_NE(full, nullptr);
    Terminal terminal(full, stderr, {});
    terminal.line("lost");
    const auto flushed = terminal.flush();
    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().code, Code::kDiskFull);
    std::fclose(full);
}

TEST(ProgressOfShortWork, ShowsNothing) {
    for (const bool interactive : {false, true}) {
        Paper error;
        Terminal terminal(error.stream(), error.stream(), {.interactive = interactive});
        {
            Progress progress(terminal, "Loading", 100);
            progress.advance(50);
            progress.now_at("users_user");
        }
        EXPECT_EQ(error.text(), "");
    }
}

}  // namespace
}  // namespace segurifai::cli
