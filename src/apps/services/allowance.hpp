#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apps/keys.hpp"
#include "apps/services/choices.hpp"
#include "apps/services/coverage.hpp"
#include "base/decimal.hpp"
#include "base/time.hpp"
#include "model/codec.hpp"

// What a member may still ask for (RULES §2, §13; SEED_DATA §2). Everything is judged from counts
// of the requests themselves; nothing here is stored.

namespace segurifai::services {

/// Guatemala days, both included.
struct Period {
    Date from;
    Date to;

    [[nodiscard]] Date resets_on() const noexcept;  ///< the day after
    [[nodiscard]] Instant begins()
        const noexcept;  ///< instants t of the period: begins <= t < ends
    [[nodiscard]] Instant ends() const noexcept;
    friend bool operator==(const Period&, const Period&) = default;
};

/// The plan-year that `today` is in. Plan-years begin at each anniversary of the Guatemala date
/// `created` of the subscription row (29 February counts as 28), so that renewing month by month
/// does not reset the counts.
[[nodiscard]] Period plan_year(Date created, Date today) noexcept;

/// The calendar month that `today` is in.
[[nodiscard]] Period month_of(Date today) noexcept;

/// The line of a service; nothing when the plan has none.
[[nodiscard]] const ServiceLine* find_line(const Coverage& coverage,
                                           std::string_view service_code) noexcept;

/// Whether `other` shares the count and the ceiling of `line`: the same service, or the same pool.
[[nodiscard]] bool shares_count(const ServiceLine& line, const ServiceLine& other) noexcept;

/// Whether requests of a line use, and need, the monthly number. Lines with neither count nor
/// ceiling (calls and coordination, sold as unlimited) do not.
[[nodiscard]] constexpr bool counts_in_month(const ServiceLine& line) noexcept {
    return line.events_per_year.has_value() || line.limit.has_value();
}

/// What one subscription has used. Requests that are not CANCELLED count.
struct Counts {
    std::int32_t month_used = 0;  ///< this calendar month, over all lines that count in it
    std::int32_t line_used = 0;   ///< this plan-year, of the line or of its whole pool
    Money pool_ceiling_used;      ///< this plan-year, the pool's cost; of a line without pool: 0
};

/// Why a service cannot be asked for now.
enum class LimitKind : std::uint8_t { kMonthlyLimit, kYearlyLimit, kCeilingReached, kNotCovered };

/// A limit that has been reached.
struct Limit {
    LimitKind kind = LimitKind::kNotCovered;
    std::int32_t used = 0;  ///< requests; of kCeilingReached see the amounts
    std::int32_t limit = 0;
    Money used_amount;  ///< kCeilingReached only
    Money limit_amount;
    std::optional<Date> resets_on;  ///< nothing for kNotCovered

    friend bool operator==(const Limit&, const Limit&) = default;
};

/// Whether one more request fits: nothing = it does. Where several limits are reached, the one
/// that lasts longest; the yearly count before the ceiling before the month on the same day.
[[nodiscard]] std::optional<Limit> judge(const Coverage& coverage, const ServiceLine& line,
                                         const Counts& counts, const Period& plan_year,
                                         Date today) noexcept;

/// The answer when no covered plan has the service.
[[nodiscard]] constexpr Limit not_covered() noexcept {
    return {};
}

/// `"limit":{"kind":…,"limit":…,"resets_on":…,"used":…}`: the members of a refusal (API §2.6).
[[nodiscard]] std::string limit_members(const Limit& limit);

/// What is left of a line in the plan-year.
struct Left {
    std::optional<std::int32_t> events;  ///< nothing = without a yearly count
    std::optional<Money> ceiling;  ///< of one event; of a pool: of the year; nothing = no ceiling
    friend bool operator==(const Left&, const Left&) = default;
};
[[nodiscard]] Left left_of(const ServiceLine& line, const Counts& counts) noexcept;

/// What of `cost` lies above the ceiling that is left, and is owed by the member.
[[nodiscard]] Money excess_of(Money cost, const Left& left) noexcept;

/// A covered subscription that has the service.
struct CoverOption {
    UserServiceId id;
    bool available = false;  ///< judge() says so
    Left left;
    std::optional<Date> end_date;
};

/// Which subscription serves a request that names none (API §2.6): of those available the one with
/// most events left (without a count = most), then the earliest end date, then the lowest id. When
/// none is available, the same among all, so that its refusal is told; nothing when there is none.
[[nodiscard]] std::optional<std::size_t> choose(std::span<const CoverOption> options) noexcept;

/// What is wrong with a vehicle under the terms of a plan.
enum class VehicleFault : std::uint8_t { kTooOld, kTooHeavy, kWrongUse };

struct VehicleFacts {
    std::int32_t model_year = 0;
    Decimal<5, 2> weight_t;
    std::string_view use;  ///< "particular"; compared without case
};

/// The age is the calendar year less the model year; the terms' own values are within.
[[nodiscard]] std::optional<VehicleFault> vehicle_fault(const VehicleTerms& terms,
                                                        const VehicleFacts& vehicle,
                                                        Date today) noexcept;

/// Whether a line serves a vehicle, so that the terms apply: its evidence shows one.
[[nodiscard]] bool is_about_vehicle(const ServiceLine& line) noexcept;

/// Whether a service asked for `scheduled_for` is asked for in time: `notice_hours` ahead, or at
/// least not in the past.
[[nodiscard]] bool has_notice(const ServiceLine& line, Instant scheduled_for, Instant now) noexcept;

inline constexpr std::int64_t kGraceDays = 3;

/// 30 or 365.
[[nodiscard]] constexpr std::int64_t days_of(Cycle cycle) noexcept {
    return cycle == Cycle::kMonthly ? 30 : 365;
}

/// What buying `cycle` today covers, both days included. It starts the day after the end, or today
/// when that has passed or there was none.
[[nodiscard]] Period bought_period(Cycle cycle, std::optional<Date> end_date, Date today) noexcept;

/// ACTIVE and today <= end_date (no end date = open), whatever the clock job has done.
[[nodiscard]] bool covered_now(SubscriptionStatus status, std::optional<Date> end_date,
                               Date today) noexcept;

/// Days until the last covered day, 0 on that day; nothing when not covered or without end.
[[nodiscard]] std::optional<std::int32_t> days_left(SubscriptionStatus status,
                                                    std::optional<Date> end_date,
                                                    Date today) noexcept;

/// The last of the three days in which a row that has ended can be renewed before it becomes
/// EXPIRED; nothing unless ACTIVE with an end.
[[nodiscard]] std::optional<Date> grace_until(SubscriptionStatus status,
                                              std::optional<Date> end_date) noexcept;

}  // namespace segurifai::services

namespace segurifai::model {

template <>
inline constexpr std::array kWords<services::LimitKind>{
    std::string_view("MONTHLY_LIMIT"), std::string_view("YEARLY_LIMIT"),
    std::string_view("CEILING_REACHED"), std::string_view("NOT_COVERED")};

template <>
inline constexpr std::array kWords<services::VehicleFault>{
    std::string_view("too_old"), std::string_view("too_heavy"), std::string_view("wrong_use")};

}  // namespace segurifai::model
