#include "ops/pgbackrest/verification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <span>

namespace segurifai::pgbackrest {
namespace {

constexpr std::size_t kPartDigits = 8;  // of the timeline, of the number and of the part
constexpr std::size_t kNameDigits = 3 * kPartDigits;

bool contains_any(std::string_view line, std::span<const std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return line.contains(word); });
}

/// Without time, process and level: "invalid checksum '...'".
std::string_view message_of(std::string_view line) {
    for (const std::string_view level : {"INFO: ", "WARN: ", "ERROR: "})
        if (const auto at = line.find(level); at != std::string_view::npos)
            return line.substr(at + level.size());
    return line.substr(std::min(line.size(), line.find_first_not_of(' ')));
}

struct LogName {
    std::uint64_t timeline = 0;
    std::uint64_t number = 0;
    std::uint64_t part = 0;

    static LogName of(std::string_view name) {
        const auto digits = [&](std::size_t which) {
            std::uint64_t value = 0;
            const char* const at = name.data() + which * kPartDigits;
            std::from_chars(at, at + kPartDigits, value, 16);
            return value;
        };
        if (name.size() < kNameDigits) return {};
        return {.timeline = digits(0), .number = digits(1), .part = digits(2)};
    }
    [[nodiscard]] std::string text() const {
        return fmt::format("{:08X}{:08X}{:08X}", timeline, number, part);
    }
    void advance(std::uint64_t parts) {
        if (++part < parts) return;
        part = 0;
        ++number;
    }
};

}  // namespace

std::vector<std::string> faults_in(std::string_view said) {
    // Lines that name a file or a cause; and those that only count, for a fault that is not named.
    constexpr std::array<std::string_view, 6> kNamed{"invalid checksum ", "invalid size ",
                                                     "invalid result ",   "missing file ",
                                                     "ERROR: ",           "WARN: "};
    constexpr std::array<std::string_view, 5> kCounted{"status: error", "status: invalid",
                                                       "missing: ", "invalid: ", "other: "};
    std::vector<std::string> named;
    std::vector<std::string> counted;
    while (!said.empty()) {
        const std::string_view line = said.substr(0, said.find('\n'));
        said.remove_prefix(std::min(said.size(), line.size() + 1));
        if (contains_any(line, kNamed)) {
            named.emplace_back(message_of(line));
        } else if (contains_any(line, kCounted) && !line.ends_with(": 0")) {
            counted.emplace_back(message_of(line));
        }
    }
    return named.empty() ? counted : named;
}

std::vector<std::string> missing_logs(const std::set<std::string>& present,
                                      const std::string& first, const std::string& last,
                                      std::uint64_t parts) {
    std::vector<std::string> missing;
    LogName at = LogName::of(first);
    const LogName end = LogName::of(last);
    for (;;) {
        std::string until = last;
        if (at.timeline != end.timeline) {
            const auto after = present.lower_bound(fmt::format("{:08X}", at.timeline + 1));
            if (after == present.begin()) return missing;
            until = *std::prev(after);
        }
        for (std::string name = at.text(); name <= until; at.advance(parts), name = at.text())
            if (!present.contains(name)) missing.push_back(std::move(name));
        const auto next = present.lower_bound(fmt::format("{:08X}", at.timeline + 1));
        if (at.timeline == end.timeline || next == present.end()) return missing;
        at = LogName::of(*next);
        if (at.timeline > end.timeline) return missing;
    }
}

}  // namespace segurifai::pgbackrest
