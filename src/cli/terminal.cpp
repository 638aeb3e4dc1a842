#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace segurifai::cli {

namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kClearLine = "\r\x1b[K";
constexpr auto kFirstShown = std::chrono::milliseconds(500);
constexpr auto kBarInterval = std::chrono::milliseconds(100);
constexpr auto kLineInterval = std::chrono::seconds(5);

std::string_view code_of(Colour colour) {
    switch (colour) {
        case Colour::kNone: return "";
        case Colour::kRed: return "\x1b[31m";
        case Colour::kGreen: return "\x1b[32m";
        case Colour::kYellow: return "\x1b[33m";
        case Colour::kBold: return "\x1b[1m";
        case Colour::kDim: return "\x1b[2m";
    }
    return "";
}

std::string painted(bool colours, Colour colour, std::string_view text) {
    if (!colours || colour == Colour::kNone) return std::string(text);
    return fmt::format("{}{}{}", code_of(colour), text, kReset);
}

/// Columns that a text takes on the screen: UTF-8 characters, without colour codes.
std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    bool in_code = false;
    for (const char c : text) {
        if (c == '\x1b') in_code = true;
        if (!in_code && (static_cast<unsigned char>(c) & 0xC0) != 0x80) ++width;
        if (in_code && c == 'm') in_code = false;
    }
    return width;
}

bool is_set(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread, at start
    return value != nullptr && *value != '\0';
}

int columns_of(int descriptor) {
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

/// 1234567 as "1,234,567".
std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    const auto first = digits.find_first_of("0123456789");
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3;
         at > static_cast<std::ptrdiff_t>(first); at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

}  // namespace

Terminal Terminal::of_process() {
    const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): at start
    const bool colours = !is_set("NO_COLOR") && term != nullptr && std::strcmp(term, "dumb") != 0;
    const bool output = isatty(STDOUT_FILENO) == 1;
    const bool error = isatty(STDERR_FILENO) == 1;
    return Terminal(stdout, stderr,
                    {.colour_output = output && colours,
                     .colour_error = error && colours,
                     .interactive = error && term != nullptr && std::strcmp(term, "dumb") != 0,
                     .width = columns_of(error ? STDERR_FILENO : STDOUT_FILENO)});
}

void Terminal::print(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), output_) != text.size()) failed_ = true;
}

void Terminal::line(std::string_view text) {
    print(text);
    print("\n");
}

void Terminal::print(const Table& table) {
    if (table.rows.empty()) return;
    std::vector<std::size_t> widths;
    for (const std::string& head : table.heads) widths.push_back(width_of(head));
    for (const auto& row : table.rows)
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));

    const auto print_row = [&](const std::vector<std::string>& cells, Colour colour) {
        std::string text;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const std::string cell = i < cells.size() ? cells[i] : std::string();
            const std::string space(widths[i] - width_of(cell), ' ');
            const bool right = i < table.right.size() && table.right[i];
            if (i > 0) text += "  ";
            text += right ? space + cell : cell + space;
        }
        text.erase(text.find_last_not_of(' ') + 1);
        line(paint(colour, text));
    };
    print_row(table.heads, Colour::kBold);
    for (const auto& row : table.rows) print_row(row, Colour::kNone);
}

void Terminal::note(std::string_view text) {
    std::fflush(output_);  // so that the two streams keep their order on a screen
    fmt::print(error_, "{}\n", text);
}

void Terminal::warn(std::string_view text) {
    note(painted(style_.colour_error, Colour::kYellow, "warning: ") + std::string(text));
}

void Terminal::fail(std::string_view text) {
    note(painted(style_.colour_error, Colour::kRed, "segurifai: ") + std::string(text));
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
    return painted(style_.colour_output, colour, text);
}

Result<void> Terminal::flush() {
    errno = 0;
    if (std::fflush(output_) == 0 && !failed_) return {};
    const bool full = errno == ENOSPC || errno == EDQUOT;
    failed_ = false;
    return segurifai::fail(
        full ? Code::kDiskFull : Code::kPermission,
        full ? "The answer could not be written: the disk is full; make room and run it again."
             : "The answer could not be written to standard output; check where it is sent to.");
}

Progress::Progress(Terminal& terminal, std::string_view what, std::int64_t total,
                   std::string_view unit)
    : terminal_(terminal),
      what_(what),
      unit_(unit),
      total_(total),
      started_(Steady::now()),
      next_(started_ + kFirstShown) {}

Progress::~Progress() {
    if (drawn_ && terminal_.interactive()) {
        // A bar that cannot be erased is no reason to fail the work that it showed.
        std::fwrite(kClearLine.data(), 1, kClearLine.size(), terminal_.error());
        std::fflush(terminal_.error());
    }
}

void Progress::advance(std::int64_t count) {
    done_ += count;
    if (const auto now = Steady::now(); now >= next_) show(now);
}

void Progress::now_at(std::string_view step) {
    step_ = step;
    if (const auto now = Steady::now(); now >= next_) show(now);
}

void Progress::show(Steady::time_point now) {
    drawn_ = true;
    if (terminal_.interactive()) {
        next_ = now + kBarInterval;
        fmt::print(terminal_.error(), "{}{}", kClearLine, bar());
        std::fflush(terminal_.error());
        return;
    }
    next_ = now + kLineInterval;
    const std::string of = total_ > 0 ? fmt::format(" of {}", grouped(total_)) : std::string();
    const std::string step = step_.empty() ? std::string() : fmt::format(" ({})", step_);
    terminal_.note(fmt::format("{}: {}{} {}{}", what_, grouped(done_), of, unit_, step));
}

std::string Progress::bar() const {
    const double seconds = std::chrono::duration<double>(Steady::now() - started_).count();
    const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
    std::string text = what_;
    if (total_ > 0) {
        constexpr int kCells = 20;
        const double part = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
        const int full = static_cast<int>(part * kCells);
        text += " [";
        for (int i = 0; i < kCells; ++i) text += i < full ? '#' : '.';
        text += fmt::format("] {:.0f}%", part * 100);
        if (done_ > 0 && rate > 0)
            text += fmt::format(", {:.0f} s left", static_cast<double>(total_ - done_) / rate);
    }
    text += fmt::format(" {} {}", grouped(done_), unit_);
    if (!step_.empty()) text += " " + step_;
    const auto room = static_cast<std::size_t>(std::max(20, terminal_.width() - 1));
    if (text.size() > room) text.resize(room);
    return text;
}

}  // namespace segurifai::cli
