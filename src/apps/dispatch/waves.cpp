#include "apps/dispatch/waves.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace segurifai::dispatch {
namespace {

bool is_over(const OpenOffer& offer, Instant now) noexcept {
    return offer.expires_at <= now;
}

/// Smaller comes first.
bool comes_before(const Candidate& a, const Candidate& b, bool desk) noexcept {
    if (!desk) return std::tie(a.road_km, a.provider_id) < std::tie(b.road_km, b.provider_id);
    constexpr Instant kAlwaysIdle{std::numeric_limits<std::int64_t>::min()};
    const Instant a_idle = a.idle_since.value_or(kAlwaysIdle);
    const Instant b_idle = b.idle_since.value_or(kAlwaysIdle);
    return std::tie(a.active_jobs, a_idle, a.provider_id) <
           std::tie(b.active_jobs, b_idle, b.provider_id);
}

/// Those who may get an offer in that wave, best first.
std::vector<const Candidate*> available(const Waiting& waiting,
                                        std::span<const Candidate> candidates, std::int32_t wave,
                                        Instant now) {
    std::vector<const Candidate*> found;
    for (const Candidate& candidate : candidates)
        if (!passed_over(waiting, candidate, wave, now)) found.push_back(&candidate);
    std::ranges::sort(found, [&](const Candidate* a, const Candidate* b) {
        return comes_before(*a, *b, waiting.desk);
    });
    return found;
}

}  // namespace

std::optional<PassedOver> passed_over(const Waiting& waiting, const Candidate& candidate,
                                      std::int32_t wave, Instant now) {
    const auto offer =
        std::ranges::find(waiting.open_offers, candidate.provider_id, &OpenOffer::provider_id);
    const bool has_offer = offer != waiting.open_offers.end();
    if (has_offer && !is_over(*offer, now)) return PassedOver::kHasOffer;
    const bool just_lapsed = has_offer && now < left_out_until(offer->expires_at);
    if (just_lapsed || candidate.left_out_until.value_or(now) > now) return PassedOver::kLeftOut;
    const double radius_km = kWaveRadiiKm.at(static_cast<std::size_t>(wave));
    if (!waiting.desk && !(candidate.distance_km <= radius_km)) return PassedOver::kOutsideWave;
    if (candidate.open_offers >= kOpenOffersPerUnitMax) return PassedOver::kOffersFull;
    return std::nullopt;
}

WaveStep next_wave_step(const Waiting& waiting, std::span<const Candidate> candidates,
                        Instant now) {
    WaveStep step;
    std::optional<Instant> first_expiry;
    std::size_t open = 0;
    for (const OpenOffer& offer : waiting.open_offers) {
        if (is_over(offer, now)) {
            step.lapsed.push_back(offer.provider_id);
            continue;
        }
        ++open;
        first_expiry = std::min(first_expiry.value_or(offer.expires_at), offer.expires_at);
    }
    step.wave = std::clamp(waiting.wave, 0, kLastWave);
    const std::size_t wanted = offers_at_a_time(waiting.policy);
    for (; open < wanted; ++step.wave) {
        for (const Candidate* candidate : available(waiting, candidates, step.wave, now)) {
            if (open == wanted) break;
            step.offers.push_back(candidate->provider_id);
            ++open;
        }
        if (open > 0) break;  // somebody has been asked: the next radius waits for the answer
        if (waiting.desk || step.wave == kLastWave) {
            step.state = SearchState::kQueued;
            step.next_at = queue_looked_at(now);
            return step;
        }
    }
    if (!step.offers.empty()) {
        const Instant expiry = offer_expires_at(now);
        first_expiry = std::min(first_expiry.value_or(expiry), expiry);
    }
    step.next_at = first_expiry;
    return step;
}

}  // namespace segurifai::dispatch
