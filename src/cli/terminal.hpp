#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace segurifai::cli {

enum class Colour : std::uint8_t { kNone, kRed, kGreen, kYellow, kBold, kDim };

/// Columns of text, printed aligned; numbers are set to the right.
struct Table {
    std::vector<std::string> heads;
    std::vector<std::vector<std::string>> rows;
    std::vector<bool> right = {};  ///< columns set to the right; shorter than heads = left
};

/// Where a command speaks: answers to standard output, everything else (errors, warnings,
/// progress) to standard error, so that answers can be piped. Colour only at a terminal that does
/// not ask for none (NO_COLOR, TERM=dumb). Not thread-safe.
class Terminal {
public:
    /// Descriptors are borrowed. `interactive` draws progress bars on `error`.
    struct Style {
        bool colour_output = false;
        bool colour_error = false;
        bool interactive = false;
        int width = 80;  ///< columns of the terminal
    };
    Terminal(std::FILE* output, std::FILE* error, Style style) noexcept
        : output_(output), error_(error), style_(style) {}

    /// The process's own streams, styled by what they are connected to.
    [[nodiscard]] static Terminal of_process();

    /// Text as it is.
    void print(std::string_view text);
    /// Text and a line end.
    void line(std::string_view text = {});
    /// Aligned columns with a head line; nothing at all when there are no rows.
    void print(const Table& table);
    /// One line on standard error.
    void note(std::string_view text);
    void warn(std::string_view text);
    void fail(std::string_view text);

    /// `text` coloured when standard output takes colours.
    [[nodiscard]] std::string paint(Colour colour, std::string_view text) const;

    /// Hands everything to the operating system; fails when the answer could not be written
    /// (disk full, closed pipe).
    [[nodiscard]] Result<void> flush();

    [[nodiscard]] bool interactive() const noexcept { return style_.interactive; }
    [[nodiscard]] int width() const noexcept { return style_.width; }
    [[nodiscard]] std::FILE* output() const noexcept { return output_; }
    [[nodiscard]] std::FILE* error() const noexcept { return error_; }

private:
    std::FILE* output_;
    std::FILE* error_;
    Style style_;
    bool failed_ = false;
};

/// Shows how far long work is, on standard error: a bar at a terminal, else a plain line every
/// few seconds. Short work (under half a second) shows nothing. Ends its bar when destroyed.
class Progress {
public:
    /// `total` 0 = not known beforehand. `unit` is a plural: "rows", "steps".
    Progress(Terminal& terminal, std::string_view what, std::int64_t total,
             std::string_view unit = "rows");
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void advance(std::int64_t count = 1);
    /// Names the present step, for example the table being written.
    void now_at(std::string_view step);

private:
    using Steady = std::chrono::steady_clock;

    void show(Steady::time_point now);
    [[nodiscard]] std::string bar() const;

    Terminal& terminal_;
    std::string what_;
    std::string unit_;
    std::string step_;
    std::int64_t total_;
    std::int64_t done_ = 0;
    Steady::time_point started_;
    Steady::time_point next_;
    bool drawn_ = false;
};

}  // namespace segurifai::cli
