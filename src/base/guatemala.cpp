#include "base/guatemala.hpp"

#include <algorithm>
#include <chrono>

namespace segurifai {
namespace {

constexpr std::int64_t kMonthsMin = 12;       ///< January of year 1
constexpr std::int64_t kMonthsMax = 119'999;  ///< December of year 9999

struct LocalTime {
    std::int64_t day = 0;     ///< since 1970-01-01
    std::int64_t micros = 0;  ///< since midnight
};

LocalTime local_time(Instant instant) noexcept {
    const std::int64_t local = instant.micros + kGuatemalaOffsetMicros;
    std::int64_t day = local / kMicrosPerDay;
    std::int64_t rest = local % kMicrosPerDay;
    if (rest < 0) {
        rest += kMicrosPerDay;
        --day;
    }
    return {day, rest};
}

Date held(std::int64_t days) noexcept {
    return {static_cast<std::int32_t>(std::clamp<std::int64_t>(days, kDateMinDays, kDateMaxDays))};
}

std::chrono::year_month_day chrono_day(Date date) noexcept {
    return std::chrono::sys_days(std::chrono::days(date.days));
}

Date date_of(std::chrono::year_month_day day) noexcept {
    return {static_cast<std::int32_t>(std::chrono::sys_days(day).time_since_epoch().count())};
}

}  // namespace

CalendarDay calendar_day(Date date) noexcept {
    const auto day = chrono_day(date);
    return {.year = static_cast<int>(day.year()),
            .month = static_cast<int>(static_cast<unsigned>(day.month())),
            .day = static_cast<int>(static_cast<unsigned>(day.day()))};
}

Date guatemala_date(Instant instant) noexcept {
    return held(local_time(instant).day);
}

Instant start_of_day(Date date) noexcept {
    return {date.days * kMicrosPerDay - kGuatemalaOffsetMicros};
}

int minute_of_day(Instant instant) noexcept {
    return static_cast<int>(local_time(instant).micros / kMicrosPerMinute);
}

int weekday(Date date) noexcept {
    // 1970-01-01 was a Thursday.
    const int day = (date.days + 3) % 7;
    return day < 0 ? day + 7 : day;
}

int hour_of_week(Instant instant) noexcept {
    return weekday(guatemala_date(instant)) * 24 + minute_of_day(instant) / 60;
}

Date first_of_month(Date date) noexcept {
    const auto day = chrono_day(date);
    return date_of(day.year() / day.month() / std::chrono::day(1));
}

Date add_days(Date date, std::int64_t days) noexcept {
    const std::int64_t span = std::int64_t{kDateMaxDays} - kDateMinDays;
    return held(date.days + std::clamp(days, -span, span));
}

Date add_months(Date date, int months) noexcept {
    const CalendarDay from = calendar_day(date);
    const std::int64_t wanted = std::int64_t{from.year} * 12 + (from.month - 1) + months;
    if (wanted < kMonthsMin) return {kDateMinDays};
    if (wanted > kMonthsMax) return {kDateMaxDays};
    const auto month = std::chrono::year(static_cast<int>(wanted / 12)) /
                       std::chrono::month(static_cast<unsigned>(wanted % 12) + 1);
    const auto last = static_cast<unsigned>((month / std::chrono::last).day());
    return date_of(month / std::chrono::day(std::min(static_cast<unsigned>(from.day), last)));
}

Date add_years(Date date, int years) noexcept {
    const CalendarDay from = calendar_day(date);
    const std::int64_t wanted = std::int64_t{from.year} + years;
    if (wanted < 1) return {kDateMinDays};
    if (wanted > 9999) return {kDateMaxDays};
    const bool is_leap_day = from.month == 2 && from.day == 29;
    return date_of(std::chrono::year(static_cast<int>(wanted)) /
                   std::chrono::month(static_cast<unsigned>(from.month)) /
                   std::chrono::day(is_leap_day ? 28U : static_cast<unsigned>(from.day)));
}

Instant add_seconds(Instant instant, std::int64_t seconds) noexcept {
    constexpr std::int64_t kSpan = (kInstantMaxMicros - kInstantMinMicros) / kMicrosPerSecond;
    const std::int64_t micros =
        instant.micros + std::clamp(seconds, -kSpan, kSpan) * kMicrosPerSecond;
    return {std::clamp(micros, kInstantMinMicros, kInstantMaxMicros)};
}

}  // namespace segurifai
