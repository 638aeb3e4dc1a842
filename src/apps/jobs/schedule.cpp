#include "apps/jobs/schedule.hpp"

namespace segurifai::jobs {
namespace {

constexpr std::int64_t micros(std::chrono::seconds seconds) noexcept {
    return std::chrono::microseconds(seconds).count();
}

}  // namespace

Instant last_slot(const Schedule& schedule, Instant now) noexcept {
    const std::int64_t every = micros(schedule.every);
    const std::int64_t since = now.micros - micros(schedule.at);
    const std::int64_t into = ((since % every) + every) % every;  // also before 1970
    return {now.micros - into};
}

Instant next_slot(const Schedule& schedule, Instant now) noexcept {
    return {last_slot(schedule, now).micros + micros(schedule.every)};
}

bool is_too_far(const Schedule& schedule, Instant due, Instant now) noexcept {
    return due > next_slot(schedule, {now.micros + micros(kClocksApartMax)});
}

bool is_made_up_for(const Schedule& schedule, Instant due, Instant now) noexcept {
    if (schedule.catch_up == CatchUp::kOnce) return true;
    return now.micros - last_slot(schedule, now).micros <= micros(kLateMax) ||
           now.micros - due.micros <= micros(kLateMax);
}

}  // namespace segurifai::jobs
