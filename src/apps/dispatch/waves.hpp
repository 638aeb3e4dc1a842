#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "apps/dispatch/choices.hpp"
#include "apps/keys.hpp"
#include "apps/providers/eligibility.hpp"
#include "base/guatemala.hpp"
#include "base/time.hpp"
#include "model/codec.hpp"

// What happens next for a request that waits for a unit (RULES §7): offers in waves of growing
// radius, then the operators' queue. The state is what the database holds; this decides one step.

namespace segurifai::dispatch {

/// Straight-line distance to the place, wave by wave.
inline constexpr std::array kWaveRadiiKm{10.0, 25.0, 50.0};
inline constexpr std::int32_t kLastWave = static_cast<std::int32_t>(kWaveRadiiKm.size()) - 1;

inline constexpr std::int64_t kOfferSeconds = 60;
inline constexpr std::size_t kOpenOffersPerRequestMax = 5;
using providers::kOpenOffersPerUnitMax;  // 3
/// How long who declines an offer, or lets it lapse, is left out of that request.
inline constexpr std::int64_t kLeftOutSeconds = 10LL * 60;
/// How often a request in the operators' queue is looked at: a unit may have come on duty, or may
/// be asked again.
inline constexpr std::int64_t kQueueLookSeconds = 30;

[[nodiscard]] inline Instant offer_expires_at(Instant opened_at) noexcept {
    return add_seconds(opened_at, kOfferSeconds);
}
[[nodiscard]] inline Instant left_out_until(Instant closed_at) noexcept {
    return add_seconds(closed_at, kLeftOutSeconds);
}
[[nodiscard]] inline Instant queue_looked_at(Instant now) noexcept {
    return add_seconds(now, kQueueLookSeconds);
}

/// How many offers a request has open at a time under that policy.
[[nodiscard]] constexpr std::size_t offers_at_a_time(Policy policy) noexcept {
    return policy == Policy::kBroadcast ? kOpenOffersPerRequestMax : 1;
}

/// An eligible unit (providers::why_not is empty).
struct Candidate {
    providers::ProviderId provider_id;
    double distance_km = 0;  ///< straight line to the place: which wave it is in; desks: 0
    double road_km = 0;      ///< by the estimator: who is nearest; desks: 0
    int open_offers = 0;     ///< of all requests
    std::optional<Instant> left_out_until;  ///< after a decline or lapse of this request
    int active_jobs = 0;                    ///< desks may have many
    std::optional<Instant> idle_since;      ///< desks: end of the last job; nothing = never had one
};

/// An offer of this request that is OPEN in the database.
struct OpenOffer {
    providers::ProviderId provider_id;
    Instant expires_at;
};

/// A request that waits.
struct Waiting {
    std::int32_t wave = 0;  ///< 0 to kLastWave
    Policy policy = Policy::kNearest;
    bool desk = false;  ///< worked at desks: distance says nothing, and there is one wave
    std::vector<OpenOffer> open_offers;
};

/// What to do now.
struct WaveStep {
    SearchState state = SearchState::kWaiting;  ///< kWaiting, or kQueued: the operators' turn
    std::int32_t wave = 0;
    std::vector<providers::ProviderId> lapsed;  ///< whose open offers are over
    std::vector<providers::ProviderId> offers;  ///< to whom to open one, best first
    std::optional<Instant> next_at;             ///< when to look again, if nobody answers before
};

/// Decides the next step of a waiting or queued request. Lapsed offers count as closed, and their
/// units as left out. A radius that has nobody left, and no offer open, is given up at once for the
/// next; after the last one the request goes to the operators' queue, and leaves it when a unit may
/// be asked after all.
///
/// Order: the nearest by road estimate, then by id. Desks: fewest open jobs, then longest idle,
/// then by id.
[[nodiscard]] WaveStep next_wave_step(const Waiting& waiting, std::span<const Candidate> candidates,
                                      Instant now);

/// Why an eligible unit gets no offer in a wave, for the log of decisions.
enum class PassedOver : std::uint8_t {
    kOutsideWave,
    kLeftOut,
    kOffersFull,
    kHasOffer,  ///< of this request
};

/// Nothing = it may get one.
[[nodiscard]] std::optional<PassedOver> passed_over(const Waiting& waiting,
                                                    const Candidate& candidate, std::int32_t wave,
                                                    Instant now);

}  // namespace segurifai::dispatch

namespace segurifai::model {

template <>
inline constexpr std::array kWords<dispatch::PassedOver>{
    std::string_view("outside_wave"), std::string_view("left_out"), std::string_view("offers_full"),
    std::string_view("has_offer")};

}  // namespace segurifai::model
