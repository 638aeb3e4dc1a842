#include "ops/pgbackrest/timelines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ranges>
#include <string>
#include <system_error>

namespace segurifai::pgbackrest {
namespace {

constexpr std::int64_t kMicros = 1'000'000;

/// Whole seconds are all pgBackRest knows of a copy's end.
bool had_ended(const Copy& copy, std::optional<Instant> at) noexcept {
    return !at || copy.ended.micros + kMicros <= at->micros;
}

/// All of `text` as a number.
template <typename Number>
std::optional<Number> number_in(std::string_view text, int base) noexcept {
    Number number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

Result<std::uint64_t> log_position(std::string_view text) {
    const auto slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto upper = number_in<std::uint32_t>(text.substr(0, slash), 16);
        const auto lower = number_in<std::uint32_t>(text.substr(slash + 1), 16);
        if (upper && lower) return (std::uint64_t{*upper} << 32U) | *lower;
    }
    return fail(Code::kCorrupt, fmt::format("\"{}\" is no position of a log.", text));
}

Result<std::uint32_t> timeline_of(std::string_view name) {
    constexpr std::size_t kDigits = 8;
    const auto number = number_in<std::uint32_t>(name.substr(0, kDigits), 16);
    if (number && *number > 0 && name.size() >= kDigits) return *number;
    return fail(Code::kCorrupt, fmt::format("\"{}\" is no name of a log file.", name));
}

Result<Ancestry> ancestry_in(std::string_view history) {
    constexpr std::string_view kBlank = " \t";
    Ancestry ancestry;
    for (const auto part : std::views::split(history, '\n')) {
        std::string_view line(part.begin(), part.end());
        line.remove_prefix(std::min(line.size(), line.find_first_not_of(kBlank)));
        if (line.empty() || line.front() == '#') continue;
        const std::string_view first = line.substr(0, line.find_first_of(kBlank));
        line.remove_prefix(first.size());
        line.remove_prefix(std::min(line.size(), line.find_first_not_of(kBlank)));
        const auto number = number_in<std::uint32_t>(first, 10);
        const auto position = log_position(line.substr(0, line.find_first_of(kBlank)));
        if (!number || !position)
            return fail(Code::kCorrupt, fmt::format("\"{}\" is no line of a timeline's history.",
                                                    std::string(part.begin(), part.end())));
        ancestry[*number] = *position;
    }
    return ancestry;
}

std::uint32_t timeline_at(const std::vector<Copy>& copies, const std::vector<Timeline>& timelines,
                          std::optional<Instant> at) noexcept {
    std::uint32_t newest = 1;
    for (const Timeline& timeline : timelines)
        if (!at || timeline.begun <= *at) newest = std::max(newest, timeline.number);
    for (const Copy& copy : copies)
        if (had_ended(copy, at)) newest = std::max(newest, copy.timeline);
    return newest;
}

const Copy* copy_for(const std::vector<Copy>& copies, std::uint32_t timeline,
                     const Ancestry& ancestry, std::optional<Instant> at) noexcept {
    for (const Copy& copy : std::views::reverse(copies)) {
        const auto left = ancestry.find(copy.timeline);
        const bool leads_there = copy.timeline == timeline ||
                                 (left != ancestry.end() && copy.last_position <= left->second);
        if (leads_there && had_ended(copy, at)) return &copy;
    }
    return nullptr;
}

}  // namespace segurifai::pgbackrest
