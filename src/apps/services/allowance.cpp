#include "apps/services/allowance.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

#include "base/guatemala.hpp"

namespace segurifai::services {
namespace {

constexpr std::int64_t kSecondsPerHour = 3600;

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_without_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// Smaller = chosen before.
auto rank_of(const CoverOption& option) noexcept {
    constexpr std::int64_t kUncounted = std::numeric_limits<std::int32_t>::max();
    const std::int64_t events = option.left.events ? *option.left.events : kUncounted;
    return std::tuple(!option.available, -events, option.end_date.value_or(Date{kDateMaxDays}),
                      option.id);
}

}  // namespace

Date Period::resets_on() const noexcept {
    return add_days(to, 1);
}

Instant Period::begins() const noexcept {
    return start_of_day(from);
}

Instant Period::ends() const noexcept {
    return start_of_day(add_days(to, 1));
}

Period plan_year(Date created, Date today) noexcept {
    int number = std::max(0, calendar_day(today).year - calendar_day(created).year);
    if (number > 0 && add_years(created, number) > today) --number;
    return {.from = number == 0 ? created : add_years(created, number),
            .to = add_days(add_years(created, number + 1), -1)};
}

Period month_of(Date today) noexcept {
    const Date first = first_of_month(today);
    return {.from = first, .to = add_days(add_months(first, 1), -1)};
}

const ServiceLine* find_line(const Coverage& coverage, std::string_view service_code) noexcept {
    const auto found = std::ranges::find(coverage.services, service_code, &ServiceLine::code);
    return found == coverage.services.end() ? nullptr : &*found;
}

bool shares_count(const ServiceLine& line, const ServiceLine& other) noexcept {
    return line.code == other.code || (line.pool.has_value() && line.pool == other.pool);
}

std::optional<Limit> judge(const Coverage& coverage, const ServiceLine& line, const Counts& counts,
                           const Period& plan_year, Date today) noexcept {
    if (!counts_in_month(line)) return std::nullopt;
    std::optional<Limit> longest;
    const auto reached = [&longest](const Limit& limit) {
        if (!longest || limit.resets_on > longest->resets_on) longest = limit;
    };
    if (line.events_per_year && counts.line_used >= *line.events_per_year)
        reached({.kind = LimitKind::kYearlyLimit,
                 .used = counts.line_used,
                 .limit = *line.events_per_year,
                 .used_amount = {},
                 .limit_amount = {},
                 .resets_on = plan_year.resets_on()});
    // The ceiling of a line without pool is of one event: it is never reached before the event.
    if (line.pool && line.limit && counts.pool_ceiling_used >= *line.limit)
        reached({.kind = LimitKind::kCeilingReached,
                 .used_amount = counts.pool_ceiling_used,
                 .limit_amount = *line.limit,
                 .resets_on = plan_year.resets_on()});
    if (counts.month_used >= coverage.max_requests_per_month)
        reached({.kind = LimitKind::kMonthlyLimit,
                 .used = counts.month_used,
                 .limit = coverage.max_requests_per_month,
                 .used_amount = {},
                 .limit_amount = {},
                 .resets_on = month_of(today).resets_on()});
    return longest;
}

std::string limit_members(const Limit& limit) {
    const bool is_amount = limit.kind == LimitKind::kCeilingReached;
    const auto number = [is_amount](std::int32_t count, Money amount) {
        return is_amount ? '"' + amount.to_string() + '"' : std::to_string(count);
    };
    const std::string resets_on =
        limit.resets_on ? '"' + limit.resets_on->to_string() + '"' : std::string("null");
    return R"("limit":{"kind":")" + std::string(model::word(limit.kind)) + R"(","limit":)" +
           number(limit.limit, limit.limit_amount) + R"(,"resets_on":)" + resets_on +
           R"(,"used":)" + number(limit.used, limit.used_amount) + '}';
}

Left left_of(const ServiceLine& line, const Counts& counts) noexcept {
    Left left;
    if (line.events_per_year) left.events = std::max(0, *line.events_per_year - counts.line_used);
    if (line.limit) {
        const std::int64_t used = line.pool ? counts.pool_ceiling_used.unscaled : 0;
        left.ceiling = Money{std::max<std::int64_t>(0, line.limit->unscaled - used)};
    }
    return left;
}

Money excess_of(Money cost, const Left& left) noexcept {
    if (!left.ceiling) return {};
    return {std::max<std::int64_t>(0, cost.unscaled - left.ceiling->unscaled)};
}

std::optional<std::size_t> choose(std::span<const CoverOption> options) noexcept {
    if (options.empty()) return std::nullopt;
    const auto best = std::ranges::min_element(options, {}, rank_of);
    return static_cast<std::size_t>(best - options.begin());
}

std::optional<VehicleFault> vehicle_fault(const VehicleTerms& terms, const VehicleFacts& vehicle,
                                          Date today) noexcept {
    if (calendar_day(today).year - vehicle.model_year > terms.max_age_years)
        return VehicleFault::kTooOld;
    if (vehicle.weight_t > terms.max_weight_t) return VehicleFault::kTooHeavy;
    if (!equal_without_case(vehicle.use, terms.use)) return VehicleFault::kWrongUse;
    return std::nullopt;
}

bool is_about_vehicle(const ServiceLine& line) noexcept {
    return line.evidence &&
           std::ranges::find(*line.evidence, Evidence::kVehiclePhoto) != line.evidence->end();
}

bool has_notice(const ServiceLine& line, Instant scheduled_for, Instant now) noexcept {
    return scheduled_for >= add_seconds(now, line.notice_hours.value_or(0) * kSecondsPerHour);
}

Period bought_period(Cycle cycle, std::optional<Date> end_date, Date today) noexcept {
    const Date from = end_date && *end_date >= today ? add_days(*end_date, 1) : today;
    return {.from = from, .to = add_days(from, days_of(cycle) - 1)};
}

bool covered_now(SubscriptionStatus status, std::optional<Date> end_date, Date today) noexcept {
    return status == SubscriptionStatus::kActive && (!end_date || today <= *end_date);
}

std::optional<std::int32_t> days_left(SubscriptionStatus status, std::optional<Date> end_date,
                                      Date today) noexcept {
    if (!end_date || !covered_now(status, end_date, today)) return std::nullopt;
    return end_date->days - today.days;
}

std::optional<Date> grace_until(SubscriptionStatus status, std::optional<Date> end_date) noexcept {
    if (!end_date || status != SubscriptionStatus::kActive) return std::nullopt;
    return add_days(*end_date, kGraceDays);
}

}  // namespace segurifai::services
