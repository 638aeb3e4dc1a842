#pragma once

#include <cstdint>

#include "base/time.hpp"

// The calendar of America/Guatemala: UTC−6 all year, no daylight saving time since 2006. The
// business day, the streak day and opening hours are read here (RULES §0).

namespace segurifai {

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr std::int64_t kGuatemalaOffsetMicros = -6LL * 60 * kMicrosPerMinute;
inline constexpr int kMinutesPerDay = 24 * 60;
inline constexpr int kHoursPerWeek = 7 * 24;

/// A date taken apart.
struct CalendarDay {
    int year = 1970;
    int month = 1;  ///< 1 to 12
    int day = 1;    ///< 1 to 31

    friend auto operator<=>(const CalendarDay&, const CalendarDay&) = default;
};

[[nodiscard]] CalendarDay calendar_day(Date date) noexcept;

/// The day it is in Guatemala.
[[nodiscard]] Date guatemala_date(Instant instant) noexcept;

/// The instant at which that day begins in Guatemala: 06:00 UTC.
[[nodiscard]] Instant start_of_day(Date date) noexcept;

/// Minutes since midnight in Guatemala, 0 to 1439.
[[nodiscard]] int minute_of_day(Instant instant) noexcept;

/// 0 = Monday … 6 = Sunday.
[[nodiscard]] int weekday(Date date) noexcept;

/// The hour of the week in Guatemala, 0 (Monday 00:00–00:59) to 167.
[[nodiscard]] int hour_of_week(Instant instant) noexcept;

[[nodiscard]] Date first_of_month(Date date) noexcept;

/// These three stop at the first and last day a Date can be.
[[nodiscard]] Date add_days(Date date, std::int64_t days) noexcept;
/// The same day of another month; its last day where that month is shorter (31 January + 1 = 28 or
/// 29 February).
[[nodiscard]] Date add_months(Date date, int months) noexcept;
/// The anniversary. 29 February counts as 28, in leap years too, so that anniversaries are always
/// on one day.
[[nodiscard]] Date add_years(Date date, int years) noexcept;

/// An instant that many seconds later (earlier when negative), held within what an Instant can be.
[[nodiscard]] Instant add_seconds(Instant instant, std::int64_t seconds) noexcept;

/// From `earlier` to `later` in seconds; negative when they stand the other way round.
[[nodiscard]] constexpr double seconds_between(Instant earlier, Instant later) noexcept {
    return static_cast<double>(later.micros - earlier.micros) /
           static_cast<double>(kMicrosPerSecond);
}

}  // namespace segurifai
