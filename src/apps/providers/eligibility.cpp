#include "apps/providers/eligibility.hpp"

#include <algorithm>

#include "base/guatemala.hpp"

namespace segurifai::providers {
namespace {

const std::vector<OpeningRange>& ranges_of(const WorkingHours& hours, Date date) {
    const auto exception = hours.exceptions.find(date);
    return exception != hours.exceptions.end()
               ? exception->second
               : hours.week.at(static_cast<std::size_t>(weekday(date)));
}

/// Online, heard from, near and free: what is asked of units that drive.
void judge_mobile(const UnitState& unit, const Need& need, Instant now,
                  std::vector<Unfit>& reasons) {
    if (!unit.is_online) reasons.push_back(Unfit::kOffline);
    if (!unit.last_fix_at || *unit.last_fix_at < add_seconds(now, -kSilenceMaxSeconds))
        reasons.push_back(Unfit::kSilent);
    if (!unit.position) {
        reasons.push_back(Unfit::kNoPosition);
    } else if (need.place &&
               apps::distance_km(*unit.position, *need.place) > unit.service_radius_km) {
        reasons.push_back(Unfit::kOutsideRadius);
    }
}

}  // namespace

bool is_open_at(const WorkingHours& hours, Instant now) {
    if (hours.always) return true;
    const Date today = guatemala_date(now);
    const int minute = minute_of_day(now);
    const auto opened_today = [minute](const OpeningRange& range) {
        const bool passes_midnight = range.closes < range.opens;
        return minute >= range.opens && (passes_midnight || minute < range.closes);
    };
    const auto opened_yesterday = [minute](const OpeningRange& range) {
        return range.closes < range.opens && minute < range.closes;
    };
    return std::ranges::any_of(ranges_of(hours, today), opened_today) ||
           std::ranges::any_of(ranges_of(hours, add_days(today, -1)), opened_yesterday);
}

std::vector<Unfit> why_not(const UnitState& unit, const Need& need, Instant now) {
    std::vector<Unfit> reasons;
    if (unit.status != ProviderStatus::kActive) reasons.push_back(Unfit::kNotActive);
    if (!unit.is_available) reasons.push_back(Unfit::kUnavailable);
    if (!unit.desk) judge_mobile(unit, need, now, reasons);
    if (!is_open_at(unit.working_hours, now)) reasons.push_back(Unfit::kOutsideHours);
    if (std::ranges::find(unit.capabilities, need.service_code) == unit.capabilities.end())
        reasons.push_back(Unfit::kNotCapable);
    if (need.desk && !unit.desk) reasons.push_back(Unfit::kNotDesk);
    if (!need.desk && unit.desk) reasons.push_back(Unfit::kDesk);
    if (unit.has_active_job && !unit.desk) reasons.push_back(Unfit::kBusy);
    if (unit.open_offers >= kOpenOffersPerUnitMax) reasons.push_back(Unfit::kOffersFull);
    return reasons;
}

}  // namespace segurifai::providers
