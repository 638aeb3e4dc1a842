#include "ops/audit_segments/month.hpp"

#include "base/guatemala.hpp"

namespace segurifai::audit_segments {
namespace {

/// The day in UTC; the division rounds down, also before 1970.
Date utc_date(Instant instant) noexcept {
    std::int64_t days = instant.micros / kMicrosPerDay;
    if (instant.micros % kMicrosPerDay < 0) --days;
    return Date{static_cast<std::int32_t>(days)};
}

}  // namespace

std::optional<Month> Month::parse(std::string_view text) noexcept {
    constexpr std::size_t kSize = 7;
    if (text.size() != kSize) return std::nullopt;
    char day[Date::kTextSize + 1] = "0000-00-01";
    text.copy(day, kSize);
    const auto date = Date::parse({day, Date::kTextSize});
    if (!date) return std::nullopt;
    const CalendarDay found = calendar_day(*date);
    return Month{found.year, found.month};
}

Month Month::of(Instant instant) noexcept {
    const CalendarDay day = calendar_day(utc_date(instant));
    return {day.year, day.month};
}

std::string Month::to_string() const {
    return Date::of(year, month, 1).value_or(Date{}).to_string().substr(0, 7);
}

Month Month::plus(int months) const noexcept {
    const int total = year * 12 + (month - 1) + months;
    return {total / 12, total % 12 + 1};
}

Instant Month::begins() const noexcept {
    // A month past 9999 has no date; its beginning is the end of all instants.
    const auto first = Date::of(year, month, 1);
    return first ? Instant{first->days * kMicrosPerDay} : Instant{kInstantMaxMicros};
}

}  // namespace segurifai::audit_segments
