#include "ops/retention/periods.hpp"

#include <chrono>

namespace segurifai::retention {
namespace {

constexpr std::int64_t kMicrosPerHour = kMicrosPerDay / 24;

std::int64_t day_of(Instant at) noexcept {
    const std::int64_t days = at.micros / kMicrosPerDay;
    return at.micros % kMicrosPerDay < 0 ? days - 1 : days;
}

/// `instead` is the day for a 29 February that is not there.
Instant moved(Instant at, int years, std::chrono::month_day instead) noexcept {
    using std::chrono::days, std::chrono::sys_days;
    const std::int64_t day = day_of(at);
    const std::chrono::year_month_day was{sys_days(days(day))};
    auto becomes = was + std::chrono::years(years);
    if (!becomes.ok()) becomes = becomes.year() / instead;
    const std::int64_t moved_day = sys_days(becomes).time_since_epoch().count();
    return Instant{at.micros + (moved_day - day) * kMicrosPerDay};
}

}  // namespace

Instant location_limit(Instant now) noexcept {
    return Instant{(day_of(now) - kLocationDays) * kMicrosPerDay - 1};
}

Instant session_limit(Instant now) noexcept {
    return Instant{now.micros - kSessionHours * kMicrosPerHour};
}

Instant live_limit(Instant now) noexcept {
    return years_before(now, kLiveYears);
}

Instant purge_at(Instant ended) noexcept {
    return years_after(ended, kArchivedYears);
}

Instant years_before(Instant at, int years) noexcept {
    return moved(at, -years, std::chrono::February / 28);
}

Instant years_after(Instant at, int years) noexcept {
    return moved(at, years, std::chrono::March / 1);
}

}  // namespace segurifai::retention
